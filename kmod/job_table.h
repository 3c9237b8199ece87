/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_JOB_TABLE_H
#define _HEADGATE_JOB_TABLE_H

#include "bucket.h"
#include "device.h"
#include "flow.h"
#include "job.h"

extern struct headgate_buckets headgate_jobs; /* by fence */

/**
 * struct headgate_hold - what is locked for the sake of one job
 * @bucket: of the table; keeps the jobs in it alive
 * @device: the job's, or NULL
 * @flags: of the interrupts
 */
struct headgate_hold {
	struct headgate_bucket *bucket;
	struct headgate_device *device;
	unsigned long flags;
};

/* Every fence of the system comes by here: of most it is clear that they are no jobs. */
static inline bool headgate_job_may_be(const struct dma_fence *fence)
{
	return !hlist_empty(&headgate_bucket(&headgate_jobs, fence)->head);
}

static inline struct headgate_job *headgate_job_find(struct headgate_bucket *bucket,
						     const struct dma_fence *fence)
{
	struct headgate_job *job;

	lockdep_assert_held(&bucket->lock);
	hlist_for_each_entry(job, &bucket->head, node)
		if (job->fence == fence)
			return job;
	return NULL;
}

/**
 * headgate_job_hold_irq_off - lock a job and its device
 * @hold: what is locked, to be given to headgate_job_release_irq_off()
 * @fence: key of the job
 *
 * Context: any, with interrupts off.
 * Return: the job, or NULL when there is none: then no device is locked.
 */
static __always_inline struct headgate_job *
headgate_job_hold_irq_off(struct headgate_hold *hold, const struct dma_fence *fence)
{
	struct headgate_job *job;

	lockdep_assert_irqs_disabled();
	hold->bucket = headgate_bucket(&headgate_jobs, fence);
	hold->device = NULL;
	spin_lock(&hold->bucket->lock);
	job = headgate_job_find(hold->bucket, fence);
	if (likely(job)) {
		hold->device = job->flow->lane->device;
		spin_lock(&hold->device->lock);
	} else {
		__acquire(&hold->device->lock); /* for sparse */
	}
	return job;
}

/**
 * headgate_job_release_irq_off - unlock what was held
 * @hold: by headgate_job_hold_irq_off()
 */
static inline void headgate_job_release_irq_off(struct headgate_hold *hold)
{
	if (hold->device)
		spin_unlock(&hold->device->lock);
	else
		__release(&hold->device->lock); /* for sparse */
	spin_unlock(&hold->bucket->lock);
}

/**
 * headgate_job_hold - lock a job and its device, interrupts off
 * @hold: what is locked, to be given to headgate_job_release()
 * @fence: key of the job
 *
 * Context: any.
 * Return: the job, or NULL when there is none: then no device is locked.
 */
static __always_inline struct headgate_job *
headgate_job_hold(struct headgate_hold *hold, const struct dma_fence *fence)
{
	local_irq_save(hold->flags);
	return headgate_job_hold_irq_off(hold, fence);
}

/**
 * headgate_job_release - unlock what was held
 * @hold: by headgate_job_hold() or headgate_job_hold_new()
 */
static inline void headgate_job_release(struct headgate_hold *hold)
{
	headgate_job_release_irq_off(hold);
	local_irq_restore(hold->flags);
}

void headgate_job_give_up(struct headgate_job *job);

/**
 * headgate_job_hold_new - lock the place of a job to come, and its device
 * @hold: what is locked, to be given to headgate_job_release()
 * @fence: its key; a job that has it is given up
 * @device: its device
 *
 * Context: any.
 */
static inline void headgate_job_hold_new(struct headgate_hold *hold,
					 const struct dma_fence *fence,
					 struct headgate_device *device)
{
	struct headgate_job *old;

	hold->bucket = headgate_bucket(&headgate_jobs, fence);
	hold->device = device;
	spin_lock_irqsave(&hold->bucket->lock, hold->flags);
	old = headgate_job_find(hold->bucket, fence);
	if (unlikely(old))
		headgate_job_give_up(old);
	spin_lock(&device->lock);
}

void headgate_jobs_init(void);
void headgate_jobs_exit(void);

#endif
