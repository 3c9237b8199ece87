// SPDX-License-Identifier: GPL-2.0
/*
 * How far ahead of the engine to admit: far enough that it does not run dry, and
 * not farther, since a job that was admitted is ahead of whoever comes next.
 *
 * The time is measured, and so fits the lane whatever the size of its jobs:
 *
 *  - The handover, from the grant to an engine that idles: the waiter wakes, its
 *    ioctl goes on, drm_sched's worker hands the job over. Most of the handovers
 *    of late were shorter than what is kept.
 *  - How late the end of a job is told. Of jobs that are told together all but one
 *    were done before. Ends that are told one by one, while there is more for the
 *    engine to do, are told in time; until that is seen, the horizon is that of the
 *    settings. It stays so where the driver is not known to tell ends by interrupt:
 *    an end told late by less than a job cannot be told from a longer job.
 */
#include "queue_internal.h"

/* Before any was measured. */
#define HANDOVER_UNKNOWN_NS	500000ULL

/* Timers and the clock's own reading; and no lane is fed job by job. */
#define HANDOVER_SLACK_NS	100000ULL

/* What is told later than 32 ms cannot be made up for. */
#define LATE_MAX_NS		32000000ULL

/*
 * 0.5 ms: of short jobs, a flow that is alone may have as much more with the
 * engine, lest it runs dry each time that the processor has something else to do.
 */
#define LONE_AHEAD_NS		500000ULL

/* queue.doubt: all that the settings allow. */
#define DOUBT_SHIFT		16

void queue_horizon_init(struct queue *q)
{
	q->doubt = 1 << DOUBT_SHIFT;
}

/* A job took @took from its grant to the engine. */
void queue_horizon_learn(struct queue *q, u64 took)
{
	if (!q->handover_ns)
		q->handover_ns = min_t(u64, took, HANDOVER_UNKNOWN_NS);
	else if (q->engine.first)
		q->handover_ns -= q->handover_ns / 64; /* in time: less may do */
	else if (took > q->handover_ns)
		q->handover_ns += min(took - q->handover_ns, q->settings->horizon_ns) / 4;
	else
		q->handover_ns -= (q->handover_ns - took) / 16;
}

/* One more job, at @cost, was told done at the time of the last. */
void queue_horizon_batch(struct queue *q, u64 cost)
{
	q->batch_ns += min_t(u64, cost, LATE_MAX_NS);
	q->late_ns = min_t(u64, max(2 * q->batch_ns, q->late_ns), LATE_MAX_NS);
}

/* From the gate to the engine. */
u64 queue_handover(const struct queue *q)
{
	u64 ns = q->handover_ns ?: HANDOVER_UNKNOWN_NS;

	return min_t(u64, ns + ns / 2 + HANDOVER_SLACK_NS, q->settings->horizon_ns);
}

/* What may be ahead of a new job. */
u64 queue_horizon(const struct queue *q)
{
	u64 handover = queue_handover(q);
	u64 late = max(q->late_ns, (q->settings->horizon_ns * q->doubt) >> DOUBT_SHIFT);

	if (q->nr_active <= 1 && q->est_ns <= q->runnable * handover)
		late = max_t(u64, late, LONE_AHEAD_NS);
	return handover + late;
}
