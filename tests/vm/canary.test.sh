# SPDX-License-Identifier: GPL-2.0-or-later
# The canary itself, and the headgated itself: what one tells, the other makes known.
#
#   headgate-infer canary ── child: native        native is no device of headgated's: simgpu's name is lent to it
#      └── /run/headgate/probe ── headgated ── device health, metrics, log
#
# kernels: one; it is about user space
# timeout: 480
. /headgate/bin/robust.sh
. /headgate/guest/daemon.sh

LOG=/tmp/headgated.log
SAYS=/tmp/canary.log
# As systemd names it: a slice for the instances of a template.
CANARY='system.slice/system-headgate\x2dcanary.slice/headgate-canary@native.service'
METRICS=/run/headgate/metrics.sock

told() { logged "^headgated: device simgpu is $1, it was $2: "; }
is_told() { [ "$(told "$1" "$2")" -ge 1 ]; }
health() { headgate device health --json | sed -n "s/^ *\"$1\": \"\{0,1\}\([^\",]*\).*/\1/p" | head -n 1; }
is() { [ "$(health "$1")" = "$2" ]; }
says() { grep -cF "$1" $SAYS; }
has_said() { [ "$(says "$1")" -ge "$2" ]; }
metric() { scrape $METRICS | sed -n "s/^headgate_device_health{.*gpu=\"simgpu\".*} //p"; }
metric_is() { [ "$(metric)" = "$1" ]; }
# more_runs: than were shown when RUNS was set.
more_runs() { runs=$(health runs); [ "${runs:-0}" -gt "${RUNS:-0}" ]; }
shown() { headgate device health | awk '$1 == "simgpu"'; }
children() { cat "/proc/$CANARY_PID/task/$CANARY_PID/children"; }
has_child() { [ -n "$(children)" ]; }
is_agent() { headgate agent list | grep -F "/$CANARY " | grep -q " interactive "; }
shows() { shown | grep -q "$1"; }
# hangs: a child does, by order: it is in pause(2). $child is its pid: soon there is another one in its place.
hangs() { child=$(children | tr -d ' '); grep -q '^34 ' "/proc/$child/syscall"; } 2>/dev/null
gone() { [ ! -e "/proc/$1" ]; }

# canary [FAULT]: in its cgroup, often, so that the test is short. A run is some 20 to 200 ms here.
canary()
{
	: >$SAYS
	HEADGATE_INFER_FAULT=${1:-} exec_in_cgroup "$CANARY" headgate-infer canary --device native --name simgpu \
		--golden /tmp/golden --period 300ms --duty 100% >/tmp/report 2>>$SAYS &
	CANARY_PID=$!
}
canary_ends() { kill "-${1:-TERM}" $CANARY_PID; wait $CANARY_PID 2>/dev/null; }

rm -rf /etc/headgate /var/lib/headgate /tmp/golden
mkdir -p /etc/headgate
# The lines of the page itself.
sed -n '/^    \[agent /,/^$/s/^    //p' /headgate/doc/canary.rst >/etc/headgate/headgate.conf
printf '[metrics]\nlisten = unix:%s\n' $METRICS >>/etc/headgate/headgate.conf
cat /etc/headgate/headgate.conf
: >$LOG
: >$SAYS
load_module simgpu
load_module headgate
new_cgroup "$CANARY"

t_begin agent_of_the_page__is_the_canarys_cgroup
check "the page names no agent" grep -q '^\[agent ' /etc/headgate/headgate.conf
start
check "not an agent: $(headgate agent list)" wait_until 60 is_agent

t_begin canary__is_shown_with_what_it_finds
canary
check "no probe is shown: $(cat $SAYS)" wait_until 60 is probe canary
check "its last run" wait_until 60 is last ok
RUNS=$(health runs)
check "no more runs are shown" wait_until 60 more_runs
check_eq "the device" "$(health state)" ok
check "how it is shown: $(shown)" shows ' ok .* canary learns [0-9]*/60$'
check "where it is: $(cat /proc/$CANARY_PID/cgroup)" grep -qxF "0::/$CANARY" /proc/$CANARY_PID/cgroup
check "where its child is" grep -qxF "0::/$CANARY" "/proc/$(children | tr -d ' ')/cgroup"
check "metric of a device that the module does not know" wait_until 60 metric_is 0
check_eq "told" "$(told '.*' '.*')" 0

