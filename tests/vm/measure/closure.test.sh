# SPDX-License-Identifier: GPL-2.0-or-later
# The ledger closes: agents, the ungoverned and idle time are all of a lane's time, over 10 s.
# timeout: 600
. /headgate/guest/shares.sh
. /headgate/guest/closure.sh

# both NAME: lanes, flows, and what simgpu says of its engines.
both()
{
	lanes "$1"
	snapshot "$1"
	cat /sys/kernel/debug/simgpu/e*/stats >"/run/stats.$1"
}

# engine N FROM TO: ns that simgpu's engine N was busy.
engine() { awk -v e="simgpu-e$1" '$1 == "name" { now = $2 } $1 == "busy_ns" && now == e { d = (NR == FNR) ? $2 : $2 - d } END { printf "%.0f\n", d }' "/run/stats.$2" "/run/stats.$3"; }

# flows LANE: sum of busy_ns of all its flows.
flows()
{
	headgate flow list --json | awk -v l="$1" '{ gsub(/[",]/, ""); v[$1] = $2 }
		$1 == "forced:" && v["lane_id:"] == l { sum += v["busy_ns:"] } END { printf "%.0f\n", sum }'
}

# lane_busy LANE
lane_busy() { lanes now; awk -v l="$1" '$1 == l { print $5 }' /run/lanes.now; }

# both_closed FROM TO: both lanes, by themselves and by the device.
both_closed()
{
	check_within "closure error in percent" "$(closure "$1" "$2")" 0 "$CLOSURE_GOAL"
	for closure_n in 0 1; do
		closure_got=$(($(in_lane $((closure_n + first)) 5 "$1" "$2") + $(in_lane $((closure_n + first)) 4 "$1" "$2")))
		closure_is=$(engine $closure_n "$1" "$2")
		check_within "engine time of lane $closure_n in ppm of simgpu's" \
			$((closure_got * 1000 / ((closure_is + 999) / 1000))) 995000 1005000
	done
}

# interval: 10 s between the snapshots from and to, while what is called for happens.
interval()
{
	warm_up
	both from
	sleep 5
	"$@"
	sleep 5
	both to
}

# loads: two agents and work of nobody on engine 0, one with pauses on engine 1.
loads()
{
	load /a --duration 5ms --depth 0
	load /b --duration 2ms --depth 0
	load / --duration 1ms --depth 1 --think 5ms
	load /a --engine 1 --duration 3ms --depth 1 --think 7ms
}

hg_start engines=2 timeout_ms=200
policy_of /a=100 /b=300
in_cgroup /a simload --duration 1ms --jobs 1 >/dev/null
in_cgroup /a simload --engine 1 --duration 1ms --jobs 1 >/dev/null
lanes now
first=$(awk 'NR == 1 { print $1 }' /run/lanes.now)

t_begin closure__agents_ungoverned_and_idle_are_the_lane
loads
interval true
both_closed from to
figure closure_error "$(closure from to)" percent
governed=$(($(in_lane "$first" 5 from to) - $(grew from to '(ungoverned)' 2)))
share_of_b=$(awk -v b="$(grew from to /b 2)" -v all=$governed 'BEGIN { printf "%.3f", 100 * b / all }')
check_within "share of /b" "$share_of_b" 74.5 75.5
row simgpu simload $(($(grew from to /a 4) + $(grew from to /b 4))) $(($(grew from to /a 3) + $(grew from to /b 3))) \
	75.0 "$share_of_b" "$(closure from to)"
stop_loads
for lane in $first $((first + 1)); do
	check_eq "engine time of the flows of lane $lane" "$(flows "$lane")" "$(lane_busy "$lane")"
done

t_begin closure__across_failed_and_hanging_jobs
fail_and_hang()
{
	echo 20 >/sys/kernel/debug/simgpu/e0/fail_next
	echo 2 >/sys/kernel/debug/simgpu/e0/hang_next
	echo 1 >/sys/kernel/debug/simgpu/e1/hang_next
}
resets=$(engine_stat resets)
loads
interval fail_and_hang
check_within "resets" $(($(engine_stat resets) - resets)) 1 10
check_within "closure error in percent" "$(closure from to)" 0 "$CLOSURE_GOAL"
figure closure_error_across_resets "$(closure from to)" percent
stop_loads
for lane in $first $((first + 1)); do
	check_eq "engine time of the flows of lane $lane" "$(flows "$lane")" "$(lane_busy "$lane")"
done

# gone_busy [LANE]: what the ledger tells of agents that are gone.
gone_busy()
{
	headgate flow list --json | awk -v l="$1" '{ gsub(/[",]/, ""); v[$1] = $2 }
		$1 == "forced:" && v["gone:"] == "true" && (l == "" || l == v["lane_id:"]) { sum += v["busy_ns:"]; n++ } END { printf "%d %.0f\n", n, sum }'
}

