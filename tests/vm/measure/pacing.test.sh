# SPDX-License-Identifier: GPL-2.0-or-later
# A device whose submissions nobody holds: what shares pacing reaches, over 10 s of GPU time.
# timeout: 600
. /headgate/guest/shares.sh

# loads DEPTH DURATION PATH=DUE…: each agent a thread that keeps so many jobs with the device.
loads()
{
	depth=$1 duration=$2
	shift 2
	for due in "$@"; do
		load "${due%=*}" --duration "$duration" --depth "$depth"
	done
}

# paced NAME MAX DEPTH DURATION PATH=DUE…: no worse than MAX points.
paced()
{
	name=$1 max=$2
	shift 2
	t_begin "pacing__$name"
	loads "$@"
	shift 2
	snapshots
	check_shares "$max" from to "$@"
	check_within "engine time in 10 s" "$(busy from to)" 9800000000 10200000000
	figure "pacing__$name" "$SHARE_ERROR" points
	stop_loads
}

# pace_of PATH=WEIGHT…: as policy_of, and simgpu is paced.
pace_of()
{
	{
		printf '[driver simgpu]\npace = yes\n'
		for due in "$@"; do
			printf '[agent %s]\nweight = %s\n' "${due%=*}" "${due#*=}"
		done
	} >/run/policy
	policy </run/policy
	check "simgpu is not paced" wait_until 20 grep -q '^simgpu$' /run/headgate/paced
}

# alone: what a lone thread in /s/a reaches in 5 s, in ns.
alone()
{
	load /s/a --duration 1ms --depth 2
	engine_busy 5
	stop_loads
}

daemon_ns() { cut -d ' ' -f 1 /proc/"$HG_PID"/schedstat; }

hg_start
for a in a b c; do
	new_cgroup /s/$a
done

t_begin pacing__without_it_shares_are_far_from_due
headgate agent set /s/a --weight 100
headgate agent set /s/b --weight 300
loads 2 1ms /s/a=100 /s/b=300
snapshots
stop_loads
error=$(share_error from to /s/a=100 /s/b=300)
figure pacing__without_it "$error" points
check_within "share error in points" "$error" 20 30
alone >/run/alone

t_begin pacing__a_lone_agent_loses_nothing
pace_of /s/a=100 /s/b=300
was=$(cat /run/alone) is=$(alone)
lost=$(awk -v w="$was" -v i="$is" 'BEGIN { printf "%.3f", 100 * (w - i) / w }')
figure pacing__lone_agent_loses "$lost" percent
check_within "per cent that a lone agent loses" "$lost" -1 1

paced 1_3_jobs_of_1ms_depth_2 2 2 1ms /s/a=100 /s/b=300
paced 1_3_jobs_of_5ms_depth_2 2 2 5ms /s/a=100 /s/b=300
paced 1_3_jobs_of_1ms_depth_16 2 16 1ms /s/a=100 /s/b=300
paced 1_3_jobs_of_5ms_depth_16 2 16 5ms /s/a=100 /s/b=300
# What is queued is served, whoever stands still.
paced 1_3_jobs_of_5ms_depth_64 12 64 5ms /s/a=100 /s/b=300

t_begin pacing__what_it_takes
loads 2 1ms /s/a=100 /s/b=300
warm_up
was=$(daemon_ns)
sleep 4
is=$(daemon_ns)
stop_loads
spent=$(awk -v w="$was" -v i="$is" 'BEGIN { printf "%.0f", (i - w) / 200 }')
figure pacing__instructions_of_a_tick "$spent" instructions
check_within "instructions of headgated in a tick" "$spent" 1 1000000

t_begin pacing__three_agents_are_taken
pace_of /s/a=100 /s/b=200 /s/c=400
check_eq "agents" "$(headgate agent list --json | grep -c '"weight"')" 3
paced 1_2_4_jobs_of_1ms_depth_2 2 2 1ms /s/a=100 /s/b=200 /s/c=400
paced 1_2_4_jobs_of_5ms_depth_2 2 2 5ms /s/a=100 /s/b=200 /s/c=400
paced 1_2_4_jobs_of_5ms_depth_16 2 16 5ms /s/a=100 /s/b=200 /s/c=400

hg_stop
