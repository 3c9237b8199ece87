# SPDX-License-Identifier: GPL-2.0-or-later
# The lane is not left idle: by one agent alone, and not beyond a cap.
# timeout: 200
. /headgate/guest/shares.sh

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

# gets_30_percent DURATION FIGURE: a lone saturating thread in /a, in 10 s
gets_30_percent()
{
	load /a --duration "$1" --depth 0
	busy=$(engine_busy)
	stop_loads
	check_within "percent of the engine" "$(percent "$busy" 10000000000)" 29 31
	figure "$2" "$(percent "$busy" 10000000000)" percent
}

t_begin conservation__a_lone_agent_gets_its_max
policy <<END
[agent /a]
max = 30%
END
gets_30_percent 2ms conservation_max_30_alone

t_begin conservation__a_lone_agent_with_long_jobs_gets_its_max
gets_30_percent 20ms conservation_max_30_alone_20ms

t_begin conservation__what_a_max_leaves_goes_to_the_other
new_cgroup /b
policy <<END
[agent /a]
max = 30%
[agent /b]
END
load /a --duration 2ms --depth 0
load /b --duration 2ms --depth 0
snapshots
stop_loads
check_shares 1.0 from to /a=30 /b=70
check_within "engine time in 10 s" "$(busy from to)" 9900000000 10200000000
figure conservation_max_30_of_two "$(percent "$(busy from to /a)" "$(busy from to)")" percent

hg_stop
