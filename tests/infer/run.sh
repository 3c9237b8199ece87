#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh O PROGRAM…: runs them, commands.sh and the service's tests, and sums up; fails if anything did.
set -u
HERE=$(cd "$(dirname "$0")" && pwd)
O=$1
shift
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0

# run COMMAND…: shows what fails, and the last line of what it prints; lines of what passed are many.
run()
{
	"$@" >"$log" 2>&1
	status=$?
	grep -v '^ok ' "$log"
	sum=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$log" | tail -n 1)
	if [ -z "$sum" ]; then
		echo "not ok $(basename "$1"): ended with status $status and without a verdict"
		sum="0 passed, 1 failed, 0 skipped"
	fi
	# shellcheck disable=SC2086 # its words
	set -- $sum
	passed=$((passed + $1)) failed=$((failed + $3)) skipped=$((skipped + $5))
}

# in_newer COMMAND…: with the Mesa that goes with the glslc which knows cooperative matrices (newer.sh); this machine's
# own if there is none, or where a device is named.
in_newer()
{
	newer=$("$HERE/../../scripts/newer.sh" "$O/infer-tests")
	case ${HEADGATE_TEST_VULKAN:-$newer} in
	*/chroot.sh*) VK_ICD_FILENAMES=/usr/share/vulkan/icd.d/lvp_icd.json $newer "$@" ;;
	*) "$@" ;;
	esac
}

for program; do
	echo "== $(basename "$program")"
	case $program in
	*/matrices_conform) run in_newer "$program" ;;
	*/fallback_conform)
		run "$program"
		run in_newer "$program" matrices
		;;
	*) run "$program" ;;
	esac
done
echo "== commands.sh"
run "$HERE/commands.sh" "$O/bin" "$HERE/../../Documentation/man/headgate-infer.8.rst"
for test in serve_http_test serve_agents_test serve_test; do
	echo "== $test"
	run "$HERE/$test.py" "$O/bin/headgate-infer"
done
echo "== serve_failover_test"
run "$HERE/serve_failover_test.py" "$O/bin/headgate-infer" "$O/infer-tests/layer"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
