// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics_flows.h"

#include <errno.h>
#include <stdlib.h>

#include "histogram.h"

static struct metrics_seen seen_of(const struct headgate_flow *flow)
{
	struct metrics_seen seen = {
		.agent_id = flow->agent_id, .lane_id = flow->lane_id,
		.sums = {
			.tickets = flow->tickets, .jobs = flow->jobs, .failed = flow->failed,
			.forced = flow->forced, .busy_ns = flow->busy_ns, .queued_ns = flow->queued_ns,
			.wait_ns = flow->wait_ns,
		},
		.due_ppm = flow->due_ppm, .waiting = flow->waiting, .outstanding = flow->outstanding,
	};
	int edge = 0;

	for (unsigned int i = 0; i < HEADGATE_WAIT_BUCKETS; i++) {
		while (edge < METRICS_WAITS && headgate_histogram_edge(i + 1) > metrics_wait_edges[edge])
			edge++;
		seen.sums.waits[edge] += flow->wait_histogram[i];
	}
	return seen;
}

static int by_flow(const void *a, const void *b)
{
	const struct metrics_seen *x = a, *y = b;

	if (x->agent_id != y->agent_id)
		return x->agent_id < y->agent_id ? -1 : 1;
	return x->lane_id < y->lane_id ? -1 : x->lane_id != y->lane_id;
}

int metrics_flows_merge(const struct headgate_flows *flows, struct metrics_seen **seen, size_t *count)
{
	struct metrics_seen *all = calloc(flows->count ?: 1, sizeof(*all));
	size_t kept = 0;

	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < flows->count; i++)
		all[i] = seen_of(&flows->items[i]);
	qsort(all, flows->count, sizeof(*all), by_flow);
	for (size_t i = 0; i < flows->count; i++) {
		struct metrics_seen *last = kept ? &all[kept - 1] : NULL;

		if (!last || by_flow(last, &all[i])) {
			all[kept++] = all[i];
			continue;
		}
		metrics_sums_add(&last->sums, &all[i].sums);
		last->due_ppm += all[i].due_ppm;
		last->waiting += all[i].waiting;
		last->outstanding += all[i].outstanding;
	}
	*seen = all;
	*count = kept;
	return 0;
}

size_t metrics_flows_of(struct metrics_seen *seen, size_t count, uint64_t agent_id, size_t *first)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (seen[middle].agent_id < agent_id)
			low = middle + 1;
		else
			high = middle;
	}
	*first = low;
	while (low < count && seen[low].agent_id == agent_id)
		low++;
	return low - *first;
}
