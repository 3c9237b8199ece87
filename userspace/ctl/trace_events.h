/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chrome's trace events: slices and instants, and the processes and tracks they are on. */
#ifndef CTL_TRACE_EVENTS_H
#define CTL_TRACE_EVENTS_H

#include "trace_file.h"

/* Numbers that no other process or track has: readers know a track by its own alone. */
struct track {
	uint32_t process;
	uint32_t number;
};

struct trace_events {
	struct trace_file *file;
	uint64_t base_ns;	/* of CLOCK_MONOTONIC, where the time of the events begins */
	uint32_t numbers;	/* the last that was given */
};

/* Processes are listed by @order. */
struct track trace_process(struct trace_events *events, const char *name, uint64_t order);
struct track trace_track(struct trace_events *events, const struct track *process,
			 const char *name);

/* Open a slice; its args may follow, then trace_event_end(). */
struct headgate_json *trace_slice(struct trace_events *events, const char *category,
				  const char *name, const struct track *track, uint64_t from,
				  uint64_t to);

/* Open an instant in the same way. */
struct headgate_json *trace_instant(struct trace_events *events, const char *category,
				    const char *name, const struct track *track, uint64_t at);

/* Negative errno. */
int trace_event_end(struct trace_events *events);

#endif
