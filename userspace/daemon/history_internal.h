/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A transaction in the making: what the files of the writer share among themselves. */
#ifndef HEADGATE_DAEMON_HISTORY_INTERNAL_H
#define HEADGATE_DAEMON_HISTORY_INTERNAL_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "append.h"
#include "history_write.h"

struct sums {
	uint64_t value[HISTORY_SUMS];
};

/* An agent on a lane, as the module tells it, or as it was last seen. */
struct flow {
	uint32_t lane_id;
	uint64_t agent_id;
	int64_t agent;			/* row, as last seen */
	bool gone;			/* whether there is an entry of what is gone */
	unsigned int flows;		/* entries besides: more than one is a retired one with jobs left */
	struct sums live, left;		/* of these, and of what is gone */
};

struct lane {
	uint32_t id;
	int64_t row;
	uint64_t time_ns, idle_ns, ungoverned_ns;
	uint64_t settled[2], lost[2];	/* engine time, jobs */
	uint64_t told[2];		/* by the flows, now */
	bool there;
};

struct writer {
	struct history_db *db;
	const struct history_totals *totals;
	const struct history_events *events;
	int64_t slot;
	struct flow *flows, *seen;
	size_t n_flows, n_seen;
	struct lane *lanes;
	size_t n_lanes;
};

/* The new one, or NULL. */
#define APPEND(_items, _count) ({							\
	typeof(_items) grown = headgate_append(_items, &(_count), sizeof(*(_items)));	\
	if (grown)									\
		(_items) = grown;							\
	grown ? &grown[(_count) - 1] : NULL; })

static inline uint64_t growth(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

/* A few: the engines of the host's GPUs. */
static inline struct lane *find_lane(struct writer *w, uint32_t id)
{
	for (size_t i = 0; i < w->n_lanes; i++)
		if (w->lanes[i].id == id)
			return &w->lanes[i];
	return NULL;
}

/* The rows of names: found, or made. */
int history_device_row(struct history_db *db, const char *name, const char *driver, int64_t *row);
int history_lane_row(struct history_db *db, int64_t device, const char *name, int64_t *row);
/* @path: of the agent of that cgroup id; whose it is said to be is found by the id */
int history_agent_row(const struct writer *w, uint64_t id, const char *path, int64_t *row);

/* Whether it is an agent now, or of none. */
bool history_is_there(const struct writer *w, uint64_t id);

/* The path of a cgroup id: of an agent that is, or of one whose end was told; NULL: not known. */
const char *history_path_of(const struct writer *w, uint64_t id);

/* history_flows.c: reads the flows that were seen, and counts what all have grown by. */
int history_count_flows(struct writer *w);
/* What a lane had beyond its flows. */
int history_count_lost(struct writer *w, struct lane *lane, const struct headgate_lane *told);

/* history_pressure.c */
int history_count_pressures(struct writer *w);

#endif