t_begin closure__across_the_removal_of_an_agent
check_eq "agents that are gone" "$(gone_busy)" "0 0"
loads
snapshot from
interval headgate agent del /b
both_closed from to
figure closure_error_across_removal "$(closure from to)" percent
stop_loads
check_eq "engine time of the flows of the lane" "$(flows "$first")" "$(lane_busy "$first")"

t_begin closure__totals_of_a_gone_agent_stay_until_they_are_read
snapshot to
kept=$(gone_busy)
check_within "flows of agents that are gone" "${kept% *}" 1 2
check_within "engine time of the gone agent" "$(gone_busy | cut -d ' ' -f 2)" "$(awk '$1 == "/b" { print $2 }' /run/snap.from)" 100000000000
check_eq "the same, read again" "$(gone_busy)" "$kept"
before=$(lane_busy "$first")
check "reading fails" headgate flow list --forget-gone
check_eq "flows of agents that are gone" "$(gone_busy)" "0 0"
check_eq "engine time of the lane" "$(lane_busy "$first")" "$before"

# Of each lane as many are kept, see GONE_MAX in kmod/gone.c.
t_begin closure__agents_that_go_one_after_the_other_are_bounded
before=$(lane_busy "$first")
n=0
while [ $n -lt 70 ]; do
	new_cgroup "/short/$n"
	headgate agent set "/short/$n" --weight 100
	in_cgroup "/short/$n" simload --duration 1ms --jobs 1 >/dev/null
	headgate agent del "/short/$n"
	n=$((n + 1))
done
# A new file at an old one's address may have waited on its lane, and then be in both ledgers.
kept=$(gone_busy "$first")
check_eq "flows of agents that are gone" "${kept% *}" 64
check_within "engine time of these" "${kept#* }" 64000000 64500000
check_within "engine time of the lane" $(($(lane_busy "$first") - before)) 70000000 70500000

# uptime: of the machine, in ms.
uptime() { awk '{ printf "%.0f\n", 1000 * $1 }' /proc/uptime; }

# changes: the device goes under load, and comes back to whoever opens it again.
changes()
{
	at_unbind=$(uptime)
	echo simgpu >/sys/bus/platform/drivers/simgpu/unbind || fail "unbind"
	echo simgpu >/sys/bus/platform/drivers/simgpu/bind || fail "bind"
}

# replugs: loads that open the next device when theirs goes: two agents, and nobody.
replugs()
{
	start_load /a replug --threads 2 --duration 5000000 --jobs 100000 --seconds 1000
	start_load /b replug --threads 2 --duration 2000000 --jobs 100000 --seconds 1000
	start_load / replug --threads 1 --duration 1000000 --jobs 100000 --seconds 1000
}

# forgotten LANE: engine time of agents whose totals were read and forgotten.
forgotten() { echo $(($(lane_busy "$1") - $(flows "$1"))); }

t_begin closure__across_unbind_and_bind
headgate agent set /b --weight 300
forgotten=$(forgotten "$first")
replugs
warm_up
lanes from
began=$(uptime)
sleep 5
changes
sleep 5
lanes to
ended=$(uptime)
old=$first new=$(awk 'END { print $1 }' /run/lanes.to)
check_within "the new lane" "$new" $((old + 2)) 1000000
check_eq "lanes that are no longer told of" "$(awk 'NR == FNR { has[$1]; next } !($1 in has)' /run/lanes.to /run/lanes.from)" ""
check_within "closure error in percent" "$(closure from to)" 0 "$CLOSURE_GOAL"
figure closure_error_across_unbind "$(closure from to)" percent
check_within "time of the lane that went, in ms" $(($(in_lane "$old" 2 from to) / 1000000)) \
	$((at_unbind - began - 20)) $((at_unbind - began + 100))
check_within "time of the lane that came, in ms" $(($(awk -v l="$new" '$1 == l { print $2 }' /run/lanes.to) / 1000000)) \
	$((ended - at_unbind - 150)) $((ended - at_unbind + 20))
# It was at work all the time, before and after.
check_within "engine time of the lane that went, in ms" $((($(in_lane "$old" 5 from to) + $(in_lane "$old" 4 from to)) / 1000000)) 4700 5200
check_within "engine time of the lane that came, in ms" $(($(awk -v l="$new" '$1 == l { print $5 + $4 }' /run/lanes.to) / 1000000)) 4700 5200
stop_loads
gone_after=$(lane_busy "$old")
check_eq "engine time read and forgotten" "$(forgotten "$old")" "$forgotten"
check_eq "engine time of the flows of the lane that came" "$(flows "$new")" "$(lane_busy "$new")"

t_begin closure__the_time_of_a_gone_device_stands_still
lanes from
sleep 1
lanes to
check_eq "time of the lane that went" "$(in_lane "$old" 2 from to)" 0
check_eq "its idle time" "$(in_lane "$old" 3 from to)" 0
check_within "time of the lane that came" "$(in_lane "$new" 2 from to)" 900000000 1200000000
check_eq "its engine time" "$(lane_busy "$old")" "$gone_after"

hg_stop
