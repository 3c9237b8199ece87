# SPDX-License-Identifier: GPL-2.0-or-later
# A client that uses two engines in turn waits for the right one each time, so it gets its share of
# both beside an honest agent on each; where its arguments cannot be read, it gets less.
# timeout: 300
. /headgate/bin/robust.sh

JOB=5000000
HONEST="simload --duration ${JOB}ns --depth 4 --processes 4 --seconds 600 --verify"
SECONDS_OF_GPU=8

# other_lane: the lane of engine 1
# shellcheck disable=SC2034 # robust.sh reads STATS
other_lane() ( STATS=/sys/kernel/debug/simgpu/e1/stats && lane_id )

wrong_hints() { grep -c ' headgate_ticket_lane: ' /sys/kernel/tracing/trace; }

# shares_of MODE: sets SHARE0, SHARE1: what /a gets of each engine, beside /b or /c; WRONG: of 1000 jobs
shares_of()
{
	# shellcheck disable=SC2086
	load b b $HONEST
	# shellcheck disable=SC2086
	load c c $HONEST --engine 1
	load a a turns --threads 16 --duration $JOB --seconds 600 "$1"
	check "no ticket ever waits" wait_until 60 contended
	goes_on "the client does not run" 40 ledger /a jobs
	other=$(other_lane)
	echo >/sys/kernel/tracing/trace
	jobs=$(ledger /a jobs) a=$(ledger /a busy_ns "$other") c=$(ledger /c busy_ns "$other")
	SHARE0=$(share_of /a /b $SECONDS_OF_GPU)
	a=$(($(ledger /a busy_ns "$other") - a)) c=$(($(ledger /c busy_ns "$other") - c))
	jobs=$(($(ledger /a jobs) - jobs))
	SHARE1=$(awk -v a=$a -v c=$c 'BEGIN { printf "%.1f", a + c ? 100 * a / (a + c) : -1 }')
	WRONG=$((1000 * $(wrong_hints) / (2 * jobs + !jobs)))
	figure "hints_$1_share_of_engine_0" "$SHARE0" '%'
	figure "hints_$1_share_of_engine_1" "$SHARE1" '%'
	figure "hints_$1_wrong" "$WRONG" 'of 1000 jobs'
	loads_end
	nothing_lost
}

t_begin queues_that_take_turns_get_their_share_of_both_engines
load_module simgpu engines=2
gate_up a=100 b=100 c=100
echo 1 >/sys/kernel/tracing/events/headgate/headgate_ticket_lane/enable
shares_of plain
check_within "share of engine 0" "$SHARE0" 48 51
check_within "share of engine 1" "$SHARE1" 48 51
check_eq "hints that were wrong, of 1000 jobs" "$WRONG" 0

t_begin without_arguments_they_get_no_more
shares_of unread
check_within "share of engine 0" "$SHARE0" 20 53
check_within "share of engine 1" "$SHARE1" 20 53
# How many depends on how the turns fall (90 to 430 were seen); with none, the zero above would say nothing.
check_within "hints that were wrong, of 1000 jobs" "$WRONG" 10 1000

# With one processor, as here, the rewriting hardly ever comes between the gate and the driver.
t_begin who_changes_its_arguments_meanwhile_gets_no_more
shares_of flip
check_within "share of engine 0" "$SHARE0" 20 53
check_within "share of engine 1" "$SHARE1" 20 53
gate_down
