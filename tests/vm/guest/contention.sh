# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Loads without a fault that change all the time beside a probe, and what headgated takes them for; a test file
# sources it after shares.sh, closure.sh and health.sh. contention SECONDS EVERY reports each EVERY seconds.

CONTENTION_CHANGE='^headgated: device simgpu is (ok|degraded|brown|dark), it was '
CONTENTION_AGENTS='a b c d e f'

# contention_steps N: so many lines "SECONDS AGENT OPTION…", the same each time. Each puts another
# load in the place of the agent's. Long jobs mostly, since a job costs the guest more than the time that passes.
contention_steps()
{
	awk -v n="$1" -v agents="$CONTENTION_AGENTS" '
	function pick(words,  w) { return w[1 + int(rand() * split(words, w, " "))] }
	BEGIN {
		srand(1)
		while (n-- > 0) {
			engine = rand() < 0.75 ? 0 : 1
			kind = int(rand() * 7)
			if (kind == 0) options = "--depth 0 --duration " pick("150ms 300ms 500ms")
			else if (kind == 1) options = "--depth " pick("1 2 8") " --duration " pick("90ms 200ms 400ms")
			else if (kind == 2) options = "--depth 4 --pareto " pick("1.3 1.8 3") " --duration 150ms --longest 1500ms"
			else if (kind == 3) options = "--period " pick("100ms 300ms 700ms") " --duration " pick("1ms 5ms 20ms")
			else if (kind == 4) options = "--think " pick("20ms 300ms") " --burst 8 --duration " pick("20ms 60ms")
			else if (kind == 5) options = "--processes " pick("2 4") " --depth 1 --duration " pick("110ms 180ms")
			else options = "--depth 4 --jobs " pick("100 400") " --duration " pick("0.5ms 3ms")
			printf "%d %s --engine %d --seed %d %s\n", 10 + rand() * 50, pick(agents), engine, 1 + rand() * 1000, options
		}
	}'
}

# contention_step AGENT OPTION…
contention_step()
{
	contention_a=$1
	shift
	eval "contention_old=\${contention_of_$contention_a:-}"
	# shellcheck disable=SC2154
	if [ -n "$contention_old" ]; then
		kill "$contention_old" 2>/dev/null
		wait "$contention_old"
		LOADS=$(echo "$LOADS" | sed "s/ $contention_old\$//; s/ $contention_old / /")
	fi
	# All write to the same file, or there would be one for each step.
	# shellcheck disable=SC2034 # of start_load
	shares_n=$contention_slot
	load "/$contention_a" "$@"
	eval "contention_of_$contention_a=$!"
}

# contention_is_recorded: the history has a brownout. SQLite keeps text as it is.
contention_is_recorded() { grep -q brownout /var/lib/headgate/history.db /var/lib/headgate/history.db-wal 2>/dev/null; }
contention_changes() { grep -cE "$CONTENTION_CHANGE" "$HG_LOG"; }

# contention SECONDS EVERY
contention()
{
	t_begin "soak_contention__no_brownout_in_${1}_s"
	rm -rf /var/lib/headgate
	hg_start engines=2
	for contention_a in p $CONTENTION_AGENTS; do
		new_cgroup "/$contention_a"
	done
	cat >/run/policy <<END
[agent /p]
[agent /a]
[agent /b]
weight = 400
[agent /c]
class = interactive
[agent /d]
max = 40%
[agent /e]
[agent /f]
weight = 30
[driver simgpu]
deadline = 60s
[brownout]
exec = /run/contention.told
END
	printf '#!/bin/sh\nenv | grep HEADGATE_ >>/run/contention.events\n' >/run/contention.told
	chmod 755 /run/contention.told
	rm -f /run/contention.events
	policy </run/policy
	start_load /p simprobe simgpu --allowed 2000000
	check "the probe does not learn" learns alone
	contention_steps $(($1 / 10 + 1)) >/run/contention.steps
	contention_from=$(t_now_ms)
	contention_end=$((contention_from + $1 * 1000)) contention_n=0 contention_slot=20 contention_busy=$(engine_stat busy_ns) contention_worst=0
	contention_next=$((contention_from + $2 * 1000))
	lanes from
	# Each has one to begin with.
	for contention_a in $CONTENTION_AGENTS; do
		contention_step "$contention_a" --depth 2 --duration 120ms
	done
	while read -r contention_s contention_what && [ "$(t_now_ms)" -lt $contention_end ]; do
		contention_n=$((contention_n + 1))
		# shellcheck disable=SC2086 # words
		contention_step $contention_what
		sleep "$contention_s"
		is_in ok || fail "after step $contention_n, $contention_what, the device is $STATE: $(headgate device health)"
		[ "$(t_now_ms)" -ge $contention_next ] || continue
		contention_next=$((contention_next + $2 * 1000))
		lanes to
		contention_error=$(closure from to)
		lanes from
		check_within "closure error in percent" "$contention_error" 0 "$CLOSURE_GOAL"
		contention_worst=$(awk -v a="$contention_worst" -v b="$contention_error" 'BEGIN { print (a > b ? a : b) }')
		echo "   $contention_n steps, $(contention_changes) changes, $(engine_stat completed) jobs of engine 0, busy $(engine_stat busy_ns) ns"
	done </run/contention.steps
	check "the steps ended too soon" [ "$(t_now_ms)" -ge $contention_end ]
	figure soak_contention_steps "$contention_n" loads
	figure soak_contention_busy "$(awk -v a="$contention_busy" -v b="$(engine_stat busy_ns)" -v from="$contention_from" \
		-v to="$(t_now_ms)" 'BEGIN { printf "%.1f", (b - a) / (to - from) / 1e4 }')" "percent of engine 0"
	figure soak_contention_jobs "$(engine_stat completed)" "jobs on engine 0"
	figure soak_contention_brownouts "$(contention_changes)" times
	figure soak_contention_closure_error "$contention_worst" percent
	check_eq "states that were told of: $(grep -E "$CONTENTION_CHANGE" "$HG_LOG" | tail -n 3)" "$(contention_changes)" 0
	check_fails "the program was run: $(cat /run/contention.events 2>/dev/null)" test -e /run/contention.events
	check_fails "the history has a brownout" contention_is_recorded
	check "the probe did not learn beside others" [ "$(health learned_beside)" -ge 60 ]
	headgate device health

	t_begin soak_contention__a_brownout_would_have_been_seen
	contention_began=$(seconds)
	echo 1500 >"$KNOBS/slow"
	check "it is not noticed" within 30 is_not_ok
	contention_delay=$(awk -v a="$contention_began" -v b="$(seconds)" 'BEGIN { printf "%.2f", b - a }')
	figure soak_contention_slow_1.5_delay "$contention_delay" s
	# The probe waits behind the jobs of six, and needs a few runs: the goal is for fewer, in measure/brownouts.
	check_within "delay in s" "$contention_delay" 0 10
	check "the program was not run" wait_until 30 test -e /run/contention.events
	check "the history does not have it" wait_until 30 contention_is_recorded
	echo 1000 >"$KNOBS/slow"
	stop_loads
	hg_stop
}
