/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The states of all agents, in a file: headgated writes what it has seen, for headgate to show and
 * for the headgated after it to go on from.  Times are of CLOCK_MONOTONIC.
 */
#ifndef LIBHEADGATE_LIVES_H
#define LIBHEADGATE_LIVES_H

#include "life.h"

#define HEADGATE_LIVES_FILE "/run/headgate/states"

struct headgate_lives_item {
	uint64_t agent_id;
	struct headgate_life life;
};

/* In the order of their ids. */
struct headgate_lives {
	struct headgate_lives_item *items;
	size_t count;
};

/* Now, in the clock of the file. */
uint64_t headgate_lives_now(void);

/* -ENOENT, -ENOMEM; a line that is not understood is left out. */
int headgate_lives_load(const char *file, struct headgate_lives *lives);

/* The file is there whole or as it was; 0 or a negative errno. */
int headgate_lives_save(const char *file, const struct headgate_lives *lives);

/* NULL: there is none of that agent. */
struct headgate_life *headgate_lives_find(const struct headgate_lives *lives, uint64_t agent_id);

/* The one of that agent, made if there is none; NULL without memory.  Others move. */
struct headgate_life *headgate_lives_get(struct headgate_lives *lives, uint64_t agent_id);

/* Flows by agent, so that a look at all agents goes through them once. */
struct headgate_lives_flows {
	const struct headgate_flow **items;
	size_t count;
};

/* Those of agents that are gone are left out; @flows must outlive @sorted.  0 or -ENOMEM. */
int headgate_lives_flows_sort(const struct headgate_flows *flows,
			      struct headgate_lives_flows *sorted);

/* Those of one agent; returns how many, from @first on. */
size_t headgate_lives_flows_of(const struct headgate_lives_flows *sorted, uint64_t agent_id,
			       const struct headgate_flow *const **first);

void headgate_lives_flows_free(struct headgate_lives_flows *sorted);

/* Look at one agent; @flows are those of all.  0 or -ENOMEM. */
int headgate_lives_look(struct headgate_lives *lives, uint64_t agent_id,
			const struct headgate_lives_flows *flows, enum headgate_life_stop stop,
			uint64_t now_ns);

/* Only those for which @keep says so. */
void headgate_lives_prune(struct headgate_lives *lives,
			  bool (*keep)(uint64_t agent_id, const void *data), const void *data);

void headgate_lives_free(struct headgate_lives *lives);

#endif
