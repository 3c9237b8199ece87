# SPDX-License-Identifier: GPL-2.0-or-later
# headgated follows the devices: what comes and goes is told, whatever else happens meanwhile.
# timeout: 600
. /headgate/bin/robust.sh

DRIVER=/sys/bus/platform/drivers/simgpu
LOG=/tmp/headgated.log
ENFORCED='enforced: each submission passes the gate, jobs are measured by drm_sched'

unbind() { echo simgpu >$DRIVER/unbind; }
bind() { echo simgpu >$DRIVER/bind; }

start()
{
	log_anew # one before has said the same
	headgated 2>>$LOG &
	DAEMON=$!
	check "the gate does not come up" wait_until 60 grep -q "the gate is attached" $LOG
}

stop()
{
	kill -TERM $DAEMON
	wait $DAEMON
}

# log_anew: what was told so far is of no interest any more.
log_anew() { : >$LOG; }

# of_devices: lines about devices.
of_devices() { grep -E '^headgated: device ' $LOG; }
told() { of_devices | grep -qE "^headgated: device $1\$"; }
count() { of_devices | grep -cE "^headgated: device $1"; }
# Seen when only one of its nodes is made, or taken away, a device has a further line, which says neither
# "appeared" nor "vanished".
is_there_as() { of_devices | tail -n 1 | grep -qE "^headgated: device simgpu .*( appeared)?: $1"; }
is_there() { is_there_as ''; }
last_is() { of_devices | tail -n 1 | grep -qE "^headgated: device simgpu .* $1"; }
NODES='simgpu at renderD[0-9]+( \(card[0-9]+\))?'
BOTH_NODES='simgpu at renderD[0-9]+ \(card[0-9]+\)'

# fds: of the daemon, between its looks, at which it opens files; so the least of some.
fds()
{
	for _ in $(seq 20); do
		find /proc/$DAEMON/fd -mindepth 1 | wc -l
		busybox usleep 20000
	done | sort -n | head -n 1
}

load_module headgate
log_anew # other tests have one there, too
mkdir -p /etc/headgate
printf '[agent /a]\nweight = 100\n[agent /b]\nweight = 100\n' >/etc/headgate/headgate.conf
new_cgroup a
new_cgroup b

t_begin device_that_comes__is_told_once_with_what_can_be_promised
start
check_eq "devices before there is one" "$(of_devices)" ""
load_module simgpu
check "no line: $(cat $LOG)" wait_until 60 told "$BOTH_NODES( appeared)?: $ENFORCED"
check_eq "lines" "$(count "$NODES appeared: $ENFORCED\$")" 1
in_cgroup a simload --duration 1ms --jobs 5 --verify >/tmp/a
check_eq "simload: status" $? 0
check_eq "tickets" "$(headgate device list --json | sed -n 's/.*"tickets": \([0-9]*\),/\1/p')" 5

t_begin device_that_goes__is_told
unbind
check "no line: $(cat $LOG)" wait_until 60 told 'simgpu at [^ ]+( \(card[0-9]+\))? vanished'
check_eq "comings and goings" "$(count '.* (appeared|vanished)')" 2
log_anew
bind
check "no line after it came back" wait_until 60 told "$BOTH_NODES( appeared)?: $ENFORCED"
check_eq "comings and goings" "$(count '.* (appeared|vanished)')" 1
log_anew
check "rmmod" wait_until 60 rmmod simgpu
check "no line when the driver went" wait_until 60 told 'simgpu at .* vanished'

t_begin accel_device__is_told
log_anew
load_module simgpu accel=1
check "no line: $(cat $LOG)" wait_until 60 told "simgpu at accel[0-9]+ appeared: $ENFORCED"
check "rmmod" wait_until 60 rmmod simgpu
check "no line when it went" wait_until 60 told 'simgpu at accel[0-9]+ vanished'
check_eq "lines" "$(count '')" 2

t_begin fifty_quick_rounds_under_load__end_in_the_truth
load_module simgpu
check "no line" wait_until 60 is_there
before=$(fds)
comings=$(count '.* appeared')
# Each is a device of its own, and has its lines if a look finds it.
has_come_again() { is_there && [ "$(count '.* appeared')" -gt "$comings" ]; }
is_told_as_often() { of_devices | awk '/ vanished$/ { gone++ } / appeared: / { come++ } END { exit come != gone + 1 }'; }
load a a replug --threads 4 --seconds 300
load b b replug --threads 2 --duration 1000000 --jobs 100 --seconds 300
round=0
while [ $round -lt 50 ]; do
	round=$((round + 1))
	unbind || fail "round $round: unbind"
	bind || fail "round $round: bind"
	# Each tenth stays for long enough to be told of.
	[ $((round % 10)) != 0 ] || {
		check "round $round is not told" wait_until 60 has_come_again
		comings=$(count '.* appeared')
	}
	[ -z "$T_REASON" ] || break