t_begin device_that_headgated_does_not_know__is_refused_with_a_sentence
# A run beside the other canary's may miss its deadline of 2 s where the host is busy: that is another status.
once() { headgate-infer canary --device native "$@" --golden /tmp/golden --once >/tmp/once 2>/tmp/says; }
wait_until 60 once --name 0000:7f:00.0 || fail "it does not end well: $(cat /tmp/once /tmp/says)"
check_eq "what it says" "$(grep -c 'refuses results: headgate knows no device 0000:7f:00.0; see headgate device list' /tmp/says)" 1
wait_until 60 once || fail "it does not end well without a name: $(cat /tmp/once /tmp/says)"
check "what it says then: $(cat /tmp/says)" grep -q 'native: headgated is not told: .* --name' /tmp/says
check_eq "devices" "$(headgate device health --json | grep -c '"device":')" 1

t_begin canary_that_is_killed_while_all_is_well__is_no_alarm
child=$(children | tr -d ' ')
canary_ends KILL
check "its child lives on" wait_until 60 gone "$child"
check "it is shown still: $(shown)" wait_until 60 shows ' none$'
check_eq "the device" "$(health state)" ok
check_eq "told" "$(told '.*' '.*')" 0

t_begin fault_of_weights__makes_the_device_brown_and_is_told_once
# From now on the module knows it.
check "no job can be submitted" simload --duration 1ms --jobs 1
check "metric before it" wait_until 60 metric_is 0
canary lanes:7@5
check "not told: $(cat $LOG $SAYS)" wait_until 60 is_told brown '(ok|degraded)'
check "last run" wait_until 60 is last wrong
check_eq "state" "$(health state)" brown
check_eq "reason" "$(health reason)" wrong
check "how it is shown: $(shown)" shows ' brown  *wrong .* canary wrong$'
check "metric" wait_until 60 metric_is 2
RUNS=$(health runs)
check "no more runs" wait_until 60 more_runs
check_eq "told" "$(told brown '.*')" 1
check_eq "sentence of the log" "$(grep -c 'is brown, .* its probe computes something wrong' $LOG)" 1
check_eq "what the canary says of it" "$(says 'simgpu: the answer')" 1

t_begin headgated_that_comes_anew__is_told_by_the_same_canary
kill_it
check "the canary does not miss it: $(cat $SAYS)" wait_until 60 has_said "headgated is not told of results" 1
start
check "it is not told again: $(cat $SAYS)" wait_until 60 has_said "headgated is told of results" 1
check "the probe is not shown" wait_until 60 is last wrong
check_eq "the device" "$(health state)" brown
check_eq "told" "$(told brown '.*')" 1
check_fails "the canary has ended" gone $CANARY_PID
check_eq "what it says of it" "$(says 'headgated is not told')" 1

t_begin without_the_fault__the_device_is_well_again_and_it_is_told_once
canary_ends
check "its report: $(cat /tmp/report)" grep -q ' [1-9][0-9]* wrong, ' /tmp/report
canary
check "not told: $(cat $LOG $SAYS)" wait_until 120 is_told ok '(brown|degraded)'
check_eq "told" "$(told ok '.*')" 1
check "last run" wait_until 60 is last ok
check "metric" wait_until 60 metric_is 0
canary_ends

t_begin canary_whose_child_hangs__has_it_reaped_and_reports_it
canary hang@2
check "no child" wait_until 60 has_child
child=$(children | tr -d ' ')
check "not noticed: $(cat $SAYS)" wait_until 60 has_said "simgpu: it did not answer within its deadline, and was killed" 1
check "not reaped" wait_until 60 gone "$child"
check "not told: $(cat $LOG)" wait_until 60 is_told '(degraded|brown)' ok
check "the next child is not started" wait_until 60 has_child
check "reason" wait_until 60 is reason fails
kill -USR1 $CANARY_PID
check "its report: $(cat /tmp/report)" wait_until 60 grep -q '[1-9][0-9]* of these hung$' /tmp/report

t_begin canary_that_is_killed_while_its_child_hangs__leaves_none_behind
check "no child hangs: $(cat $SAYS)" wait_until 60 hangs
canary_ends KILL
check "its child lives on" wait_until 60 gone "$child"

t_begin word_of_a_canary_that_is_gone__counts_for_a_minute
check "it is shown still" wait_until 60 shows ' none$'
n=$(told ok '.*')
check_fails "the device is well at once" is state ok
check "its word counts for ever: $(cat $LOG)" wait_until 110 is state ok
check_eq "how often it was told that it is well" "$(($(told ok '.*') - n))" 1

stop
headgated --detach
