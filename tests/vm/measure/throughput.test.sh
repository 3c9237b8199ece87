# SPDX-License-Identifier: GPL-2.0-or-later
# What an agent that has the GPU to itself loses by headgate: jobs per second, with and without,
# in one boot and one cgroup.
# timeout: 300
. /headgate/guest/shares.sh

MOST=1 # percent that may be lost
SECONDS_OF_LOAD=2

# rate DURATION: jobs per second of /a at depth 4
rate()
{
	in_cgroup /a simload --duration "$1" --depth 4 --seconds $SECONDS_OF_LOAD --verify >/run/rate ||
		fail "simload: $(cat /run/rate)"
	sed -n 's/.*\bcompleted=\([0-9]*\).*/\1/p' /run/rate |
		awk -v s=$SECONDS_OF_LOAD '{ n = $1 } END { printf "%.1f\n", n / s }'
}

# loss DURATION: in percent, of the rate without headgate
loss() { awk -v was="$(cat "/run/stock.$1")" -v is="$rate_now" 'BEGIN { printf "%.3f\n", 100 * (was - is) / was }'; }

load_module simgpu
new_cgroup /a

t_begin throughput__without_headgate
for duration in 50us 1ms; do
	rate $duration >/run/stock.$duration
	figure throughput_stock_$duration "$(cat /run/stock.$duration)" jobs/s
done
# Depth 4 keeps the engine busy, or nothing could be told from the rest.
check_within "jobs of 50 us per second" "$(cut -d. -f1 /run/stock.50us)" 15000 20000
check_within "jobs of 1 ms per second" "$(cut -d. -f1 /run/stock.1ms)" 900 1010

t_begin throughput__of_a_lone_agent_is_as_without
load_module headgate
policy <<END
[agent /a]
END
for duration in 50us 1ms; do
	rate_now=$(rate $duration)
	figure throughput_governed_$duration "$rate_now" jobs/s
	figure throughput_lost_$duration "$(loss $duration)" percent
	check_within "percent lost, jobs of $duration" "$(loss $duration)" -1 $MOST
done
check_within "jobs that /a was charged" "$(snapshot end; awk '$1 == "/a" { print $3 }' /run/snap.end)" \
	$((9 * SECONDS_OF_LOAD * 1800)) $((11 * SECONDS_OF_LOAD * 2100))
hg_stop
