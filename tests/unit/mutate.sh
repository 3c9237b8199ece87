# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# What the proofs share that tests of user space can fail: each breaks a copy in one line at a time,
# and expects the test that is named to notice. They source it after setting $top and $work.
# shellcheck disable=SC2154

# Without sanitizers: the assertions are what is on trial, and it is faster.
flags="-std=gnu11 -D_GNU_SOURCE -Iinclude -Iinclude/uapi -Itests/unit"
caught=0 missed=0

# build TEST: 0 if it compiles; what has not changed is there already.
build() { make -s -C "$work/tests/unit" O="$work/build" names="$1" flags="$flags" build >>"$work/log" 2>&1; }
passes() { timeout 120 "$work/build/unit/$1" >>"$work/log" 2>&1; }

# begin TEST…: a copy, in which these pass.
begin()
{
	rm -rf "$work"
	mkdir -p "$work/tests"
	cp -r "$top/userspace" "$top/include" "$work/"
	cp -r "$top/tests/unit" "$work/tests/"
	for test; do
		build "$test" || { echo "$test does not compile, see $work/log" >&2; exit 1; }
		passes "$test" || { echo "$test fails without any mutation" >&2; exit 1; }
	done
}

# mutate NAME FILE EXPRESSION TEST
mutate()
{
	cp "$work/userspace/$2" "$work/whole"
	sed -i "$3" "$work/userspace/$2"
	if cmp -s "$work/whole" "$work/userspace/$2"; then
		echo "$1: the expression no longer matches anything in $2" >&2
		exit 1
	fi
	if ! build "$4"; then
		echo "$1: does not compile, see $work/log" >&2
		exit 1
	fi
	if passes "$4"; then
		echo "MISSED: $1"
		missed=$((missed + 1))
	else
		echo "caught: $1 (by $4)"
		caught=$((caught + 1))
	fi
	cp "$work/whole" "$work/userspace/$2"
	build "$4"
}

# end: the sum; 1 if something was missed.
end()
{
	echo "$caught of $((caught + missed)) broken copies caught"
	[ "$missed" -eq 0 ]
}
