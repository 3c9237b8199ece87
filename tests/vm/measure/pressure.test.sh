# SPDX-License-Identifier: GPL-2.0-or-later
# Pressure: what waits and what does not, against what the load is and against the trace of each job.
# timeout: 400
. /headgate/guest/shares.sh
. /headgate/guest/pressure.sh

# An engine takes one job at a time here: with a ring, the next one is with the engine already.
hg_start depth=1 engines=2
policy_of /a=100 /b=300

t_begin pressure__an_agent_that_waits_for_each_job_has_none
load /a --duration 2ms --depth 1
pressures
stop_loads
check_pressed agent:/a 0 0 0 0
check_pressed lane:1 0 0 0 0
check_pressed device:1 0 0 0 0

t_begin pressure__an_agent_behind_its_own_jobs_alone_has_some
load /a --duration 2ms --depth 4
pressures
headgate pressure /a lane 1 | tee /tmp/text
stop_loads
check_pressed agent:/a 99 101 0 2
check_pressed lane:1 99 101 0 2
# Of 11 s after none: 100 * (1 - exp(-11 / 10)) and so on, with a period of 2 s that has not ended.
for average in "10 62 70" "60 15 18" "300 3 4"; do
	# shellcheck disable=SC2086
	set -- $average
	check_within "some avg$1 of /a" "$(sed -n "s/^some .*avg$1=\([0-9.]*\).*/\1/p" /tmp/text | head -n 1)" "$2" "$3"
	check_within "full avg$1 of /a" "$(sed -n "s/^full .*avg$1=\([0-9.]*\).*/\1/p" /tmp/text | head -n 1)" 0 2
done
figure pressure_handover "$(pressed lane:1 full)" percent

t_begin pressure__of_two_agents_is_full_while_the_other_runs
load /a --duration 2ms --depth 8
load /b --duration 2ms --depth 8
pressures
headgate pressure /a /b lane 1 >/tmp/text
stop_loads
cat /tmp/text
check_eq "lines in the syntax of PSI" "$(grep -Ec '^(some|full) avg10=[0-9]+\.[0-9]{2} avg60=[0-9]+\.[0-9]{2} avg300=[0-9]+\.[0-9]{2} total=[0-9]+$' /tmp/text)" 6
check_eq "headings" "$(grep -c ' (simgpu' /tmp/text)" 3
check_pressed agent:/a 99 101 74 77
check_pressed agent:/b 99 101 24 27
check_pressed lane:1 99 101 0 2
check_pressed device:1 99 101 0 2

t_begin pressure__is_what_follows_from_the_trace_of_each_job
policy_of /a=100 /b=300 /c=200 /c/x=100 /c/y=100
check "something waits" wait_until 20 nothing_waits
headgate pressure --json >/tmp/before
headgate trace -o /tmp/trace.json >/tmp/told 2>/tmp/errors &
recorder=$!
wait_until 20 grep -q "recording to" /tmp/errors || fail "does not record: $(cat /tmp/errors)"
load /a --duration 5ms --depth 6 --seconds 8
load /b --duration 3ms --pareto 2 --depth 3 --seconds 6
load /b --duration 4ms --depth 2 --think 10ms --seconds 7 --engine 1
load /c/x --duration 7ms --depth 1 --think 20ms --seconds 8
load /c/y --duration 6ms --depth 4 --seconds 4 --begin 3s
load /c --duration 9ms --depth 2 --seconds 8 --engine 1
load / --duration 4ms --depth 1 --think 6ms --seconds 8
for pid in $LOADS; do
	wait "$pid"
done
stop_loads
check "something waits" wait_until 20 nothing_waits
headgate pressure --json >/tmp/after
headgate agent list --json >/tmp/agents
kill -INT $recorder
wait $recorder
check_eq "exit status of the recorder" $? 0
check "the trace is wrong: $(cat /tmp/told /tmp/errors)" sh -c 'tracecheck --pressure /tmp/trace.json /tmp/before /tmp/after /tmp/agents >/tmp/facts 2>&1'
cat /tmp/facts
for fact in pressure_error pressure_error_small; do
	value=$(sed -n "s/^$fact=//p" /tmp/facts)
	figure $fact "$value" percent
	check_within "$fact in percent" "$value" 0 1
done

t_begin pressure__of_a_cap_is_full_on_the_idle_lane
policy <<END
[agent /a]
max = 30%
[agent /b]
END
load /a --duration 2ms --depth 4
pressures
headgate pressure /a lane 1
stop_loads
check_pressed agent:/a 99 101 68 72
check_pressed lane:1 99 101 68 72
check_pressed agent:/b 0 0 0 0

t_begin pressure__of_ungoverned_work_is_the_lanes
policy_of /a=100 /b=300
load / --duration 2ms --depth 4
pressures
check_pressed lane:1 99 101 0 2
check_pressed device:1 99 101 0 2
check_pressed lane:2 0 0 0 0
check_pressed agent:/a 0 0 0 0
stop_loads

t_begin pressure__of_a_parent_is_that_of_its_children_too
policy_of /a=100 /p=100 /p/x=100 /p/y=100
load /p/x --duration 2ms --depth 8
load /p/y --duration 2ms --depth 8
pressures
check_pressed agent:/p/x 99 101 49 52
check_pressed agent:/p/y 99 101 49 52
check_pressed agent:/p 99 101 0 2
stop_loads
load /p/x --duration 2ms --depth 8
load /a --duration 2ms --depth 8
pressures
check_pressed agent:/p 99 101 49 52
check_pressed agent:/p/y 0 0 0 0
stop_loads