done
check_eq "rounds" $round 50
check "not a coming for each going, and one: $(of_devices)" wait_until 60 is_told_as_often
check_within "times that it went" "$(count '.* vanished')" 5 51
check_eq "open files of headgated" "$(fds)" "$before"
unbind
check "its end is not told" wait_until 60 last_is vanished
bind
check "its coming is not told" wait_until 60 is_there
loads_end

t_begin lost_messages__are_made_good_for
log_anew
kill -STOP $DAEMON
# More than its socket holds, and nothing in it about devices that matter.
round=0
while [ $round -lt 6000 ]; do
	round=$((round + 1))
	echo change >/sys/class/mem/null/uevent
done
unbind
kill -CONT $DAEMON
check "nothing was lost: $(cat $LOG)" wait_until 60 grep -q "messages of devices were lost" $LOG
check "the device did not go" wait_until 60 last_is vanished
bind
check "it did not come" wait_until 60 is_there

t_begin headgated_that_was_away__tells_what_is_there
stop
log_anew
start
check "what is there is not told" wait_until 60 told "simgpu at renderD[0-9]+ \(card[0-9]+\): $ENFORCED"
kill -KILL $DAEMON
wait $DAEMON
unbind
log_anew
start
check_eq "devices" "$(of_devices)" ""
bind
check "it did not come" wait_until 60 is_there

t_begin module_that_goes_and_comes__has_its_devices_judged_anew
log_anew
headgated --detach
check "rmmod" wait_until 60 rmmod headgate
check "headgated does not see it" wait_until 60 grep -q "headgate.ko is gone" $LOG
unbind
check "its end is not told" wait_until 60 last_is vanished
bind
check "more is promised than there is: $(cat $LOG)" wait_until 60 told 'simgpu at .* appeared; the gate is not attached'
load_module headgate
check "it is not judged: $(cat $LOG)" wait_until 60 told "simgpu at renderD[0-9]+ \(card[0-9]+\): $ENFORCED"

t_begin reload__tells_what_is_new_for_a_device
log_anew
printf '[driver simgpu]\npace = yes\n' >>/etc/headgate/headgate.conf
kill -HUP $DAEMON
check "no line: $(cat $LOG)" wait_until 60 told 'simgpu at .*: paced: the policy has it paced.*'
kill -HUP $DAEMON
check "no reload" wait_until 60 sh -c "[ \$(grep -c 'policy in force' $LOG) = 2 ]"
check_eq "lines" "$(count '')" 1
stop

t_begin section_of_a_driver_without_device__holds_when_one_comes
headgated --detach
printf '[driver simgpu]\npace = yes\n[agent /a]\nweight = 1\n[agent /b]\nweight = 1000\n' >/etc/headgate/headgate.conf
check "rmmod" wait_until 60 rmmod simgpu
log_anew
start
is_frozen() { [ "$(cat /sys/fs/cgroup/a/cgroup.freeze)" = 1 ]; }
is_thawed() { ! is_frozen; }
for time in first second; do
	if [ $time = first ]; then load_module simgpu; else bind; fi
	check "no line: $(cat $LOG)" wait_until 60 is_there_as 'paced: the policy has it paced'
	for a in a b; do
		load $a $a simload --duration 5ms --depth 2 --seconds 300
	done
	check "nobody is frozen, the $time time" wait_until 60 is_frozen
	# Whom a device that is gone kept frozen is thawed.
	unbind
	check "its end is not told" wait_until 60 last_is vanished
	check "it stays frozen" wait_until 60 is_thawed
	for a in a b; do
		load_gone $a
	done
done
check_eq "cgroup.freeze" "$(cat /sys/fs/cgroup/a/cgroup.freeze)" 0
stop
rm -r /etc/headgate
headgated --detach

t_begin driver_that_resets_a_wedged_device__is_quoted
if grep -q ' drm_dev_wedged_event' /proc/kallsyms; then
	check "rmmod" wait_until 60 rmmod simgpu
	load_module simgpu timeout_ms=300
	start
	log_anew
	echo 1 >/sys/kernel/debug/simgpu/e0/hang_next
	simload --duration 1ms --jobs 1 >/dev/null 2>&1
	check "no line: $(cat $LOG)" wait_until 60 told 'simgpu at .* was wedged, and its driver has reset it'
	check_eq "lines" "$(count '.* wedged')" 1
	stop
	headgated --detach
else
	skip "this kernel does not tell"
fi
