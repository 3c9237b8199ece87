/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Jobs and waits as slices on named tracks, in the form that Perfetto and
 * chrome://tracing read (Chrome's trace events).
 */
#ifndef CTL_TRACE_TRACKS_H
#define CTL_TRACE_TRACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <headgate/trace.h>

#include "trace_file.h"

/*
 * What tracks are called.  Text is that of the callback until it is called again;
 * NULL: not known.
 */
struct trace_names {
	const char *(*agent)(void *data, uint64_t id);
	/* the engine's, and the device's number */
	const char *(*lane)(void *data, uint32_t id, uint32_t *device_id);
	/* "simgpu", "amdgpu 0000:03:00.0" */
	const char *(*device)(void *data, uint32_t id);
	void *data;
};

struct trace_tracks;

/**
 * trace_tracks_make() - no tracks yet
 * @file: open file for the events
 * @names: outlives the tracks
 * @base_ns: of CLOCK_MONOTONIC, where the time of the events begins: before all that comes
 *
 * Return: the tracks, NULL when memory is short.
 */
struct trace_tracks *trace_tracks_make(struct trace_file *file, const struct trace_names *names,
				       uint64_t base_ns);
void trace_tracks_free(struct trace_tracks **tracks);

/* Show one agent alone, one device alone; 0: all. */
void trace_tracks_only(struct trace_tracks *tracks, uint64_t agent_id, uint32_t device_id);

/* Add what happened, of one lane in the order in which it did.  Negative errno. */
int trace_tracks_job(struct trace_tracks *tracks, const struct headgate_trace_job *job);
int trace_tracks_wait(struct trace_tracks *tracks, const struct headgate_trace_wait *wait);

/* "lost 12 events", at that moment. */
int trace_tracks_lost(struct trace_tracks *tracks, uint64_t at_ns, uint64_t count);

/* Nothing comes any more: show what was held back. */
int trace_tracks_end(struct trace_tracks *tracks);

/* Agents and engines of which there was something to show. */
size_t trace_tracks_agents(const struct trace_tracks *tracks);
size_t trace_tracks_engines(const struct trace_tracks *tracks);

#endif
