# SPDX-License-Identifier: GPL-2.0-or-later
# A device that gets slower, wronger or hangs, alone and beside others: how soon it is noticed; and
# that others' work is never taken for it.
# timeout: 1500
. /headgate/guest/shares.sh
. /headgate/guest/health.sh

CHANGE='^headgated: device simgpu is (ok|degraded|brown|dark), it was '

changes() { grep -cE "$CHANGE" "$HG_LOG"; }
since() { awk -v a="$1" -v b="$(seconds)" 'BEGIN { printf "%.2f", b - a }'; }

neighbours()
{
	load /a --duration 8ms
	load /b --duration 1ms --period 10ms
}

# fault NAME STATE MAX KNOB VALUE [OFF]: that is noticed within MAX s, the device comes to be in STATE,
# and is well again when the knob is OFF.
# Not so soon after the last one that it would be a relapse.
fault()
{
	sleep 20
	name=$1 state=$2 max=$3 knob=$4 value=$5 off=${6:-}
	t_begin "brownouts__${where}_$name"
	began=$(seconds)
	echo "$value" >"$knob"
	check "it is not noticed" within 30 is_not_ok
	delay=$(since "$began")
	check "it does not come to be $state: $(health state)" within 30 is_in "$state"
	figure "brownouts_${where}_${name}_delay" "$delay" s
	check_within "delay in s" "$delay" 0 "$max"
	began=$(seconds)
	if [ -n "$off" ]; then echo "$off" >"$knob"; else rm -f "$knob"; fi
	check "it does not recover" within 60 is_in ok
	figure "brownouts_${where}_${name}_recovery" "$(since "$began")" s
}

# too_little NAME KNOB VALUE OFF: is no brownout, and nothing is told.
too_little()
{
	t_begin "brownouts__${where}_$1"
	was=$(changes)
	echo "$3" >"$2"
	sleep 20
	echo "$4" >"$2"
	figure "brownouts_${where}_$1_told" $(($(changes) - was)) times
	check_eq "state" "$(health state)" ok
}

faults()
{
	too_little slow_1.1 "$KNOBS/slow" 1100 1000
	fault slow_1.2 degraded 5 "$KNOBS/slow" 1200 1000
	fault slow_1.5 brown 5 "$KNOBS/slow" 1500 1000
	fault slow_2 brown 5 "$KNOBS/slow" 2000 1000
	fault errors brown 3 "$KNOBS/fail_next" 1000000 0
	fault wrong brown 3 /run/wrong 1
	# A second until a job begins, two that it may take, and one until the next look.
	fault hang dark 4 "$KNOBS/hang_next" 1 0
}

hg_start timeout_ms=8000
for a in p a b c d; do
	new_cgroup /$a
done
policy <<X
[driver simgpu]
deadline = 2s
[agent /p]
[agent /a]
[agent /b]
[agent /c]
[agent /d]
X

where=alone
t_begin brownouts__a_probe_learns_what_its_work_takes
start_load /p simprobe simgpu --allowed 2000000 --wrong /run/wrong
check "it does not learn" learns alone
check_eq "state" "$(health state)" ok
faults

t_begin brownouts__a_probe_learns_it_beside_others
where=beside
neighbours
check "it does not learn" learns beside
faults
headgate device health
grep -E "$CHANGE" "$HG_LOG"

t_begin brownouts__others_work_is_none
was=$(changes)
for round in 1 2 3 4 5 6 7 8; do
	load /c --duration "$((round * 3))ms" --depth $((round % 3 * 8))
	load /d --duration "0.${round}ms" --period "$((round % 4 * 7 + 1))ms"
	load /d --duration "$((90 / round))ms" --contexts 4
	sleep 20
	# shellcheck disable=SC2046 # pids
	kill $(echo "$LOADS" | tr ' ' '\n' | tail -n 3)
	LOADS=$(echo "$LOADS" | tr ' ' '\n' | head -n -3 | tr '\n' ' ')
done
figure brownouts_false_alarms $(($(changes) - was)) times
check_eq "states that were told of: $(tail -n 3 "$HG_LOG")" "$(changes)" "$was"

stop_loads
hg_stop
