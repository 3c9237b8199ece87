/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `top` shows: two snapshots made into rates.  Pure. */
#ifndef CTL_TOP_MODEL_H
#define CTL_TOP_MODEL_H

#include "snapshot.h"

enum top_state {
	TOP_IDLE,	/* nothing waits, nothing is outstanding, nothing was done */
	TOP_WAITING,	/* tickets wait, and the lane did nothing for it in the interval */
	TOP_WORKING,
};

/* An agent on a lane.  Shares are fractions of the lane's busy time. */
struct top_row {
	uint64_t agent_id;	/* 0: ungoverned */
	const char *agent;	/* owned by the later snapshot */
	const struct headgate_agent *policy;	/* NULL: ungoverned or gone */
	uint64_t busy_ns;
	double share_now;	/* NaN when the lane was idle */
	double share_due;
	double jobs_per_second;
	bool waited;		/* the percentiles are there */
	uint64_t wait_p50_ns;
	uint64_t wait_p99_ns;
	enum top_state state;
	const struct headgate_life *life;	/* of the agent on all lanes, NULL: ungoverned or gone */
};

struct top_lane {
	const struct headgate_lane *lane;	/* owned by the later snapshot, as the next */
	const struct headgate_device *device;	/* may be NULL */
	double busy;		/* fractions of the interval */
	double ungoverned;
	double held_idle;
	struct top_row *rows;	/* by path, ungoverned last */
	size_t count;
};

struct top_model {
	uint64_t interval_ns;
	struct top_lane *lanes;
	size_t count;
};

/*
 * @now must outlive @model.  A flow that @before does not know, or whose totals
 * went back because module or agent were set up anew, counts from 0.
 */
int top_model_build(const struct snapshot *before, const struct snapshot *now,
		    struct top_model *model);
void top_model_free(struct top_model *model);

/* In a word: that of the lane, unless what the agent does says more. */
const char *top_row_state(const struct top_row *row);

const char *top_state_name(enum top_state state);

#endif
