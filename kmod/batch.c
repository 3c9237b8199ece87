// SPDX-License-Identifier: GPL-2.0
/*
 * Jobs whose completion is told together. One interrupt may signal many fences:
 * they then seem done at one time, and to take none but for the first. Which
 * took how long cannot be known, so that the time is split in the proportion in
 * which it was expected; none gets more than it was with the engine. Where queues
 * are served in slices, slices.c says what time it is that is split.
 *
 * What is signalled in one section with interrupts off is a batch: an irq_work
 * runs at its end. A job that is alone with the engine needs none.
 */
#include <linux/irq_work.h>
#include <linux/math64.h>
#include <linux/timekeeping.h>

#include "batch.h"
#include "job.h"
#include "lane.h"
#include "pressure.h"
#include "slices.h"

/* Of no agent, of which nothing is expected: 1 ms, as of an agent's first job. */
static u64 job_weight(const struct headgate_job *job)
{
	return queue_charge_is_open(&job->charge) ? job->charge.est_ns : NSEC_PER_MSEC;
}

/* Sets the costs of the jobs of a batch that ended at @end. */
static void batch_split(struct headgate_lane *lane, u64 end)
{
	struct headgate_job *job, *eldest = NULL;
	u64 weights = 0, weight, left, pays, most;

	list_for_each_entry(job, &lane->done, entry) {
		weights += job_weight(job);
		if (!eldest || job->run_at < eldest->run_at)
			eldest = job;
	}
	/* A job may have been charged since that end, before it was told: see announce.c. */
	left = lane->class ? headgate_slices_split(lane, end) :
			     end - min(end, headgate_lane_uncharged_since(lane));
	/* The last ones came to the engine last: what they leave is the others'. */
	list_for_each_entry_reverse(job, &lane->done, entry) {
		weight = job_weight(job);
		most = end - job->run_at;
		most -= min(most, job->cost);
		pays = min(mul_u64_u64_div_u64(left, weight, weights), most);
		left -= pays;
		if (unlikely(lane->class))
			lane->lent_ns -= job->cost;
		job->cost += pays;
		weights -= weight;
	}
	eldest->cost += left;
	lane->last_done = max(lane->last_done, end);
}

static void batch_close(struct headgate_lane *lane, u64 now)
{
	struct headgate_job *job, *next;

	batch_split(lane, lane->done_at);
	lane->running -= lane->nr_done;
	if (!lane->running)
		lane->turned_at = lane->done_at;
	lane->nr_done = 0;
	headgate_lane_settle(lane, now);
	list_for_each_entry_safe(job, next, &lane->done, entry) {
		list_del(&job->entry);
		headgate_pressure_end(job->flow, lane, now);
		headgate_job_close(job, now);
	}
	headgate_lane_dispatch(lane, now);
}

static void batch_ended(struct irq_work *work)
{
	struct headgate_lane *lane = container_of(work, struct headgate_lane, batch);
	unsigned long flags;

	spin_lock_irqsave(&lane->device->lock, flags);
	if (lane->nr_done)
		batch_close(lane, ktime_get_ns());
	spin_unlock_irqrestore(&lane->device->lock, flags);
}

/**
 * headgate_batch_add - a job that was with the engine is done
 * @lane: its lane
 * @job: job, in no list; freed, maybe later
 * @now: time
 *
 * Context: under the device's lock.
 */
void headgate_batch_add(struct headgate_lane *lane, struct headgate_job *job, u64 now)
{
	lockdep_assert_held(&lane->device->lock);
	list_add_tail(&job->entry, &lane->done);
	lane->done_at = now;
	if (++lane->nr_done == lane->running)
		batch_close(lane, now); /* no other can follow */
	else
		irq_work_queue(&lane->batch);
}

void headgate_batch_init(struct headgate_lane *lane)
{
	INIT_LIST_HEAD(&lane->done);
	init_irq_work(&lane->batch, batch_ended);
}

/* Nobody adds any more. */
void headgate_batch_exit(struct headgate_lane *lane)
{
	irq_work_sync(&lane->batch);
}
