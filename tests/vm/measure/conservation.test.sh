# SPDX-License-Identifier: GPL-2.0-or-later
# The lane is not left idle: by one agent alone, and not beyond a cap.
# timeout: 200
. /headgate/guest/shares.sh

# engine_busy [SECONDS]: ns in so many seconds (10), as the device counts
engine_busy()
{
	warm_up
	engine_from=$(engine_stat busy_ns)
	sleep "${1:-10}"
	echo $(($(engine_stat busy_ns) - engine_from))
}

percent() { awk -v g="$1" -v o="$2" 'BEGIN { printf "%.3f", 100 * g / o }'; }

load_module simgpu
new_cgroup /a

# alone DURATION: what a lone saturating thread in /a reaches in 2 s, in ns
alone()
{
	load /a --duration "$1" --depth 0
	engine_busy 2
}

t_begin conservation__without_headgate
for d in 50us 0.5ms 2ms 20ms; do
	alone $d >/run/stock.$d
	stop_loads
	check_within "engine time in 2 s with jobs of $d" "$(cat /run/stock.$d)" 1800000000 2100000000
done

load_module headgate
policy_of /a=100
for d in 50us 0.5ms 2ms 20ms; do
	t_begin "conservation__one_agent_keeps_the_lane_busy__$d"
	alone $d >/run/gated.$d
	stop_loads
	check_within "percent of the engine time without headgate" \
		"$(percent "$(cat /run/gated.$d)" "$(cat /run/stock.$d)")" 99 101
	figure "conservation_alone_$d" "$(percent "$(cat /run/gated.$d)" "$(cat /run/stock.$d)")" percent
done

t_begin conservation__a_lone_agent_gets_its_max
policy <<END
[agent /a]
max = 30%
END
load /a --duration 2ms --depth 0
busy=$(engine_busy)
stop_loads
check_within "percent of the engine" "$(percent "$busy" 10000000000)" 29 31
figure conservation_max_30_alone "$(percent "$busy" 10000000000)" percent

t_begin conservation__a_lone_agent_with_long_jobs_gets_its_max
load /a --duration 20ms --depth 0
busy=$(engine_busy)
stop_loads
check_within "percent of the engine" "$(percent "$busy" 10000000000)" 29 31
figure conservation_max_30_alone_20ms "$(percent "$busy" 10000000000)" percent

t_begin conservation__what_a_max_leaves_goes_to_the_other
new_cgroup /b
policy <<END
[agent /a]
max = 30%
[agent /b]
END
load /a --duration 2ms --depth 0
load /b --duration 2ms --depth 0
warm_up
snapshot from
measure_time
snapshot to
stop_loads
check_shares 1.0 from to /a=30 /b=70
check_within "engine time in 10 s" "$(busy from to)" 9900000000 10200000000
figure conservation_max_30_of_two "$(percent "$(busy from to /a)" "$(busy from to)")" percent

hg_stop
