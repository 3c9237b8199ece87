// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <inttypes.h>
#include <string.h>

#include "../load.h"
#include "slices.h"

struct slice *slices_add(struct slices *slices, const struct json *event)
{
	struct slice *slice;

	if (slices->count == slices->room) {
		slices->room = 2 * slices->room + 64;
		slices->items = reallocarray(slices->items, slices->room, sizeof(*slices->items));
		if (!slices->items)
			die("no memory");
	}
	slice = &slices->items[slices->count++];
	slice->process = json_uint(event, "pid");
	slice->track = json_uint(event, "tid");
	slice->from = json_us(event, "ts");
	slice->to = slice->from + json_us(event, "dur");
	return slice;
}

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int by_track(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;

	return compare(x->track, y->track) ?: compare(x->from, y->from) ?: compare(x->to, y->to);
}

void slices_check(struct slices *slices)
{
	const struct slice *slice, *before;
	size_t i;

	qsort(slices->items, slices->count, sizeof(*slices->items), by_track);
	for (i = 1; i < slices->count; i++) {
		slice = &slices->items[i];
		before = slice - 1;
		if (slice->track != before->track)
			continue;
		if (slice->process != before->process)
			die("track %" PRIu64 " is of two processes", slice->track);
		if (slice->from < before->to)
			die("slices of track %" PRIu64 " overlap: to %" PRIu64 ", from %" PRIu64,
			    slice->track, before->to, slice->from);
	}
}

void names_add(struct names *names, const struct json *event)
{
	const char *name = json_string(event, "name");

	if (strcmp(name, "process_name") && strcmp(name, "thread_name"))
		return;
	if (!*json_string(json_need(event, "args", JSON_OBJECT), "name"))
		die("a name is empty");
	names->events = reallocarray(names->events, names->count + 1, sizeof(*names->events));
	if (!names->events)
		die("no memory");
	names->events[names->count++] = event;
}

/* How many names of that kind; @track 0: of a process. */
static size_t names_of(const struct names *names, const char *kind, uint64_t process,
		       uint64_t track)
{
	size_t i, found = 0;

	for (i = 0; i < names->count; i++)
		found += !strcmp(json_string(names->events[i], "name"), kind) &&
			 json_uint(names->events[i], "pid") == process &&
			 (!track || json_uint(names->events[i], "tid") == track);
	return found;
}

void names_check(const struct names *names, const struct slices *slices)
{
	const struct slice *slice;
	size_t i;

	for (i = 0; i < slices->count; i++) {
		slice = &slices->items[i];
		if (i && slice->track == slices->items[i - 1].track)
			continue;
		if (names_of(names, "process_name", slice->process, 0) != 1)
			die("process %" PRIu64 " has not one name", slice->process);
		if (names_of(names, "thread_name", slice->process, slice->track) != 1)
			die("track %" PRIu64 " has not one name", slice->track);
	}
}
