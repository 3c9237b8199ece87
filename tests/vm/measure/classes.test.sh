# SPDX-License-Identifier: GPL-2.0-or-later
# A driver with a scheduler per queue: the queues of an engine class are one lane, on which an
# agent's share does not depend on how many it has.
# timeout: 600
. /headgate/guest/shares.sh

lanes() { headgate lane list --json | grep -c '"id":'; }
lane_names() { headgate lane list --json | sed -n 's/.*"name": "\(.*\)",/\1/p' | tr '\n' ' '; }
lane_busy() { headgate lane list --json | sed -n 's/.*"busy_ns": \([0-9]*\),/\1/p' | head -n 1; }

# turns NAME MS MS: two queues that always have jobs of those lengths are served as long each, whoever's they are.
turns()
{
	t_begin "$1"
	load / --depth 8 --duration "$2"
	load / --depth 8 --duration "$3"
	sleep 3
	stop_loads
	turns_share=$(awk -v a="$(load_says 1 busy_ns)" -v b="$(load_says 2 busy_ns)" 'BEGIN { printf "%.3f", a + b ? 100 * a / (a + b) : -1 }')
	check_within "engine time of the first queue in percent" "$turns_share" 49 51
	check_eq "resets" "$(engine_stat resets)" 0
}

hg_start sched_per_queue=1 engines=1
t_begin classes__the_policy_is_taken
policy_of /a=100 /b=300
check_eq "agents" "$(headgate agent list --json | grep -c '"weight"')" 2

# device_says NAME: ns of engine time of a and of b until now, as the device itself counts.
device_says()
{
	headgate usage --json | awk '{ gsub(/[",]/, "") } $1 == "agent:" { a = $2 } $1 == "busy_ns:" { ns[a] += $2 }
		END { printf "%.0f %.0f\n", ns["/a"], ns["/b"] }' >"/run/device.$1"
}

# device_share: of b, per cent of what the device has given to both between device_says from and to.
device_share()
{
	awk 'NR == FNR { a = $1; b = $2; next } { a = $1 - a; b = $2 - b }
		END { printf "%.3f\n", (a + b > 0 ? 100 * b / (a + b) : -1) }' /run/device.from /run/device.to
}

# against NAME MOST A MS B MS: queues and length of jobs of a and of b; points by which their shares
# may differ from what is due by the device's own count, of which the module knows nothing.
against()
{
	name=$1 most=$2
	t_begin "$name"
	# shellcheck disable=SC2086 # a length may have options with it
	load /a --depth 0 --processes "$3" --duration $4
	# shellcheck disable=SC2086
	load /b --depth 0 --processes "$5" --duration $6
	warm_up
	snapshot from
	device_says from
	sleep 10
	snapshot to
	device_says to
	check_shares 1.0 from to /a=1 /b=3
	check_within "engine time in 10 s" "$(busy from to)" 9900000000 10200000000
	figure "$name" "$SHARE_ERROR" points
	stop_loads
	device=$(device_share)
	figure "${name}__by_the_device" "$device" percent
	check_within "share of b by the device's own count" "$device" $((75 - most)) $((75 + most))
	check_eq "resets" "$(engine_stat resets)" 0
}

# Jobs of a kind, shorter than a slice and longer.
against classes__8_queues_against_1_of_short_jobs 1 8 300us 1 300us
against classes__8_queues_against_1 1 8 2ms 1 2ms
against classes__1_queue_against_8 1 1 2ms 8 2ms
against classes__1_queue_against_8_of_long_jobs 1 1 12ms 8 12ms
# Short jobs overtake long ones. Charged for all since the end before, who had 12 ms jobs here got
# 78 % of the engine in place of 25.
against classes__long_jobs_against_short_ones 2 1 12ms 8 300us
against classes__short_jobs_against_long_ones 2 8 300us 1 12ms
against classes__heavy_tails_against_equal_jobs 3 4 "2ms --pareto 1.5 --longest 50ms" 4 2ms
against classes__jobs_of_two_slices_against_short_ones 1 1 2ms 8 300us

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

# The module takes slices for 1 ms long.
hg_start sched_per_queue=1 engines=1 slice_us=250
policy_of /a=100 /b=300
against classes__1_queue_against_8__short_slices 2 1 2ms 8 2ms
against classes__short_jobs_against_long_ones__short_slices 4 8 300us 1 12ms
hg_stop

# Of nobody, and before any gate says that these are classes.
hg_start sched_per_queue=1 engines=1
turns classes__simgpu_serves_queues_in_turn__jobs_of_a_slice 1ms 1ms
turns classes__simgpu_serves_queues_in_turn__short_jobs_and_long_ones 300us 12ms
