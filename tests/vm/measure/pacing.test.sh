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
	name=pacing__by_${source}_$1 max=$2
	shift 2
	t_begin "$name"
	loads "$@"
	shift 2
	snapshots
	check_shares "$max" from to "$@"
	check_within "engine time in 10 s" "$(busy from to)" 9800000000 10200000000
	figure "$name" "$SHARE_ERROR" points
	stop_loads
}

# pace_of PATH=WEIGHT…: as policy_of, and simgpu is paced, by $source.
pace_of()
{
	{
		printf '[driver simgpu]\npace = %s\n' "$source"
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

# takes MAX: instructions of headgated in a tick, over 4 s.
takes()
{
	warm_up
	was=$(daemon_ns)
	sleep 4
	is=$(daemon_ns)
	spent=$(awk -v w="$was" -v i="$is" 'BEGIN { printf "%.0f", (i - w) / 200 }')
	figure "${T_NAME}_instructions" "$spent" instructions
	check_within "instructions of headgated in a tick" "$spent" 1 "$1"
}

# all_open PROCESSES: all of the flood, which is load 3, have open what they are to have.
all_open() { [ "$(grep -c '^open$' /run/load.3)" = "$1" ]; }

nobody_is_in() { [ -z "$(cat "/sys/fs/cgroup/$1/cgroup.procs")" ]; }

# flooded MAX NAME CLIENTS FILES PROCESSES: beside processes that have much open and do nothing,
# for long enough that they are looked at seldom (3 s).
flooded()
{
	most=$1
	t_begin "pacing__by_fdinfo_$2"
	loads 2 1ms /s/a=100 /s/b=300
	shift 2
	start_load /s/c flood "$node" "$@"
	wait_until 30 all_open "$3" || fail "the flood is not there: $(cat /run/load.3)"
	sleep 3
	takes "$most"
	snapshots 4
	check_shares 2 from to /s/a=100 /s/b=300
	stop_loads -KILL
	check "processes are left" wait_until 30 nobody_is_in /s/c
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

# What is queued is served, whoever stands still: so at depth 64.
for source in ledger fdinfo; do
	t_begin "pacing__by_${source}_a_lone_agent_loses_nothing"
	pace_of /s/a=100 /s/b=300
	was=$(cat /run/alone) is=$(alone)
	lost=$(awk -v w="$was" -v i="$is" 'BEGIN { printf "%.3f", 100 * (w - i) / w }')
	figure "pacing__by_${source}_lone_agent_loses" "$lost" percent
	check_within "per cent that a lone agent loses" "$lost" -1 1

	paced 1_3_jobs_of_1ms_depth_2 2 2 1ms /s/a=100 /s/b=300
	paced 1_3_jobs_of_5ms_depth_2 2 2 5ms /s/a=100 /s/b=300
	paced 1_3_jobs_of_1ms_depth_16 2 16 1ms /s/a=100 /s/b=300
	paced 1_3_jobs_of_5ms_depth_16 2 16 5ms /s/a=100 /s/b=300
	paced 1_3_jobs_of_5ms_depth_64 12 64 5ms /s/a=100 /s/b=300

	t_begin "pacing__by_${source}_what_it_takes"
	loads 2 1ms /s/a=100 /s/b=300
	takes 1000000
	stop_loads

	t_begin "pacing__by_${source}_three_agents_are_taken"
	pace_of /s/a=100 /s/b=200 /s/c=400
	check_eq "agents" "$(headgate agent list --json | grep -c '"weight"')" 3
	paced 1_2_4_jobs_of_1ms_depth_2 2 2 1ms /s/a=100 /s/b=200 /s/c=400
	paced 1_2_4_jobs_of_5ms_depth_2 2 2 5ms /s/a=100 /s/b=200 /s/c=400
	paced 1_2_4_jobs_of_5ms_depth_16 2 16 5ms /s/a=100 /s/b=200 /s/c=400
done

# Whoever else is there: it does not compete, and what it opens costs a bounded time.
t_begin pacing__by_fdinfo_two_agents_are_taken
pace_of /s/a=100 /s/b=300
for node in /dev/dri/renderD*; do
	case $(readlink "/sys/class/drm/${node##*/}/device") in */simgpu*) break ;; esac
done
flooded 1000000 a_thousand_processes 0 0 1000
flooded 3000000 two_thousand_clients 2000 0 1
flooded 2000000 ten_thousand_files 1 10000 1

hg_stop
