#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs cmocka programs one after the other and sums up; fails if anything did.
set -u

passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

for program; do
	"$program" >"$log" 2>&1
	status=$?
	cat "$log"
	ok=$(grep -c '^\[       OK \]' "$log")
	# cmocka names each failed test once as it fails and once at the end.
	bad=$(sed -n 's/^\[  FAILED  \].* \([0-9][0-9]*\) test(s), listed below.*/\1/p' "$log")
	skip=$(sed -n 's/^\[  SKIPPED \].* \([0-9][0-9]*\) test(s), listed below.*/\1/p' "$log")
	# In the words of the other suites, which a summary over all can find.
	sed -n "s/^\[  FAILED  \] \([^ ]*\)\$/not ok $(basename "$program"): \1/p" "$log" | sort -u
	if [ "$status" -ne 0 ] && [ "${bad:-0}" -eq 0 ]; then
		echo "not ok $(basename "$program"): ended with status $status and without a verdict"
		bad=1
	fi
	if [ "$ok" -eq 0 ] && [ "${bad:-0}" -eq 0 ] && [ "${skip:-0}" -eq 0 ]; then
		echo "not ok $(basename "$program"): ran no test"
		bad=1
	fi
	passed=$((passed + ok))
	failed=$((failed + ${bad:-0}))
	skipped=$((skipped + ${skip:-0}))
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
