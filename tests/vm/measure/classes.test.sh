# SPDX-License-Identifier: GPL-2.0-or-later
# A driver with a scheduler per queue: the queues of an engine class are one lane, on which an
# agent's share does not depend on how many it has.
# timeout: 300
. /headgate/guest/shares.sh

MOST=6 # points by which the device's count may differ

lanes() { headgate lane list --json | grep -c '"id":'; }
lane_names() { headgate lane list --json | sed -n 's/.*"name": "\(.*\)",/\1/p' | tr '\n' ' '; }
lane_busy() { headgate lane list --json | sed -n 's/.*"busy_ns": \([0-9]*\),/\1/p' | head -n 1; }

hg_start sched_per_queue=1 engines=1
t_begin classes__the_policy_is_taken
policy_of /a=100 /b=300
check_eq "agents" "$(headgate agent list --json | grep -c '"weight"')" 2

# device_shares: of b, per cent of what the device itself has given to both, from their first
# job to their last.
device_shares()
{
	awk -v a="$(load_says 1 busy_ns)" -v b="$(load_says 2 busy_ns)" 'BEGIN {
		printf "%.3f\n", a + b ? 100 * b / (a + b) : -1 }'
}

# against NAME A B OPTION…: queues of a and of b, with simload's options for both
against()
{
	name=$1 a=$2 b=$3
	shift 3
	t_begin "$name"
	load /a --depth 0 --processes "$a" "$@"
	load /b --depth 0 --processes "$b" "$@"
	snapshots
	check_shares 1.0 from to /a=1 /b=3
	check_within "engine time in 10 s" "$(busy from to)" 9900000000 10200000000
	figure "$name" "$SHARE_ERROR" points
	stop_loads
	# By the ledger the shares are right; by the device they are as right as the ledger. Firmware serves
	# queues by slices (1 ms here), so that of jobs which last a few of them the one that ends first is
	# charged for others: 4.9 points were seen, with 2 ms jobs of 1 queue against 8.
	device=$(device_shares)
	figure "${name}__by_the_device" "$device" percent
	check_within "share of b by the device's own count" "$device" $((75 - MOST)) $((75 + MOST))
}

against classes__1_queue_each 1 1 --duration 2ms
against classes__8_queues_against_1 8 1 --duration 2ms
against classes__1_queue_against_8 1 8 --duration 2ms
against classes__1_queue_against_8_of_long_jobs 1 8 --duration 12ms
against classes__8_queues_against_1_of_short_jobs 8 1 --duration 300us

t_begin classes__the_lanes_time_is_the_engines
lane=$(lane_busy)
engine=$(engine_stat busy_ns)
check_within "engine time of the lane, of $engine ns" "$lane" $((engine - engine / 200)) $((engine + engine / 200))

t_begin classes__200_queues_leave_one_lane
round=0
while [ $round -lt 200 ]; do
	round=$((round + 1))
	in_cgroup /a simload --duration 100us --jobs 1 --verify >/run/simload || fail "simload $round"
done
check_eq "lanes" "$(lane_names)" "simgpu-e0-q "
check_eq "number of lanes" "$(lanes)" 1
hg_stop
