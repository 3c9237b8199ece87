/* SPDX-License-Identifier: GPL-2.0 */
/* What a viewer needs of slices and names. */
#ifndef TRACECHECK_SLICES_H
#define TRACECHECK_SLICES_H

#include "json.h"

struct slice {
	uint64_t process;
	uint64_t track;
	uint64_t from;	/* ns */
	uint64_t to;
};

struct slices {
	struct slice *items;
	size_t count;
	size_t room;
};

struct slice *slices_add(struct slices *slices, const struct json *event);

/* Exits where two of one track overlap, or a track is of two processes. */
void slices_check(struct slices *slices);

/* Names of processes and tracks. */
struct names {
	const struct json **events;
	size_t count;
};

void names_add(struct names *names, const struct json *event);

/* Exits where a slice is on a track, or in a process, without a name or with two. */
void names_check(const struct names *names, const struct slices *slices);

#endif
