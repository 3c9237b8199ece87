#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# selftest.sh: proves that the harness reports what goes wrong. Each case below must make
# tests/vm/run fail, and say why in the expected words.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib.sh
. "$HERE/../../scripts/lib.sh"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

# expect STATUS CASE WORDS… -- OPTIONS…: runs CASE, whose test file comes on standard input.
expect()
{
	local want=$1 name=$2 words=() status=0 word
	shift 2
	while [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	shift
	cat >"$dir/$name.test.sh"
	"$HERE/run" "$@" "$dir/$name.test.sh" >"$dir/$name.log" 2>&1 || status=$?
	for word in "${words[@]}"; do
		grep -qF -- "$word" "$dir/$name.log" || { echo "not ok $name: it does not say '$word'"; status=bad; }
	done
	if [ "$status" = "$want" ]; then
		echo "ok $name"
	else
		echo "not ok $name: status $status, want $want"
		cat "$dir/$name.log"
		failed=1
	fi
}

expect 0 passing_tests__pass "ok a_check__passes" "skip a_skip__is_said: no reason" "figure length 5 m" "2 passed, 0 failed, 1 skipped" -- <<'END'
t_begin a_check__passes
check_eq "one" 1 1
figure length 5 m
t_begin a_skip__is_said
skip no reason
t_begin another_check__passes
check "true" true
END

expect 1 a_failing_check__fails "not ok one__is_two: one: got '1', want '2'" "ok three__is_three" "1 passed, 1 failed" -- <<'END'
t_begin one__is_two
check_eq "one" 1 2
t_begin three__is_three
check_eq "three" 3 3
END

expect 1 a_test_without_checks__fails "not ok nothing: it checks nothing" -- <<'END'
t_begin nothing
END

expect 1 a_file_without_tests__fails "holds no test" -- <<'END'
true
END

expect 1 a_file_that_ends_early__fails "not ok early: the test file ended with status 3" -- <<'END'
t_begin early
ok
exit 3
END

expect 1 a_misspelt_check__fails "not ok commands" "chek_eq: not found" -- <<'END'
t_begin misspelt
ok
chek_eq "one" 1 2
END

expect 1 a_test_file_over_its_time__fails "not ok slow: time-out after 8 s" -- <<'END'
# timeout: 8
t_begin slow
sleep 1000
END

expect 1 a_kernel_warning__fails_its_test_and_the_run "not ok warns: the kernel said" "not ok kernel_log" "ok quiet" -- <<'END'
t_begin warns
echo "WARNING: a test of the harness" >/dev/kmsg
ok
t_begin quiet
ok
END

expect 1 a_kernel_panic__fails "not ok panics: the guest crashed" "sysrq triggered crash" -- <<'END'
t_begin panics
ok
echo c >/proc/sysrq-trigger
END

expect 1 a_guest_that_powers_off__fails "not ok leaves: the guest crashed or was powered off" -- <<'END'
t_begin leaves
ok
busybox poweroff -f
END

# A late guest takes its time to come to the test.
expect 1 a_hang__fails "not ok hangs: time-out after 45 s" -- --timeout 45 <<'END'
t_begin hangs
sleep 1000
END

if [ $failed = 0 ]; then
	say "the harness reports every failure it should"
else
	die "the harness missed a failure; see above"
fi
