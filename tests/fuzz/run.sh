#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh SECONDS FOLDER NAME…: lets each fuzzer FOLDER/NAME run for so many seconds of CPU time, however busy the
# machine is, and sums up; fails if one ended before that, which it only does with a finding.
set -u
cd "$(dirname "$0")" || exit
seconds=$1 folder=$2
shift 2
passed=0 failed=0
ticks=$(getconf CLK_TCK)

# libFuzzer's status when it was told to stop.
STOPPED=72

cpu_seconds()
{
	local stat
	read -r stat <"/proc/$1/stat" || return
	# Behind the name, which may hold anything, field 1 is the state.
	# shellcheck disable=SC2086
	set -- ${stat##*) }
	echo $(((${12} + ${13}) / ticks))
}

fuzz()
{
	local name=$1 short=${1%_fuzz} log=$folder/$1.log options="FUZZ_$1" spent=0 now pid status runs more
	local inputs=("$folder/$name.corpus")
	mkdir -p "${inputs[0]}" "$folder/$name.findings"
	[ ! -d "corpus/$short" ] || inputs+=("corpus/$short")
	[ ! -f "$short.dict" ] || more=-dict=$short.dict
	# shellcheck disable=SC2086
	"$folder/$name" -print_final_stats=1 -timeout=20 -rss_limit_mb=1024 ${more-} ${!options-} \
		-artifact_prefix="$folder/$name.findings/" "${inputs[@]}" >"$log" 2>&1 &
	pid=$!
	while now=$(cpu_seconds $pid 2>/dev/null) && [ -n "$now" ]; do
		spent=$now
		[ "$spent" -lt "$seconds" ] || { kill -TERM $pid; break; }
		sleep 0.5
	done
	wait $pid
	status=$?
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	if [ $status = $STOPPED ] && [ "$spent" -ge "$seconds" ] && [ "${runs:-0}" -gt 0 ]; then
		echo "ok $name: $spent CPU seconds, $runs runs, $(sed -n 's/^#[0-9].* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1) edges"
		passed=$((passed + 1))
	else
		grep -E '^(==|SUMMARY|artifact_prefix)|runtime error' "$log" | tail -n 5
		echo "not ok $name: status $status after $spent CPU seconds, see $log"
		failed=$((failed + 1))
	fi
}

for name; do
	fuzz "$name"
done
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
