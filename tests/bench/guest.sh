# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What a plan (plan.py) calls in the guest. SCHEDULER is fifo, rr, fair or headgate.
#
# The trace of the device is the result: a line for each job, and marks of ours between them,
# all by the monotonic clock. It goes to standard output, with lines "bench ..." around it.
# shellcheck source=tests/vm/guest/shares.sh
. /headgate/guest/shares.sh

TRACING=/sys/kernel/tracing
# In kB: 300,000 jobs of one workload; beyond that the kernel counts what it loses.
TRACE_KB=32768

# bench_die SENTENCE: the column has no result.
bench_die()
{
	echo "bench error $*"
	exit 1
}

mark() { echo "bench $*" >$TRACING/trace_marker; }

# bench_start [POLICY]: gpu_sched's policy by number; without one that of the kernel.
bench_start()
{
	load_module gpu-sched ${1:+"sched_policy=$1"}
	policy_now=$(cat /sys/module/gpu_sched/parameters/sched_policy)
	[ "$policy_now" = "${1:-$policy_now}" ] || bench_die "gpu_sched has policy $policy_now, not $1"
	echo "bench kernel $(uname -r)"
	echo "bench sched_policy $policy_now"
	[ "$SCHEDULER" != headgate ] || load_module headgate
	echo mono >$TRACING/trace_clock
	echo $TRACE_KB >$TRACING/buffer_size_kb
}

# bench_begin NAME ENGINES
bench_begin()
{
	echo "bench workload $1"
	bench_name=$1 bench_agents='' bench_pids=''
	# Each workload has a device of its own: no estimate and no account of the last one.
	if [ -d /sys/module/simgpu ]; then
		wait_until 10 rmmod simgpu || bench_die "simgpu does not unload after a workload"
	fi
	load_module simgpu engines="$2" timeout_ms=0
	echo 0 >$TRACING/tracing_on
	echo >$TRACING/trace
	echo 1 >$TRACING/events/simgpu/enable || bench_die "simgpu has no trace events"
	echo 1 >$TRACING/tracing_on
}

# bench_agent PATH
bench_agent()
{
	new_cgroup "$1"
	bench_agents="$1 $bench_agents"
	echo "bench agent $1 $(stat -c %i "/sys/fs/cgroup/$1")"
}

# bench_policy: puts the policy on standard input in force; no scheduler of the kernel has one.
bench_policy()
{
	if [ "$SCHEDULER" != headgate ]; then
		cat >/dev/null
		return
	fi
	policy
	[ -z "${T_REASON:-}" ] || bench_die "$T_REASON"
}

# now_ns: by the monotonic clock, which no program here tells as exactly
now_ns() { sed -n '/^now at /{s/^now at \([0-9]*\).*/\1/p;q}' /proc/timer_list; }

# bench_origin BEGIN END: the time from which on times of this workload count, with time left to
# start its loads; and when its measurement begins and ends.
bench_origin()
{
	bench_origin=$((($(now_ns) / 1000000000 + 2) * 1000000000))
	mark "measure $((bench_origin + $1)) $((bench_origin + $2))"
}

# bench_load NUMBER AGENT BEGIN SECONDS OPTION…
bench_load()
{
	bench_n=$1 bench_a=$2 bench_at=$((bench_origin + $3)) bench_for=$4
	shift 4
	exec_in_cgroup "$bench_a" simload --begin "${bench_at}ns" --seconds "$bench_for" "$@" >"/run/load.$bench_n" 2>&1 &
	eval "bench_pid_$bench_n=$!"
	bench_pids="$bench_pids $bench_n"
}

# bench_until NS
bench_until()
{
	sleep "$(awk -v at=$((bench_origin + $1)) -v now="$(now_ns)" 'BEGIN { printf "%.6f", (at > now) * (at - now) / 1e9 }')"
}

# bench_weight PATH WEIGHT
bench_weight()
{
	mark "weight $1 $2"
	[ "$SCHEDULER" != headgate ] || headgate agent set "/$1" --weight "$2" >/dev/null ||
		bench_die "the weight of $1 could not be set"
}

# bench_lanes from|to: what headgate counts
bench_lanes()
{
	[ "$SCHEDULER" != headgate ] || echo "bench lanes $1 $(headgate lane list --json | tr -d '\n')"
}

# bench_end: all loads end, then the trace does.
bench_end()
{
	for bench_n in $bench_pids; do
		eval "wait \$bench_pid_$bench_n" || bench_die "a load in $bench_name failed: $(cat "/run/load.$bench_n")"
	done
	echo 0 >$TRACING/tracing_on
	cat $TRACING/trace
	echo 0 >$TRACING/events/simgpu/enable
	for bench_a in $bench_agents; do
		rmdir "/sys/fs/cgroup/$bench_a" || bench_die "the cgroup $bench_a is still in use"
	done
	echo "bench end $bench_name"
}
