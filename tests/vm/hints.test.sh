# SPDX-License-Identifier: GPL-2.0-or-later
# The gate knows on which lane a submission has to wait: by the lane of those before it, and where
# a file has several queues, by what the ioctl's argument says of the queue.
# timeout: 480
. /headgate/bin/robust.sh

# wrong_hints: how often a job landed on another lane than the gate said, since the last watch
wrong_hints() { grep -c ' headgate_ticket_lane: ' /sys/kernel/tracing/trace; }
watch()
{
	echo 1 >/sys/kernel/tracing/events/headgate/headgate_ticket_lane/enable
	echo >/sys/kernel/tracing/trace
}

# lanes: the ids of both lanes, engine 0's first
lanes()
{
	headgate lane list --json | awk '
		{ gsub(/[",]/, "") }
		$1 == "id:" { id = $2 }
		$1 == "name:" { print $2, id }' | sort | sed 's/.* //'
}

# device_tickets: of all lanes of the only device
device_tickets() { headgate device list --json | sed -n 's/^ *"tickets": \([0-9]*\).*/\1/p'; }

# take_turns LEAST MOST PROGRAM OPTION…: in agent a; so many hints are wrong
take_turns()
{
	least=$1 most=$2 program=$3
	shift 3
	watch
	before=$(device_tickets)
	in_cgroup a "$program" --duration 100000 "$@" || fail "$program $*: status $?"
	check_within "hints that were wrong" "$(wrong_hints)" "$least" "$most"
	check_within "tickets" $(($(device_tickets) - before)) 1 100000
}

# engine_jobs N: jobs that engine N has had
engine_jobs() { sed -n 's/^submitted //p' "/sys/kernel/debug/simgpu/e$1/stats"; }

# billed_where_they_land: the ledger has as many jobs on each lane as its engine
billed_where_they_land()
{
	engine=0
	for lane in $(lanes); do
		check_eq "jobs on engine $engine" "$(ledger /a jobs "$lane")" "$(engine_jobs $engine)"
		engine=$((engine + 1))
	done
	check_eq "lanes" $engine 2
}

t_begin the_lane_of_a_file_with_one_queue_is_learned_once
load_module simgpu engines=2
gate_up a=100
watch
in_cgroup a simload --duration 100us --jobs 200 --verify >/dev/null
in_cgroup a simload --engine 1 --duration 100us --jobs 200 --verify >/dev/null
check_eq "hints that were wrong" "$(wrong_hints)" 2
billed_where_they_land

# The first two jobs show that there are two lanes, then each queue shows its own; unless all that
# is known from a file before, at the same address.
t_begin queues_that_take_turns_are_told_apart
tickets=$(ledger /a tickets)
take_turns 0 4 turns --jobs 400 plain
check_within "tickets for the 200 jobs on engine 0" $(($(ledger /a tickets) - tickets)) 197 203
billed_where_they_land

t_begin threads_that_share_a_file_are_told_apart
take_turns 0 40 turns --threads 8 --jobs 200 plain
billed_where_they_land

t_begin queues_of_32_bit_programs_are_told_apart
take_turns 0 4 turns32 --jobs 400 plain
billed_where_they_land

# As without arguments: each hint is of the job before.
t_begin arguments_that_cannot_be_read_are_no_hint
take_turns 350 400 turns --jobs 400 unread
take_turns 350 400 turns32 --jobs 400 unread
billed_where_they_land

# driver_reads_another: than the gate did, so that more hints are wrong than the four that plain
# turns need to learn. Whether the one that rewrites comes in between is the host's processors'
# affair: where these are busy it may take some rounds.
driver_reads_another()
{
	watch
	in_cgroup a turns --duration 100000 --threads 4 --jobs 500 flip || fail "turns flip: status $?"
	[ "$(wrong_hints)" -gt 8 ]
}

t_begin arguments_that_change_meanwhile_do_no_harm
wait_until 120 driver_reads_another || fail "no argument changed between the gate and the driver"
billed_where_they_land

t_begin calls_that_fail_teach_nothing
take_turns 0 1 turns --jobs 400 deaf
take_turns 0 1 turns32 --jobs 400 deaf
billed_where_they_land

t_begin bad_pointers_do_no_harm
in_cgroup a turns bad
check_eq "turns bad: status" $? 0
in_cgroup a turns32 bad
check_eq "turns32 bad: status" $? 0
billed_where_they_land
nothing_lost
gate_down

t_begin queues_with_a_scheduler_each_are_told_apart
check "rmmod headgate" wait_until 60 rmmod headgate
check "rmmod simgpu" wait_until 60 rmmod simgpu
load_module simgpu sched_per_queue=1 engines=2
gate_up a=100
take_turns 0 4 turns --jobs 400 plain
billed_where_they_land
nothing_lost
gate_down
