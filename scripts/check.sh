#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# check.sh [STAGE…]: builds and runs all tests; the last line sums up. What each
# stage printed stays in build/check. --help lists the stages; default all.
set -uo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib.sh
. "$HERE/lib.sh"
cd "$HG_ROOT" || exit

usage()
{
	cat <<'END'
usage: scripts/check.sh [STAGE…]
Runs the stages named, or all, on what scripts/setup.sh has set up, in this order whatever the
order of the names. Rough times on two cores without KVM:
  build          everything, warnings are errors           2 min
  lint           style and static checks                   2 min
  unit           unit tests, once they are built           1 min
  infer          each inference kernel, on each device     2 min
  fuzz           what reads files and requests             1 min
  metrics        rules and dashboard in a real Prometheus  30 s
  bench-can-fail that the fairness lab finds unfair traces 10 s
  bench          its quick workloads, in VMs               1 min
  vm-can-fail    that the VM tests find planted faults     1 min
  vm             the VM tests                             15 min
  vm-7.3         those that depend on the kernel, on 7.3  13 min
  virgl          those with Mesa                           8 min
  systemd        those with systemd                        2 min
and beside all these, one after the other:
  measure        shares and latencies, in a VM            12 min
  measure-7.3    some of those measurements on 7.3         3 min
  unit-can-fail  that the unit tests find planted faults   4 min
  sim            the queue with up to 10,000 agents        2 min
The exit status is 0 when nothing failed, 1 when something did or nothing ran, 2 for wrong
arguments. One test alone: tests/vm/run NAME.
END
}

beside=(measure measure-7.3 unit-can-fail sim)
stages=(build lint unit infer fuzz metrics bench-can-fail bench vm-can-fail vm vm-7.3 virgl systemd "${beside[@]}")
only=("$@")
for name; do
	case $name in
	-h|--help) usage; exit ;;
	esac
	[[ " ${stages[*]} " = *" $name "* ]] || {
		echo "check.sh: there is no stage '$name'; there are ${stages[*]}" >&2
		exit 2
	}
done

logs=$HG_BUILD/check
mkdir -p "$logs"
passed=0 failed=0 skipped=0 started=$SECONDS broken=()

add() { passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3)); }

