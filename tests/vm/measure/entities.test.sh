# SPDX-License-Identifier: GPL-2.0-or-later
# What drm_sched itself keeps of its entities' engine time, summed up by agent, against the ledger.
# Of a job it counts from its scheduled to its finished fence, and moves the former to the end of
# the job before, where the engine has them together. So the two agree, but for the instant from
# the one probe to the other, less than a permille of jobs of some ms; and for jobs of which the
# ends are told together, of which there are none here.
# timeout: 120
. /headgate/guest/shares.sh

PINS=/sys/fs/bpf/entities

# entities AGENT FIELD: jobs or runtime_ns of all its entities
entities()
{
	bpftool map dump pinned $PINS/entities | awk -v id="$(stat -c %i "/sys/fs/cgroup$1")" -v k="\"$2\":" '
		{ gsub(/,/, "") }
		$1 == "\"cgroup\":" { is = $2 == id }
		$1 == k && is { n += $2 }
		END { printf "%.0f\n", n }'
}

# ledger AGENT FIELD: as snapshot has them
ledger() { awk -v a="$1" -v f="$2" '$1 == a { n = $f } END { printf "%.0f\n", n }' /run/snap.now; }

no_job_lives() { lives | grep -q ' 0$'; }
has_worked() { snapshot now && [ "$(ledger /a 2)" -gt 1000000000 ] && [ "$(ledger /b 2)" -gt 1000000000 ]; }
all_counted() { [ "$(entities /a jobs)" = "$(ledger /a 3)" ] && [ "$(entities /b jobs)" = "$(ledger /b 3)" ]; }

# work DEPTH: at the engine at once; two agents work until each has had a second of it.
work()
{
	load_module headgate
	load_module simgpu engines=2 depth="$1"
	policy_of /a=100 /b=200
	bpftool prog loadall /headgate/ebpf/tests/entities.bpf.o $PINS pinmaps $PINS autoattach ||
		{ fail "the programs are not loaded"; exit; }
	load /a --duration 2ms --depth 4 --processes 2
	load /a --duration 1ms --depth 4 --engine 1
	load /b --duration 3ms --depth 4
	wait_until 60 has_worked || fail "they do not work"
	# Stopped, the clients keep their entities: what they have submitted ends, and nothing follows.
	# shellcheck disable=SC2046
	kill -STOP $(cat /sys/fs/cgroup/a/cgroup.procs /sys/fs/cgroup/b/cgroup.procs)
	wait_until 20 no_job_lives || fail "jobs are left"
	snapshot now
	# drm_sched's worker adds up a little later.
	wait_until 20 all_counted || fail "drm_sched tells of $(entities /a jobs) and $(entities /b jobs) jobs, the ledger of $(ledger /a 3) and $(ledger /b 3)"
}

# told AGENT: what drm_sched tells of it, in permille of the ledger
told() { echo $(($(entities "$1" runtime_ns) * 1000 / $(ledger "$1" 2))); }

end_work()
{
	rm -r $PINS
	# shellcheck disable=SC2046
	kill -CONT $(cat /sys/fs/cgroup/a/cgroup.procs /sys/fs/cgroup/b/cgroup.procs)
	stop_loads
	hg_stop
}

load_module gpu_sched
if ! grep -q drm_sched_entity_stats_job_add_gpu_time /proc/kallsyms; then
	t_begin entities__agree_with_the_ledger
	skip "gpu_sched of this kernel keeps no time of its entities"
	exit
fi

# agree DEPTH: within 1 % with as many jobs at the engine
agree()
{
	work "$1"
	for agent in /a /b; do
		check_within "what drm_sched tells of $agent, in permille of the ledger" "$(told $agent)" 990 1010
		figure "entities_of_${agent#/}_by_$1" "$(told $agent)" permille
	done
	end_work
}

t_begin entities__agree_with_the_ledger
agree 1

t_begin entities__agree_where_the_engine_has_jobs_together
rmmod simgpu || fail "simgpu stays"
agree 2