# check_same PARENT CHILD: the one has nothing but the other.
check_same()
{
	check_pressed "$2" 99 101 20 90
	child=$(pressed "$2" full)
	check_pressed "$1" 99 101 "$(awk -v c="$child" 'BEGIN { print c - 0.5 }')" "$(awk -v c="$child" 'BEGIN { print c + 0.5 }')"
}

t_begin pressure__follows_agents_that_come_and_go_under_load
new_cgroup /p/m/z
headgate agent set /p/m/z
for load_in in /p/x /p/m/z /a; do
	load $load_in --duration 2ms --depth 8
	load $load_in --duration 2ms --depth 8 --engine 1
done
warm_up
for _ in 1 2 3; do
	headgate agent set /p/m # comes between /p and /p/m/z
	pressures 2
	check_same agent:/p/m agent:/p/m/z
	check_pressed agent:/p 99 101 0 60
	headgate agent del /p # its children are at the top
	pressures 2
	check_same agent:/p/m agent:/p/m/z
	headgate agent del /p/m
	headgate agent del /p/x # with what it has in flight
	headgate agent set /p/x
	headgate agent set /p
	pressures 2
	check_pressed agent:/p/m/z 99 101 20 90
	check_pressed agent:/p 99 101 0 60
done
stop_loads
check "something is counted though nothing lives: $(cat /run/pressure.now)" wait_until 20 nothing_waits
pressures 5
for group in agent:/a agent:/p agent:/p/x agent:/p/m/z lane:1 lane:2 device:1; do
	check_pressed $group 0 0 0 0
done

# follow FILE: the events into it, in the background, until stop_following.
follow()
{
	headgate events --json >"$1" &
	following=$!
	sleep 1
}
stop_following() { kill $following; wait $following; }

# told FILE NAME: how many events of that name
told() { grep -c "\"event\": *\"$2\"" "$1"; }

# wait_for FILE TRIGGER GROUP…: headgate pressure --wait in the background, as $waiter.
wait_for()
{
	waits_to=$1
	shift
	headgate pressure --wait "$@" >"$waits_to" 2>&1 &
	waiter=$!
}
has_ended() { ! kill -0 $waiter 2>/dev/null; }

t_begin pressure_trigger__fires_when_the_threshold_is_reached
policy_of /a=100 /b=300
follow /tmp/events
wait_for /tmp/waited 'full 300ms 1s' /a
load /a --duration 2ms --depth 8
load /b --duration 2ms --depth 8
check "it does not end" wait_until 20 has_ended
wait $waiter
check_eq "exit status" $? 0
cat /tmp/waited
check "what it prints" grep -Eq '^/a on device 1: full [0-9.]+ ms in 1 s$' /tmp/waited
check "the event is not told" wait_until 5 grep -q '"agent": *"/a"' /tmp/events
# Its trigger went with its socket.
sleep 5
check_eq "events" "$(told /tmp/events pressure)" 1

t_begin pressure_trigger__does_not_fire_below_the_threshold
# /b waits for a quarter of the time.
wait_for /tmp/waited 'full 350ms 1s' /b
sleep 20
check_fails "it fired: $(cat /tmp/waited)" has_ended
kill $waiter
wait $waiter
wait_for /tmp/waited 'full 150ms 1s' /b
check "it does not end" wait_until 20 has_ended
stop_following

t_begin pressure_trigger__fires_once_in_a_window
follow /tmp/events
triggers 1 500 2000 20
check_within "events of a device that is pressed all the time, in 20 s of windows of 2 s" "$(told /tmp/events pressure)" 9 10
stop_following

t_begin pressure_trigger__of_a_lane_and_of_a_device_fire
wait_for /tmp/waited 'some 500ms 500ms' lane 1
check "it does not end" wait_until 20 has_ended
check "what it prints" grep -Eq '^lane 1 on device 1: some [0-9.]+ ms in 500 ms$' /tmp/waited
cat /tmp/waited
wait_for /tmp/waited 'some 450ms 500ms' device 1
check "it does not end" wait_until 20 has_ended
stop_loads

t_begin pressure_trigger__ends_with_what_it_watches
new_cgroup /gone
headgate agent set /gone
wait_for /tmp/waited 'some 100ms 1s' /gone
sleep 2
check_fails "it ended" has_ended
headgate agent del /gone
check "it does not end" wait_until 20 has_ended
wait $waiter
check_eq "exit status" $? 1
check "it does not say so" grep -q '/gone is gone' /tmp/waited

t_begin pressure_trigger__is_bounded
for bad in 'some 0 1s' 'some 2s 1s' 'some 100ms 499ms' 'some 100ms 11s'; do
	timeout 5 headgate pressure --wait "$bad" device 1
	check_eq "exit status of '$bad'" $? 1
done
for bad in 'most 1s 1s' 'some 1s' 'some 1s 1s 1s' 'some 1 fortnight'; do
	timeout 5 headgate pressure --wait "$bad" device 1
	check_eq "exit status of '$bad'" $? 2
done
timeout 5 headgate pressure --wait 'some 1s 1s' device 1 /a
check_eq "exit status for two groups" $? 2
timeout 5 headgate pressure --wait 'some 1s 1s' device 77
check_eq "exit status for a device that is not there" $? 1
as_nobody timeout 5 headgate pressure --wait 'some 1s 1s' device 1
check_eq "exit status for nobody" $? 1
check_eq "triggers that one socket may have" "$(triggers 1)" 64
check_eq "the same once more, since they go with it" "$(triggers 1)" 64

hg_stop

t_begin pressure_trigger__does_not_hold_up_the_module
triggers 1 1000 1000 1000 &
socket=$!
sleep 2
check "the module does not go" rmmod headgate
kill $socket
wait $socket || :
