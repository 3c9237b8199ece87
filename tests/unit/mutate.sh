# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Breaks a copy of user space in one line at a time, and expects a test to notice. Sourced with
# top (of the source), work (folder) and tests (their names) set.
#
# MATCH_ONLY=1 in the environment: says which expressions no longer match anything, and builds nothing.

# Without sanitizers: the assertions are what is on trial, and it is faster.
flags="-std=gnu11 -D_GNU_SOURCE -Iinclude -Iinclude/uapi -Itests/unit"
caught=0 missed=0

: "${top:?}" "${work:?}" "${tests:?}"
rm -rf "$work"
mkdir -p "$work/tests"
cp -r "$top/userspace" "$top/include" "$work/"
cp -r "$top/tests/unit" "$work/tests/"

# build TEST: 0 if it compiles; what has not changed is there already.
build() { make -s -C "$work/tests/unit" O="$work/build" names="$1" flags="$flags" build >>"$work/log" 2>&1; }
# One that hangs fails: by the time that it computes, as others keep the machine busy, or when it waits for nothing.
passes() { prlimit --cpu=60 timeout 600 "$work/build/unit/$1" >>"$work/log" 2>&1; }

[ -z "${MATCH_ONLY:-}" ] || tests=
for test in $tests; do
	build "$test" || { echo "$test does not compile, see $work/log" >&2; exit 1; }
	passes "$test" || { echo "$test fails without any mutation" >&2; exit 1; }
done

# mutate NAME FILE EXPRESSION TEST
mutate()
{
	cp "$work/userspace/$2" "$work/whole"
	sed -i "$3" "$work/userspace/$2"
	if cmp -s "$work/whole" "$work/userspace/$2"; then
		echo "$1: the expression no longer matches anything in $2" >&2
		exit 1
	fi
	if [ -n "${MATCH_ONLY:-}" ]; then
		cp "$work/whole" "$work/userspace/$2"
		return
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

# verdict WHAT: the last line, and the status.
verdict()
{
	[ -n "${MATCH_ONLY:-}" ] || echo "$caught of $((caught + missed)) broken $1 caught"
	[ "$missed" -eq 0 ]
}
