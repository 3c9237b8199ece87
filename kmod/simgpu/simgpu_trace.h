/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM simgpu

#if !defined(_SIMGPU_TRACE_H_) || defined(TRACE_HEADER_MULTI_READ)
#define _SIMGPU_TRACE_H_

#include <linux/tracepoint.h>

#include "simgpu.h"

/*
 * A job has left its engine. Times are of the monotonic clock, in ns: when the
 * driver got the job, and from when to when it had the engine. The cgroup is that
 * of the task that submitted it, the stamp what that task gave along.
 */
TRACE_EVENT(simgpu_job,
	TP_PROTO(const struct simgpu_engine *engine, const struct simgpu_hw_job *hw, ktime_t ended),
	TP_ARGS(engine, hw, ended),
	TP_STRUCT__entry(
		__field(u64, cgroup)
		__field(u64, stamp)
		__field(u64, submitted)
		__field(u64, started)
		__field(u64, ended)
		__field(u32, engine)
	),
	TP_fast_assign(
		__entry->cgroup = hw->cgroup;
		__entry->stamp = hw->stamp;
		__entry->submitted = ktime_to_ns(hw->submitted);
		__entry->started = ktime_to_ns(hw->started);
		__entry->ended = ktime_to_ns(ended);
		__entry->engine = engine->index;
	),
	TP_printk("cgroup=%llu engine=%u stamp=%llu submitted=%llu started=%llu ended=%llu",
		  __entry->cgroup, __entry->engine, __entry->stamp, __entry->submitted,
		  __entry->started, __entry->ended)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE simgpu_trace
#include <trace/define_trace.h>
