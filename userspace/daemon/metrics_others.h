/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What agents that are not told one by one had together, as counters that never go back: such an
 * agent may go, or become one that is told, and the sum of those that are left would shrink, which
 * a scraper takes for a counter that begins anew. So it is what each has grown by that is summed.
 */
#ifndef HEADGATE_DAEMON_METRICS_OTHERS_H
#define HEADGATE_DAEMON_METRICS_OTHERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "metrics_model.h"

/**
 * struct metrics_seen - an agent on a lane
 * @agent_id: and @lane_id: the order of an array of these
 * @lane_id: id
 * @other: it is not told by itself
 * @sums: what it had
 * @due_ppm: and the rest: what is so now
 */
struct metrics_seen {
	uint64_t agent_id;
	uint32_t lane_id;
	bool other;
	struct metrics_sums sums;
	uint64_t due_ppm;
	uint64_t waiting;
	uint64_t outstanding;
};

/* All others on a lane; @waiting and the like are those of now, @there: somebody is on it. */
struct metrics_other {
	uint32_t lane_id;
	bool there;
	struct metrics_sums sums;
	uint64_t due_ppm;
	uint64_t waiting;
	uint64_t outstanding;
};

/**
 * struct metrics_others - all 0 to begin with
 * @seen: at the last look
 * @lanes: in the order of their ids
 * @begun: there was a look: what is new since has grown from 0
 */
struct metrics_others {
	struct metrics_seen *seen;
	size_t n_seen;
	struct metrics_other *lanes;
	size_t n_lanes;
	bool begun;
};

void metrics_sums_add(struct metrics_sums *sums, const struct metrics_sums *more);

/* Takes @seen, of malloc(), if it returns 0; -ENOMEM: nothing has changed. */
int metrics_others_look(struct metrics_others *others, struct metrics_seen *seen, size_t count);

/* Another module, whose counters begin anew. */
void metrics_others_clear(struct metrics_others *others);

#endif
