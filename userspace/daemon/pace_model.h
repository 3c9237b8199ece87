/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pacing: whom to hold still for a moment so that agents get their shares of a device whose
 * submissions nobody holds.  Pure: time and ledger come in, who is to be frozen goes out.
 * Documentation/pacing.rst has the control law.
 */
#ifndef HEADGATE_DAEMON_PACE_MODEL_H
#define HEADGATE_DAEMON_PACE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACE_NS_PER_MS		INT64_C(1000000)

/* Time between two steps while agents compete: a few jobs of milliseconds, 50 dumps a second. */
#define PACE_TICK_NS		(20 * PACE_NS_PER_MS)
/* The same while nobody does. */
#define PACE_IDLE_TICK_NS	(200 * PACE_NS_PER_MS)
/* Who completes nothing for three ticks (and what its jobs take) does not compete. */
#define PACE_WINDOW_NS		(60 * PACE_NS_PER_MS)
/* A lead below this is not worth two writes to a file. */
#define PACE_LEAD_FREEZE_NS	(4 * PACE_NS_PER_MS)
/* Most that an agent may owe or be owed, in engine time. */
#define PACE_LEAD_MAX_NS	(500 * PACE_NS_PER_MS)
/* Longest that an agent is frozen with nothing on the device; then it runs for a tick at least. */
#define PACE_FROZEN_MAX_NS	(400 * PACE_NS_PER_MS)
/* The same, while what it queued before still runs. */
#define PACE_FROZEN_BUSY_MAX_NS	(1000 * PACE_NS_PER_MS)

/**
 * struct pace_input - an agent on the device, by the ledger
 * @id: cgroup id
 * @parent_id: agent above it, 0 for none
 * @weight: among its siblings
 * @holdable: may be frozen
 * @busy_ns: engine time so far, of all lanes
 * @estimate_ns: of its longest kind of job
 * @outstanding: jobs with the device
 */
struct pace_input {
	uint64_t id;
	uint64_t parent_id;
	uint32_t weight;
	bool holdable;
	uint64_t busy_ns;
	uint64_t estimate_ns;
	uint32_t outstanding;
};

/**
 * struct pace_agent - what the model remembers of an agent
 * @id: cgroup id
 * @busy_ns: as of the last step
 * @lead_ns: engine time beyond its due (below 0: it is owed), at most PACE_LEAD_MAX_NS either way
 * @progress_ns: when it last completed something, or was thawed
 * @queued_until_ns: how long it may take until it can complete something, for the work before its own
 * @frozen_since_ns: when it was frozen
 * @idle_since_ns: since when it has been frozen with nothing on the device
 * @share: of what the device serves, due to it by this step; 0 when it does not compete
 * @active: uses the device, or was frozen while it did
 * @frozen: the verdict
 * @ever: it has completed something
 */
struct pace_agent {
	uint64_t id;
	uint64_t busy_ns;
	double lead_ns;
	int64_t progress_ns;
	int64_t queued_until_ns;
	int64_t frozen_since_ns;
	int64_t idle_since_ns;
	double share;
	bool active;
	bool frozen;
	bool ever;
};

/**
 * struct pace_model - one device
 * @agents: in the order of the last input
 * @count: their number
 * @now_ns: time of the last step, 0 before the first
 * @gap_ns: idle time of the device that has not been accounted for yet
 * @busy_others_ns: ungoverned engine time as of the last step
 */
struct pace_model {
	struct pace_agent *agents;
	size_t count;
	int64_t now_ns;
	int64_t gap_ns;
	uint64_t busy_others_ns;
};

/**
 * pace_step - a look at the ledger
 * @model: device, zeroed before the first step; freed by pace_free()
 * @now_ns: monotonic time, beyond that of the step before
 * @inputs: agents with a flow on the device, in the order of their ids
 * @count: their number
 * @others: the ungoverned flow: @others.busy_ns and @others.outstanding
 *
 * Return: 0, or -ENOMEM; then nothing changed.
 */
int pace_step(struct pace_model *model, int64_t now_ns, const struct pace_input *inputs,
	      size_t count, const struct pace_input *others);

/* How many agents compete for the device: of one alone nothing is asked. */
size_t pace_active(const struct pace_model *model);

void pace_free(struct pace_model *model);

#endif /* HEADGATE_DAEMON_PACE_MODEL_H */
