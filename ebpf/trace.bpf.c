// SPDX-License-Identifier: GPL-2.0
/*
 * The recorder of `headgate trace`: headgate's tracepoints into a ring buffer.
 *
 * Why a ring buffer of BPF, and not tracefs: a recorder that is killed leaves nothing
 * behind, where an instance of tracefs would stay; a module that goes empties the
 * buffers of tracefs, while these programs keep it loaded until all is read; and what
 * is lost is known by kind and cost, not by pages.
 *
 * What can be lost:
 *   - the buffer is full: counted here, with the engine time of the jobs;
 *   - the kernel drops a program that would run inside itself on the same CPU: it counts
 *     that (recursion_misses), and the tool reads it. It should never be seen: both
 *     events fire under a device's lock, interrupts off, so that none can nest in
 *     another of its kind, hard interrupts included.
 *
 * Nobody is woken for an event, since jobs end in interrupts that others wait for: the
 * reader looks by itself some times a second, and is woken when a quarter is full.
 */
#include "common.bpf.h"

#include <headgate/trace.h>

char _license[] SEC("license") = "GPL";

/* The size is set before it is loaded. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

__u64 wake_bytes; /* set before it is loaded */

/* What found the buffer full. */
__u64 lost_jobs;
__u64 lost_cost_ns;
__u64 lost_waits;

static __always_inline __u64 wake_flags(void)
{
	return bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) >= wake_bytes ?
	       BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

SEC("tp_btf/headgate_job_done")
int BPF_PROG(trace_job, __u64 agent, __u32 lane, __u64 queued_at, __u64 run_at, __u64 done_at,
	     __u64 cost_ns, int error)
{
	struct headgate_trace_job *job = bpf_ringbuf_reserve(&events, sizeof(*job), 0);

	if (!job) {
		__sync_fetch_and_add(&lost_jobs, 1);
		__sync_fetch_and_add(&lost_cost_ns, cost_ns);
		return 0;
	}
	job->head.kind = HEADGATE_TRACE_JOB;
	job->head.lane = lane;
	job->head.agent = agent;
	job->queued_at = queued_at;
	job->run_at = run_at;
	job->done_at = done_at;
	job->cost_ns = cost_ns;
	job->error = error;
	job->pad = 0;
	bpf_ringbuf_submit(job, wake_flags());
	return 0;
}

/* Those that did not wait as well: the reader learns an agent's name while there is one. */
SEC("tp_btf/headgate_ticket_admit")
int BPF_PROG(trace_wait, __u64 agent, __u32 lane, __u64 wait_ns)
{
	struct headgate_trace_wait *wait = bpf_ringbuf_reserve(&events, sizeof(*wait), 0);

	if (!wait) {
		__sync_fetch_and_add(&lost_waits, 1);
		return 0;
	}
	wait->head.kind = HEADGATE_TRACE_WAIT;
	wait->head.lane = lane;
	wait->head.agent = agent;
	wait->at = bpf_ktime_get_ns();
	wait->wait_ns = wait_ns;
	bpf_ringbuf_submit(wait, wake_flags());
	return 0;
}
