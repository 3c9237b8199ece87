# SPDX-License-Identifier: GPL-2.0-or-later
# An engine that tells the ends of several jobs at once: each pays its part, neither the first
# for all, nor a short job for the long one before it.
# timeout: 200
. /headgate/guest/shares.sh

KNOBS=/sys/kernel/debug/simgpu/e0

# cost_of AGENT: of a job between the snapshots, as metered, in ns
cost_of()
{
	awk -v want="$1" '$1 != want { next } NR == FNR { b = $2; j = $3; next }
		{ n = $3 - j; printf "%.0f\n", n ? ($2 - b) / n : 0 }' /run/snap.from /run/snap.to
}

# jobs_share AGENT: of all jobs between the snapshots, in percent
jobs_share()
{
	awk -v want="$1" 'FNR == NR { was[$1] = $3; next } { all += $3 - was[$1] } $1 == want { its = $3 - was[$1] }
		END { printf "%.3f\n", all ? 100 * its / all : -1 }' /run/snap.from /run/snap.to
}

hg_start depth=2
policy_of /a=100 /b=300
echo 10000000 >$KNOBS/coalesce

t_begin batches__equal_jobs_cost_the_same
load /a --duration 2ms --depth 0 --threads 4
load /b --duration 2ms --depth 0 --threads 4
snapshots
a=$(cost_of /a) b=$(cost_of /b)
figure batches_cost_of_a_job_of_a "$a" ns
figure batches_cost_of_a_job_of_b "$b" ns
check_within "cost of a job of /b to one of /a, in percent" $((100 * b / a)) 95 105

t_begin batches__shares_are_of_work_done
figure batches_share_of_a_by_jobs "$(jobs_share /a)" percent
check_within "jobs of /a in percent" "$(jobs_share /a)" 24 26
check_shares 1.0 from to /a=100 /b=300
stop_loads

t_begin batches__short_jobs_do_not_pay_for_long_ones
echo 200000 >$KNOBS/coalesce
load /a --duration 10ms --depth 2
load /b --duration 10us --depth 1 --think 20ms
sleep 20 # some are told alone: what they cost is learnt from these
snapshots
figure batches_cost_of_10_ms_beside_10_us "$(cost_of /a)" ns
figure batches_cost_of_10_us_beside_10_ms "$(cost_of /b)" ns
# Known to 200 us; what is beyond is somebody else's.
check_within "cost of a job of 10 us" "$(cost_of /b)" 5000 210000
stop_loads
hg_stop
