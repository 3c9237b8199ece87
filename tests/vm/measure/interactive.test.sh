# SPDX-License-Identifier: GPL-2.0-or-later
# A short job of an interactive agent beside two agents that saturate the lane with 8 ms jobs.
# timeout: 200
. /headgate/guest/shares.sh

long_ns=8000000

ms() { awk -v n="$1" 'BEGIN { printf "%.3f", n / 1e6 }'; }

# measure DEPTH: of the long jobs' queues; 0: as deep as the driver lets them be
measure()
{
	load /a --duration 8ms --depth "$1"
	load /b --duration 8ms --depth "$1"
	warm_up
	load /i --duration 0.5ms --period 10ms --seconds 10 --latency
	wait "${LOADS##* }"
}

# short KEY: a figure of the short jobs
short() { load_says 3 "$1"; }

load_module simgpu
new_cgroup /a
new_cgroup /b
new_cgroup /i

# stock DEPTH
stock()
{
	t_begin "interactive__without_headgate__depth_$1"
	measure "$1"
	check_within "short jobs done" "$(short completed)" 1 1001
	figure "interactive_stock_depth_$1_latency_p50" "$(ms "$(short done_p50_ns)")" ms
	figure "interactive_stock_depth_$1_latency_p99" "$(ms "$(short done_p99_ns)")" ms
	figure "interactive_stock_depth_$1_jobs" "$(short completed)" jobs
	stop_loads
}

stock 0
stock 4

t_begin interactive__waits_no_longer_than_two_long_jobs
load_module headgate
policy <<END
[agent /a]
[agent /b]
[agent /i]
class = interactive
END
measure 0
p99=$(wait_p99 /i)
check_within "p99 of the wait at the gate, in ns" "$p99" 1 $((2 * long_ns))
# From the call to the end of the job; its own 0.5 ms is in it.
check_within "p99 from submission to done, in ns" "$(short done_p99_ns)" 1 $((2 * long_ns + 500000))
check_within "short jobs done in 10 s, of 1000" "$(short completed)" 900 1001
figure interactive_wait_p99 "$(ms "$p99")" ms
figure interactive_latency_p50 "$(ms "$(short done_p50_ns)")" ms
figure interactive_latency_p99 "$(ms "$(short done_p99_ns)")" ms
figure interactive_jobs "$(short completed)" jobs
stop_loads

hg_stop
