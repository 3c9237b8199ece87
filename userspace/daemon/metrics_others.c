// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics_others.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SUMS (sizeof(struct metrics_sums) / sizeof(uint64_t))

void metrics_sums_add(struct metrics_sums *sums, const struct metrics_sums *more)
{
	uint64_t *to = (uint64_t *)sums;
	const uint64_t *from = (const uint64_t *)more;

	for (size_t i = 0; i < SUMS; i++)
		to[i] += from[i];
}

/* What is less than before began anew. */
static void add_growth(struct metrics_sums *sums, const struct metrics_sums *now, const struct metrics_sums *before)
{
	uint64_t *to = (uint64_t *)sums;
	const uint64_t *after = (const uint64_t *)now, *until = (const uint64_t *)before;

	for (size_t i = 0; i < SUMS; i++)
		to[i] += after[i] >= until[i] ? after[i] - until[i] : after[i];
}

static int by_flow(const void *a, const void *b)
{
	const struct metrics_seen *x = a, *y = b;

	if (x->agent_id != y->agent_id)
		return x->agent_id < y->agent_id ? -1 : 1;
	return x->lane_id < y->lane_id ? -1 : x->lane_id != y->lane_id;
}

static int by_lane(const void *a, const void *b)
{
	const struct metrics_other *x = a, *y = b;

	return x->lane_id < y->lane_id ? -1 : x->lane_id != y->lane_id;
}

static struct metrics_other *find_lane(const struct metrics_others *others, uint32_t lane_id)
{
	const struct metrics_other key = { .lane_id = lane_id };

	return others->lanes ? bsearch(&key, others->lanes, others->n_lanes, sizeof(key), by_lane) : NULL;
}

/* A row for each lane that others are on. */
static int add_lanes(struct metrics_others *others, const struct metrics_seen *seen, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct metrics_other *lanes;

		if (!seen[i].other || find_lane(others, seen[i].lane_id))
			continue;
		lanes = reallocarray(others->lanes, others->n_lanes + 1, sizeof(*lanes));
		if (!lanes)
			return -ENOMEM;
		others->lanes = lanes;
		lanes[others->n_lanes++] = (struct metrics_other){ .lane_id = seen[i].lane_id };
		qsort(lanes, others->n_lanes, sizeof(*lanes), by_lane);
	}
	return 0;
}

static void count(struct metrics_others *others, const struct metrics_seen *now)
{
	static const struct metrics_sums nothing;
	struct metrics_other *lane = find_lane(others, now->lane_id);
	const struct metrics_seen *before = NULL;

	lane->due_ppm += now->due_ppm;
	lane->waiting += now->waiting;
	lane->outstanding += now->outstanding;
	if (!others->begun)
		return;
	if (others->seen)
		before = bsearch(now, others->seen, others->n_seen, sizeof(*now), by_flow);
	add_growth(&lane->sums, &now->sums, before ? &before->sums : &nothing);
}

/* A lane on which nobody is any more went with its device. */
static void drop_lanes(struct metrics_others *others, const struct metrics_seen *seen, size_t n_seen)
{
	size_t kept = 0;

	for (size_t i = 0; i < n_seen; i++) {
		struct metrics_other *lane = find_lane(others, seen[i].lane_id);

		if (lane)
			lane->there = true;
	}
	for (size_t i = 0; i < others->n_lanes; i++)
		if (others->lanes[i].there)
			others->lanes[kept++] = others->lanes[i];
	others->n_lanes = kept;
}

int metrics_others_look(struct metrics_others *others, struct metrics_seen *seen, size_t n_seen)
{
	if (add_lanes(others, seen, n_seen))
		return -ENOMEM;
	for (size_t i = 0; i < others->n_lanes; i++) {
		others->lanes[i].there = false;
		others->lanes[i].due_ppm = 0;
		others->lanes[i].waiting = 0;
		others->lanes[i].outstanding = 0;
	}
	for (size_t i = 0; i < n_seen; i++)
		if (seen[i].other)
			count(others, &seen[i]);
	drop_lanes(others, seen, n_seen);
	free(others->seen);
	others->seen = seen;
	others->n_seen = n_seen;
	others->begun = true;
	return 0;
}

void metrics_others_clear(struct metrics_others *others)
{
	free(others->seen);
	free(others->lanes);
	*others = (struct metrics_others){ 0 };
}