wanted() { [ ${#only[@]} = 0 ] || [[ " ${only[*]} " = *" $1 "* ]]; }

# beside NAME COMMAND…: the command runs beside the stages that follow, on what time of the
# processors they leave, until its own stage asks for it. For what no other load disturbs.
beside()
{
	local name=$1
	shift
	wanted "$name" || return 0
	say "$name: $* (beside what follows)"
	(renice -n 19 -p "$BASHPID" >/dev/null
	"$@" >"$logs/$name.out" 2>&1; echo $? >"$logs/$name.status") &
	besides[$name]=$!
}

# after NAME COMMAND…: the command, once what runs beside by that name has ended.
after()
{
	local pid=${besides[$1]:-}
	shift
	[ -z "$pid" ] || tail --pid="$pid" -f /dev/null
	"$@"
}

# What stopped us stops what runs beside.
# shellcheck disable=SC2317
stop_besides()
{
	local name children
	for name in "${!besides[@]}"; do
		# Itself first: it would go on to what comes after.
		mapfile -t children < <(pgrep -P "${besides[$name]}")
		kill -TERM "${besides[$name]}" "${children[@]}" 2>/dev/null
	done
}

# join NAME: waits for what runs beside.
join()
{
	[ -n "${besides[$1]:-}" ] || return 0
	! kill -0 "${besides[$1]}" 2>/dev/null || say "$1: waiting for its end"
	wait "${besides[$1]}"
	unset "besides[$1]"
}

# result NAME: the output and the status of what ran beside.
result()
{
	cat "$logs/$1.out"
	return "$(cat "$logs/$1.status")"
}

# stage NAME COMMAND…: the command's output is shown and kept. It counts its
# tests in a line "… N passed, N failed, N skipped …", or by "ok" lines.
stage()
{
	local name=$1 log=$logs/$1.log status line
	shift
	wanted "$name" || return 0
	say "$name: $*"
	"$@" 2>&1 | tee "$log"
	status=${PIPESTATUS[0]}
	line=$(grep -oE '[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped' "$log" | tail -n 1)
	if [ -n "$line" ]; then
		read -r p _ f _ s _ <<<"$line"
	else
		p=$(grep -c '^ok ' "$log") f=$(grep -c '^not ok ' "$log") s=$(grep -c '^skip ' "$log")
	fi
	# A stage that failed without a failed test: the stage is one.
	if [ "$status" != 0 ] && [ "$f" = 0 ]; then
		echo "not ok $name: ended with status $status, see ${log#"$HG_ROOT"/}" | tee -a "$log"
		f=1
	elif [ "$status" = 0 ] && [ $((p + f + s)) = 0 ]; then
		p=1 # a build
	fi
	add "$p" "$f" "$s"
	[ "$f" = 0 ] || broken+=("$name")
	return "$status"
}

# What the newer kernel measures; the rest has little to do with the kernel's version.
newer_measures=(cost shares classes hotplug entities)

# on_newer COMMAND…: a skip instead where setup.sh could not get that kernel.
on_newer()
{
	if [ -e "$HG_BUILD/kernel/7.3/vmlinux" ]; then
		"$@"
	else
		echo "skip kernel_7.3: apt offers none"
	fi
}

declare -A besides=()
trap stop_besides EXIT
trap 'exit 130' INT TERM HUP
rm -f "$logs"/*
if stage build make --no-print-directory -j2 all KFLAGS='W=1 KCFLAGS=-Werror'; then
	# The deterministic guest counts instructions: no other load disturbs it. One after the
	# other, as the stages are: two processors have enough to do with two.
	beside measure tests/vm/run --measure --timeout 7200
	beside measure-7.3 after measure on_newer tests/vm/run --measure --kernel 7.3 --timeout 6000 "${newer_measures[@]}"
	beside unit-can-fail after measure-7.3 make --no-print-directory -C tests/unit O="$HG_BUILD" check-can-fail
	beside sim after unit-can-fail make --no-print-directory -C tests/sim O="$HG_BUILD" check
	stage lint "$HERE/lint.sh"
	stage unit make --no-print-directory -j2 -C tests/unit O="$HG_BUILD"
	stage infer make --no-print-directory -C tests/infer O="$HG_BUILD"
	stage fuzz make --no-print-directory -C tests/fuzz O="$HG_BUILD" SECONDS=15
	stage metrics python3 -B tests/metrics/run.py
	stage bench-can-fail python3 -B -m unittest discover -s tests/bench -p '*_test.py'
	stage bench tests/bench/bench.py --quick
	stage vm-can-fail tests/vm/selftest.sh
	stage vm tests/vm/run --timeout 3600
	mapfile -t newer_tests < <(grep -L '^# kernels: one' tests/vm/*.test.sh)
	stage vm-7.3 on_newer tests/vm/run --kernel 7.3 --timeout 3600 --append UNLOAD_ROUNDS=10 "${newer_tests[@]}"
	stage virgl tests/vm/run --virgl --timeout 3600
	stage systemd tests/vm/run --systemd --timeout 1800
	for name in "${beside[@]}"; do
		join "$name"
		stage "$name" result "$name"
	done
fi

# said WORDS: the lines that begin so, of all stages; those of the newer kernel say it.
said()
{
	local log mark
	for log in "$logs"/*.log; do
		mark=''
		[[ $log != *-7.3.log ]] || mark=' (7.3)'
		sed -n "/^$1 /{ s/\$/$mark/; s/^figure /  /; p }" "$log"
	done
}

# rows: what passed through which driver, from all stages.
rows()
{
	local log kernel
	for log in "$logs"/*.log; do
		kernel=6.12
		[[ $log != *-7.3.log ]] || kernel=7.3
		sed -n "s/^row /$kernel /p" "$log"
	done | awk 'BEGIN { form = "  %-8s%-12s%-14s%9s%9s%8s%10s%16s\n"
			printf form, "kernel", "driver", "client", "tickets", "jobs", "due %", "got %", "closure error %" }
		{ printf form, $1, $2, $3, $4, $5, $6, $7, $8 }'
}

echo
said figure
rows
said skip
said 'not ok'
[ ${#broken[@]} = 0 ] || echo "failed in ${broken[*]}; see ${logs#"$HG_ROOT"/}"
say "took $((SECONDS - started)) s; kernels $(cat "$HG_BUILD"/kernel/[0-9]*/version | paste -sd ' ')"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ $((passed + skipped)) -gt 0 ]
