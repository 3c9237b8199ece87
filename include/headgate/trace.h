/* SPDX-License-Identifier: GPL-2.0 */
/* What ebpf/trace.bpf.c and `headgate trace` share: the records of its ring buffer. */
#ifndef HEADGATE_TRACE_H
#define HEADGATE_TRACE_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define HEADGATE_TRACE_JOB	1
#define HEADGATE_TRACE_WAIT	2

/**
 * struct headgate_trace_head - how each record begins
 * @kind: HEADGATE_TRACE_*
 * @lane: lane id
 * @agent: cgroup id, 0: ungoverned
 */
struct headgate_trace_head {
	__u32 kind;
	__u32 lane;
	__u64 agent;
};

/**
 * struct headgate_trace_job - a job is done; times in ns of CLOCK_MONOTONIC
 * @head: what each record has
 * @queued_at: admitted
 * @run_at: handed to the engine, 0: never
 * @done_at: its fence signalled
 * @cost_ns: engine time charged for it
 * @error: of its fence, a negative errno, or 0
 * @pad: 0
 */
struct headgate_trace_job {
	struct headgate_trace_head head;
	__u64 queued_at;
	__u64 run_at;
	__u64 done_at;
	__u64 cost_ns;
	__s32 error;
	__u32 pad;
};

/**
 * struct headgate_trace_wait - a ticket was admitted
 * @head: what each record has
 * @at: when, in ns of CLOCK_MONOTONIC
 * @wait_ns: for how long it was held, often 0
 */
struct headgate_trace_wait {
	struct headgate_trace_head head;
	__u64 at;
	__u64 wait_ns;
};

#endif /* HEADGATE_TRACE_H */
