/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM headgate

#if !defined(_HEADGATE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _HEADGATE_TRACE_H

#include <linux/fs.h>
#include <linux/tracepoint.h>

/*
 * The last job of an ioctl landed on another lane than the gate said. client is the
 * address of the file's struct drm_file, which may be gone; tag is what the gate gave.
 */
TRACE_EVENT(headgate_ticket_lane,
	TP_PROTO(u64 client, u32 nr, u32 tag, u32 lane),
	TP_ARGS(client, nr, tag, lane),
	TP_STRUCT__entry(
		__field(u64, client)
		__field(u32, nr)
		__field(u32, tag)
		__field(u32, lane)
	),
	TP_fast_assign(
		__entry->client = client;
		__entry->nr = nr;
		__entry->tag = tag;
		__entry->lane = lane;
	),
	TP_printk("client=0x%llx nr=0x%x tag=0x%x lane=%u", __entry->client, __entry->nr,
		  __entry->tag, __entry->lane)
);

/* A ticket was admitted after wait_ns at the gate. */
TRACE_EVENT(headgate_ticket_admit,
	TP_PROTO(u64 agent, u32 lane, u64 wait_ns),
	TP_ARGS(agent, lane, wait_ns),
	TP_STRUCT__entry(
		__field(u64, agent)
		__field(u64, wait_ns)
		__field(u32, lane)
	),
	TP_fast_assign(
		__entry->agent = agent;
		__entry->lane = lane;
		__entry->wait_ns = wait_ns;
	),
	TP_printk("agent=%llu lane=%u wait_ns=%llu", __entry->agent, __entry->lane,
		  __entry->wait_ns)
);

/*
 * A job is done. Times are of the monotonic clock, in ns: when it was admitted,
 * when the driver handed it to the engine (0: never), and when its fence
 * signalled. cost_ns is the engine time charged for it: of done_at - run_at what
 * no other job had.
 */
TRACE_EVENT(headgate_job_done,
	TP_PROTO(u64 agent, u32 lane, u64 queued_at, u64 run_at, u64 done_at, u64 cost_ns,
		 int error),
	TP_ARGS(agent, lane, queued_at, run_at, done_at, cost_ns, error),
	TP_STRUCT__entry(
		__field(u64, agent)
		__field(u64, queued_at)
		__field(u64, run_at)
		__field(u64, done_at)
		__field(u64, cost_ns)
		__field(u32, lane)
		__field(int, error)
	),
	TP_fast_assign(
		__entry->agent = agent;
		__entry->queued_at = queued_at;
		__entry->run_at = run_at;
		__entry->done_at = done_at;
		__entry->cost_ns = cost_ns;
		__entry->lane = lane;
		__entry->error = error;
	),
	TP_printk("agent=%llu lane=%u queued_at=%llu run_at=%llu done_at=%llu cost_ns=%llu error=%d",
		  __entry->agent, __entry->lane, __entry->queued_at, __entry->run_at,
		  __entry->done_at, __entry->cost_ns, __entry->error)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
