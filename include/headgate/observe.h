/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the observation's BPF programs and the daemon share: keys and values of
 * its maps under /sys/fs/bpf/headgate/v1/maps. The key of "top_jobs" and of
 * "losses" is a plain __u32: the kernel takes no other for an array.
 */
#ifndef HEADGATE_OBSERVE_H
#define HEADGATE_OBSERVE_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/*
 * From 256 ns, below which nobody has waited, up to 2^38 ns (275 s), beyond which nothing
 * needs to be told apart: 32 buckets of a power of two each.
 */
#define HEADGATE_OBSERVE_BUCKETS	32
#define HEADGATE_OBSERVE_SHIFT		8

/*
 * Rows, an agent on a lane each. 4096: a thousand agents on four lanes; at 1 KiB each they
 * take 4 MiB of the kernel's memory, allocated at once.
 */
#define HEADGATE_OBSERVE_ENTRIES	4096
#define HEADGATE_OBSERVE_ENTRIES_MAX	65536

/*
 * None unless the policy file says so: observing adds 740 instructions to the 1,900 of a
 * submission, which are not to be paid where nobody looks.
 */
#define HEADGATE_OBSERVE_DEFAULT	0

/* What fits on a screen. */
#define HEADGATE_OBSERVE_TOP_JOBS	32

/**
 * struct headgate_observe_key - key of map "agents"
 * @agent: the agent's cgroup id; 0 is work of no agent
 * @lane: id of the lane, as "headgate lane list" shows it
 * @zero: always 0
 */
struct headgate_observe_key {
	__u64 agent;
	__u32 lane;
	__u32 zero;
};

/**
 * struct headgate_observe_histogram - how often something took how long
 * @count: [0] below 256 ns; [i] from 2^(i+7) ns to below 2^(i+8) ns; the last, all beyond
 */
struct headgate_observe_histogram {
	__u64 count[HEADGATE_OBSERVE_BUCKETS];
};

/**
 * struct headgate_observe_agent - value of map "agents": what was seen of an agent on a lane
 * @tickets: submissions admitted at the gate
 * @jobs: jobs done
 * @failed: of these, how many with an error
 * @unrun: of these, how many that never came to the engine; they are not in @run
 * @busy_ns: engine time charged for @jobs
 * @last_at: when the last job was done; monotonic clock, ns
 * @wait: of @tickets, the time at the gate
 * @queue: of @jobs, from the admission to the engine, or to the end if @unrun
 * @run: of @jobs, the engine time
 */
struct headgate_observe_agent {
	__u64 tickets;
	__u64 jobs;
	__u64 failed;
	__u64 unrun;
	__u64 busy_ns;
	__u64 last_at;
	struct headgate_observe_histogram wait;
	struct headgate_observe_histogram queue;
	struct headgate_observe_histogram run;
};

/**
 * struct headgate_observe_job - value of map "top_jobs": one of the longest jobs, by its rank
 * @agent: its agent's cgroup id, or 0
 * @queued_at: when it was admitted; monotonic clock, ns, as the next two
 * @run_at: when it was handed to the engine
 * @done_at: when it was done
 * @cost_ns: engine time charged; 0: no job has this rank yet
 * @lane: id of its lane
 * @error: of its fence: 0 or -errno
 */
struct headgate_observe_job {
	__u64 agent;
	__u64 queued_at;
	__u64 run_at;
	__u64 done_at;
	__u64 cost_ns;
	__u32 lane;
	__s32 error;
};

/**
 * struct headgate_observe_losses - value of map "losses": what the other maps do not show
 * @made: entries ever made in "agents"; those that are no longer there were forgotten for
 *	lack of room, or deleted by hand
 * @tickets: tickets that could not be booked: no entry could be made
 * @jobs: jobs that could not be booked for the same reason
 * @top_jobs: jobs that were not ranked, since another processor was ranking one
 * @ranking: not 0 while a processor changes "top_jobs"
 */
struct headgate_observe_losses {
	__u64 made;
	__u64 tickets;
	__u64 jobs;
	__u64 top_jobs;
	__u64 ranking;
};

#endif /* HEADGATE_OBSERVE_H */
