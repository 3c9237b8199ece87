// SPDX-License-Identifier: GPL-2.0
/*
 * The table of jobs by fence, and the end of those whose completion was missed.
 *
 * Order of locks: a bucket of the table, then the device. Who holds the bucket
 * keeps the job alive: it is freed only after it was taken out.
 */
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "job_table.h"
#include "settings.h"

/*
 * 10 min with the engine, past every driver's time-out: the completion of such
 * a job was missed. It is given up, or its lane would be full for ever.
 */
#define LOST_NS (600ULL * NSEC_PER_SEC)
#define LOST_JIFFIES (60 * HZ) /* how often to look */

struct headgate_buckets headgate_jobs;

static void jobs_reap(struct work_struct *work);
static DECLARE_DELAYED_WORK(jobs_reaper, jobs_reap);

/**
 * headgate_job_give_up - forget a job whose fence's memory is used again
 * @job: job, whose bucket is locked; freed
 *
 * It cannot be alive: its completion was missed.
 */
void headgate_job_give_up(struct headgate_job *job)
{
	struct headgate_device *device = job->flow->lane->device;

	atomic64_inc(&headgate_counters.jobs_lost);
	hlist_del(&job->node);
	spin_lock(&device->lock);
	headgate_job_finish(job, 0, ktime_get_ns());
	spin_unlock(&device->lock);
}

/* Gives up the jobs of a bucket that were handed to the engine before @until. */
static void bucket_give_up(struct headgate_bucket *bucket, u64 until)
{
	struct headgate_job *job;
	struct hlist_node *next;
	unsigned long flags;

	spin_lock_irqsave(&bucket->lock, flags);
	hlist_for_each_entry_safe(job, next, &bucket->head, node) {
		struct headgate_device *device = job->flow->lane->device;

		spin_lock(&device->lock);
		if (until == U64_MAX || (job->run_at && job->run_at < until)) {
			hlist_del(&job->node);
			headgate_job_finish(job, 0, ktime_get_ns());
			if (until != U64_MAX)
				atomic64_inc(&headgate_counters.jobs_lost);
		}
		spin_unlock(&device->lock);
	}
	spin_unlock_irqrestore(&bucket->lock, flags);
}

static void jobs_reap(struct work_struct *work)
{
	u64 now = ktime_get_ns();

	for (int i = 0; now > LOST_NS && i < ARRAY_SIZE(headgate_jobs.bucket); i++)
		bucket_give_up(&headgate_jobs.bucket[i], now - LOST_NS);
	schedule_delayed_work(&jobs_reaper, LOST_JIFFIES);
}

void headgate_jobs_init(void)
{
	headgate_buckets_init(&headgate_jobs);
	schedule_delayed_work(&jobs_reaper, LOST_JIFFIES);
}

/* The probes are gone: what is in flight is not followed any more. */
void headgate_jobs_exit(void)
{
	cancel_delayed_work_sync(&jobs_reaper);
	for (int i = 0; i < ARRAY_SIZE(headgate_jobs.bucket); i++)
		bucket_give_up(&headgate_jobs.bucket[i], U64_MAX);
}
