# SPDX-License-Identifier: GPL-2.0-or-later
# What is done about a device that is not well: pausing, draining, killing; and that it is taken back.
# kernels: one; it is about user space
# timeout: 600
. /headgate/bin/robust.sh

LOG=/tmp/headgated.log
SOCKET=/run/headgate/probe

is_told() { grep -qE "^headgated: $1\$" $LOG; }
health() { headgate device health --json | sed -n "s/^ *\"$1\": \"\{0,1\}\([^\",]*\).*/\1/p" | head -n 1; }
is_in() { [ "$(health state)" = "$1" ]; }
is_frozen() { grep -q '^frozen 1$' "/sys/fs/cgroup/$1/cgroup.events"; }
goes_on() { ! is_frozen "$1"; }
is_heard() { grep -qx "$1" /tmp/heard; }
# agent KEY PATH: of agent list --json.
agent() { headgate agent list --json | awk -F '": ' -v want="\"$2\"," -v key="$1" '
	/"path"/ { is = $2 == want } is && $1 ~ "\"" key "$" { gsub(/[",]/, "", $2); print $2 }'; }
has_weight() { [ "$(agent weight "$1")" = "$2" ]; }

# acts LINE…: what the policy says of brownouts.
acts()
{
	printf '%s\n' '[agent i]' 'class = interactive' '[driver simgpu]' 'deadline = 2s' '[brownout]' "$@" \
		>/etc/headgate/conf.d/brownout.conf
	kill -HUP "$DAEMON"
}

rm -rf /etc/headgate /var/lib/headgate/health
mkdir -p /etc/headgate/conf.d
printf '[agent i]\nclass = interactive\n' >/etc/headgate/conf.d/brownout.conf
: >$LOG
load_module simgpu timeout_ms=20000
gate_up a=300 i=100 n=100 p=100
say --stay $SOCKET subscribe >/tmp/heard &
listener=$!
load p probe simprobe simgpu --period 200000000 --wrong /tmp/wrong
load a a simload --duration 2ms --depth 2 --seconds 600
load i i simload --duration 1ms --period 20ms --seconds 600
check "the device is not known" wait_until 60 is_in ok

t_begin nothing__is_done_unless_the_policy_says_so
touch /tmp/wrong
check "it is not brown" wait_until 60 is_in brown
check_eq "weight" "$(agent weight /a)" 300
check "a is frozen" goes_on a

t_begin shed_and_pause__are_for_those_that_can_wait
acts 'shed = degraded' 'pause = brown' 'drain = brown' 'fail-over = brown'
check "not told: $(cat $LOG)" wait_until 60 is_told "device simgpu is brown: agent /a is paused"
check "a is not frozen" wait_until 60 is_frozen a
check "its weight is $(agent weight /a)" wait_until 60 has_weight /a 1
check_eq "weight of i" "$(agent weight /i)" 100
check "i is frozen" goes_on i
check "the probe is frozen" goes_on p
headgate agent list

t_begin drain__keeps_new_agents_away
load n n simload --duration 1ms --depth 2 --seconds 600
check "not told: $(cat $LOG)" wait_until 60 is_told "device simgpu is brown: agent /n is paused"
check "n is not frozen" wait_until 60 is_frozen n

t_begin headgated_that_was_killed__leaves_nobody_frozen_for_good
kill -KILL "$DAEMON"
wait "$DAEMON"
kill $listener
load_gone probe
sed -i '/the gate is attached/d' $LOG
headgated 2>>$LOG &
DAEMON=$!
check "headgated does not come up" wait_until 60 grep -q "the gate is attached" $LOG
say --stay $SOCKET subscribe >/tmp/heard &
listener=$!
load p probe simprobe simgpu --period 200000000 --wrong /tmp/wrong
check "it is not brown: $(cat $LOG)" wait_until 60 is_in brown
check "a is not frozen" wait_until 60 is_frozen a

t_begin all__is_taken_back_when_the_device_is_well
rm /tmp/wrong
check "it is not well" wait_until 120 is_in ok
check "a is frozen" wait_until 60 goes_on a
check "n is frozen" wait_until 60 goes_on n
check "its weight is $(agent weight /a)" wait_until 60 has_weight /a 300
check "not told: $(cat $LOG)" wait_until 60 is_told "device simgpu is ok: [12] agents? (is|are) as the policy has (it|them) again"

t_begin subscribers__are_told_that_there_is_no_other_device
touch /tmp/wrong
check "not told: $(cat /tmp/heard)" wait_until 60 is_heard "use device=none instead_of=simgpu"
rm /tmp/wrong
check "it is not well" wait_until 120 is_in ok

t_begin job_that_hangs__costs_its_process_its_life
acts 'kill-after = 1s'
# shellcheck disable=SC2154 # load() sets it
kill "$pid_n"
load_gone n
load n n simload --duration 1ms --hang-every 1 --jobs 1
check "not told: $(cat $LOG)" wait_until 60 is_told "process [0-9]+ \(simload\) was killed: its job hangs, \[brownout\] says kill-after"
load_gone n
check_eq "others that were killed" "$(grep -c 'was killed' $LOG)" 1

kill $listener
for name in probe a i; do
	eval "kill \$pid_$name"
	load_gone $name
done
gate_down
