# SPDX-License-Identifier: GPL-2.0-or-later
# Nothing is left of what pressure counts, whatever way jobs end: several at once, with errors, never run,
# on the queues of a class, and on a driver that tells only when it makes a fence.
# timeout: 200
. /headgate/guest/shares.sh
. /headgate/guest/submissions.sh
. /headgate/guest/pressure.sh

KNOBS=/sys/kernel/debug/simgpu/e0

# check_nothing_is_left [-KILL]: of what the loads had, once they are gone.
check_nothing_is_left()
{
	stop_loads "$@"
	wait_until 20 nothing_waits || fail "something is counted though nothing lives: $(cat /run/pressure.now)"
	pressures 5
	groups=$(cut -d ' ' -f 1 /run/pressure.to)
	for group in $groups; do
		check_pressed "$group" 0 0 0 0
	done
}

has_reset() { [ "$(engine_stat resets)" -ge "$1" ]; }

vgem_is_seen() { in_cgroup /b vgemload >/dev/null && headgate pressure device 2; }

vgem_runs() { pressure now; awk '$1 == "lane:2" && $5 { ok = 1 } END { exit !ok }' /run/pressure.now; }

# mixed_loads: jobs that are waited for by others, fail, are cancelled, and that never can run.
mixed_loads()
{
	load /a --duration 1ms --depth 8 --processes 2 --fail-every 5
	load /a/below --duration 2ms --depth 4
	load /b --duration 1ms --depth 1 --in-fence-never
	load / --duration 1ms --depth 8
}

hg_start depth=4 timeout_ms=200
policy_of /a=100 /b=300 /a/below=100

t_begin pressure_counts__of_jobs_that_end_together
echo 3000000 >$KNOBS/coalesce
mixed_loads
pressures 3
check_pressed lane:1 95 101 0 5
check_pressed agent:/a 95 101 0 90
# What never can run waits for a fence, not for the engine.
check_pressed agent:/b 0 1 0 1
check_nothing_is_left
echo 0 >$KNOBS/coalesce

t_begin pressure_counts__of_clients_that_are_killed
mixed_loads
pressures 3
check_nothing_is_left -KILL

t_begin pressure_counts__of_jobs_that_hang_and_of_those_behind_them
mixed_loads
warm_up
echo 3 >$KNOBS/hang_next
check "no job is reset" wait_until 20 has_reset 3
check_nothing_is_left

t_begin pressure_counts__of_announced_jobs
load_module vgem
policy_of /a=100 /b=300
check "vgem is gated" gate_vgem
wait_until 30 vgem_is_seen || fail "no job of vgem is seen"
for _ in 1 2 3; do
	start_load /a vgemload --jobs 20 --hold 400
done
start_load /a vgemload --jobs 100 --never
start_load /b vgemload --jobs 1000000 --hold 2
check "no announced job is with the engine" wait_until 20 vgem_runs
warm_up
check_nothing_is_left -KILL
hg_stop
rmmod headgate simgpu
wait_until 20 rmmod vgem || fail "vgem does not go"

t_begin pressure_counts__of_the_queues_of_a_class
hg_start sched_per_queue=1 engines=1
policy_of /a=100 /b=300 /a/below=100
mixed_loads
pressures 3
check_pressed agent:/b 0 1 0 1
check_eq "resets" "$(engine_stat resets)" 0
check_nothing_is_left
mixed_loads
pressures 3
check_nothing_is_left -KILL

t_begin pressure_counts__of_a_device_that_goes
mixed_loads
warm_up
echo simgpu >/sys/bus/platform/drivers/simgpu/unbind || fail "unbind"
check_nothing_is_left
echo simgpu >/sys/bus/platform/drivers/simgpu/bind || fail "bind"

t_begin pressure_counts__of_agents_that_go_with_what_they_have
mixed_loads
warm_up
for agent in /a/below /a /b; do
	headgate agent del $agent
done
check_nothing_is_left -KILL

hg_stop
