# SPDX-License-Identifier: GPL-2.0-or-later
# Mesa on virtio-gpu and simgpu side by side, agents that come and go, for SOAK_SECONDS (600): nothing
# leaks, nobody complains, and the ledger closes in each minute.
# timeout: 4000
. /headgate/guest/shares.sh
. /headgate/guest/closure.sh

SECONDS_ALL=${SOAK_SECONDS:-600}
# A round is a minute, or all there is.
ROUND=$((SECONDS_ALL < 60 ? SECONDS_ALL : 60))

# slabs: a line "CACHE OBJECTS" for each of the module's. What processors hold ready is given back first.
slabs()
{
	for cache in /sys/kernel/slab/headgate_*; do
		echo 1 >"$cache/shrink"
	done
	# Jobs that a device keeps for the next submissions are bounded, and no leak.
	awk '$1 ~ /^headgate_/ && $1 != "headgate_job" { print $1, $2 }' /proc/slabinfo
}
no_ticket_is_left() { slabs | grep -q '^headgate_ticket 0$'; }
as_at_the_start() { [ "$(slabs)" = "$slabs_at_start" ]; }

# mesa CGROUP
mesa() { start_load "$1" gles_client --seconds 99999 --flush --loops 2000 --workgroups 64; }

loads()
{
	for agent in /a /b /c /d; do
		mesa $agent
	done
	load /a --node "$simgpu" --duration 5ms --depth 0
	load /b --node "$simgpu" --duration 2ms --depth 1 --think 1ms
	load /c --node "$simgpu" --engine 1 --pareto 1.5 --duration 1ms --depth 4
	load /d --node "$simgpu" --engine 1 --duration 20ms --depth 0
	load / --node "$simgpu" --duration 1ms --period 20ms
}

# passers_by: agents that live for some jobs each.
passers_by()
{
	for passer in 1 2 3 4; do
		new_cgroup "/short/$passer"
		headgate agent set "/short/$passer" --weight 200
		in_cgroup "/short/$passer" simload --node "$simgpu" --duration 1ms --jobs 20 --fail-every 7 >/dev/null
		headgate agent del "/short/$passer"
		rmdir "/sys/fs/cgroup/short/$passer"
	done
}

# all_have_worked: each agent has had jobs on both devices.
all_have_worked()
{
	[ "$(headgate flow list --json | awk '{ gsub(/[",]/, "") } $1 == "agent:" { a = $2 }
		$1 == "device_id:" { d = $2 } $1 == "jobs:" && $2 > 0 && a ~ "^/[abcd]$" { had[a, d] }
		END { for (x in had) n++; print n + 0 }')" = 8 ]
}

# round: until its time is over; leaves its closure error in error.
round()
{
	lanes from
	round_end=$(($(t_now_ms) + ROUND * 1000))
	while [ "$(t_now_ms)" -lt "$round_end" ]; do
		passers_by
	done
	lanes to
	error=$(closure from to)
}

t_begin soak__begins
load_module drm_kms_helper fbdev_emulation=0
load_module virtio-gpu
wait_until 10 test -c /dev/dri/renderD128
load_module headgate
load_module simgpu engines=2
simgpu=$(for node in /dev/dri/renderD*; do [ "$node" = /dev/dri/renderD128 ] || echo "$node"; done)
policy_of /a=100 /b=200 /c=300 /d=400
loads
check "the loads do not begin" wait_until 300 all_have_worked
stop_loads
headgate flow list --forget-gone >/dev/null
# Their tasks are dead, but RCU takes its time.
check "tickets are left of the loads that have ended" wait_until 60 no_ticket_is_left
slabs_at_start=$(slabs)

t_begin soak__goes_on_and_the_ledger_closes
loads
worst=0 rounds=$(((SECONDS_ALL + ROUND - 1) / ROUND)) n=0
while [ $n -lt $rounds ]; do
	n=$((n + 1))
	round
	echo "   round $n of $rounds, $ROUND s each: closure error $error %"
	check_within "closure error in percent of round $n" "$error" 0 "$CLOSURE_GOAL"
	worst=$(awk -v a="$worst" -v b="$error" 'BEGIN { print (a > b ? a : b) }')
done
figure soak_closure_error "$worst" percent
clients=4 # the first that loads starts
stop_loads
n=0
while [ $n -lt $clients ]; do
	n=$((n + 1))
	check "Mesa client $n: $(cat "/run/load.$n")" grep -q 'wrong=0 renderer=virgl' "/run/load.$n"
done

t_begin soak__nothing_is_left
headgate flow list --forget-gone >/dev/null
wait_until 60 as_at_the_start || fail "objects at the start: $slabs_at_start; at the end: $(slabs)"
check_eq "tickets and jobs that are left" "$(lives)" "0 0"
check_eq "jobs that the meter lost" "$(headgate status --json | sed -n 's/.*"jobs_lost": \([0-9]*\).*/\1/p')" 0
slabs
ok

hg_stop
