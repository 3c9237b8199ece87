// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "trace_events.h"

static uint64_t since_base(const struct trace_events *events, uint64_t ns)
{
	return ns > events->base_ns ? ns - events->base_ns : 0;
}

static struct headgate_json *begin_event(struct trace_events *events, const char *phase,
					 const char *name, const struct track *track)
{
	struct headgate_json *json = &events->file->json;

	headgate_json_object(json, NULL);
	headgate_json_string(json, "ph", phase);
	headgate_json_string(json, "name", name);
	headgate_json_uint(json, "pid", track->process);
	headgate_json_uint(json, "tid", track->number);
	return json;
}

int trace_event_end(struct trace_events *events)
{
	headgate_json_close(&events->file->json);
	return events->file->json.error;
}

/* @what is that of a "process" or a "thread". */
static void name_it(struct trace_events *events, const char *what, const struct track *track,
		    const char *name, uint64_t order)
{
	struct headgate_json *json;
	char key[32];

	snprintf(key, sizeof(key), "%s_name", what);
	json = begin_event(events, "M", key, track);
	headgate_json_object(json, "args");
	headgate_json_string(json, "name", name);
	headgate_json_close(json);
	trace_event_end(events);
	snprintf(key, sizeof(key), "%s_sort_index", what);
	json = begin_event(events, "M", key, track);
	headgate_json_object(json, "args");
	headgate_json_uint(json, "sort_index", order);
	headgate_json_close(json);
	trace_event_end(events);
}

struct track trace_process(struct trace_events *events, const char *name, uint64_t order)
{
	struct track track = { .process = ++events->numbers };

	track.number = track.process;
	name_it(events, "process", &track, name, order);
	return track;
}

struct track trace_track(struct trace_events *events, const struct track *process,
			 const char *name)
{
	struct track track = { .process = process->process, .number = ++events->numbers };

	name_it(events, "thread", &track, name, track.number);
	return track;
}

struct headgate_json *trace_slice(struct trace_events *events, const char *category,
				  const char *name, const struct track *track, uint64_t from,
				  uint64_t to)
{
	struct headgate_json *json = begin_event(events, "X", name, track);

	from = since_base(events, from);
	to = since_base(events, to);
	headgate_json_string(json, "cat", category);
	headgate_json_us(json, "ts", from);
	headgate_json_us(json, "dur", to > from ? to - from : 0);
	return json;
}

struct headgate_json *trace_instant(struct trace_events *events, const char *category,
				    const char *name, const struct track *track, uint64_t at)
{
	struct headgate_json *json = begin_event(events, "i", name, track);

	headgate_json_string(json, "cat", category);
	headgate_json_string(json, "s", "p");	/* a line through the whole process */
	headgate_json_us(json, "ts", since_base(events, at));
	return json;
}
