# SPDX-License-Identifier: GPL-2.0-or-later
# A submission to one device queues a job on another too, which moves a buffer: it has no ticket.
# timeout: 200
. /headgate/bin/robust.sh

OTHER_STATS=/sys/kernel/debug/simgpu.1/e0/stats

# device NAME KEY: a number of headgate device list
device()
{
	headgate device list --json | awk -v name="$1" -v key="$2" '
		{ gsub(/[",]/, "") }
		$1 == "name:" { n = $2 }
		$1 == key ":" && n == name { print $2 }'
}

other() { sed -n "s/^$1 //p" $OTHER_STATS; }
submitted() { sed -n 's/^mover submitted=\([0-9]*\).*/\1/p' /tmp/a; }

t_begin a_job_of_another_device_is_none_of_the_tickets
load_module simgpu devices=2
gate_up a=100 b=100
# So that both devices are known.
for name in simgpu simgpu.1; do
	in_cgroup a simload --node "$(node $name)" --jobs 1 >/dev/null
done
in_cgroup a mover --jobs 50 "$(node simgpu)" >/tmp/a
check_eq "jobs of the other device" "$(other submitted)" 51
check_eq "tickets of the device" "$(device simgpu tickets)" 51
check_eq "tickets of the other device" "$(device simgpu.1 tickets)" 1
check_eq "jobs of the device that had no ticket" "$(device simgpu jobs_unticketed)" 0
check_eq "jobs of the other device that had no ticket" "$(device simgpu.1 jobs_unticketed)" 50
nothing_lost

t_begin two_devices_may_move_buffers_for_each_other_under_load
moved=$(($(device simgpu jobs_unticketed) + $(device simgpu.1 jobs_unticketed)))
load b b
load b c simload --node "$(node simgpu.1)" --duration 2ms --depth 4 --processes 3 --seconds 600 --verify
load a a mover --threads 8 "$(node simgpu)" "$(node simgpu.1)"
check "no ticket ever waits" wait_until 60 contended /a /b
goes_on "who moves buffers stands still" 300 ledger /a jobs
goes_on "the others stand still" 100 ledger /b jobs
goes_on "the other device stands still" 300 other completed
loads_end
nothing_lost
check_eq "jobs of the other device that ended" \
	"$(($(other completed) + $(other failed) + $(other cancelled)))" "$(other submitted)"
check_eq "jobs that had no ticket" \
	$(($(device simgpu jobs_unticketed) + $(device simgpu.1 jobs_unticketed) - moved)) "$(submitted)"
gate_down
