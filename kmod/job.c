// SPDX-License-Identifier: GPL-2.0
/*
 * Jobs: their table by fence, and what each step of a job does to the books.
 *
 * Order of locks: a bucket of the table, then the device. Who holds the bucket
 * keeps the job alive: it is freed only after it was taken out.
 */
#include <linux/dma-fence.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "batch.h"
#include "flow.h"
#include "job.h"
#include "lane.h"
#include "settings.h"
#include "trace.h"

/*
 * 10 min with the engine, past every driver's time-out: the completion of such
 * a job was missed. It is given up, or its lane would be full for ever.
 */
#define LOST_NS (600ULL * NSEC_PER_SEC)
#define LOST_JIFFIES (60 * HZ) /* how often to look */

/*
 * Jobs kept by a device for the next submissions: some more than are in flight
 * when their queue is at its horizon. Allocating anew would be a tenth of what
 * headgate costs a submission, most of it zeroing.
 */
#define SPARE_MAX 32

struct headgate_buckets headgate_jobs; /* by fence */

static void jobs_reap(struct work_struct *work);
static DECLARE_DELAYED_WORK(jobs_reaper, jobs_reap);

static struct headgate_job *bucket_find(struct headgate_bucket *bucket,
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
 * headgate_job_do - do something to a job, if there is one
 * @fence: its key
 * @step: called with the job, its device locked, and the time
 *
 * Context: any.
 */
void headgate_job_do(const struct dma_fence *fence,
		     void (*step)(struct headgate_job *job, u64 now))
{
	struct headgate_bucket *bucket = headgate_bucket(&headgate_jobs, fence);
	struct headgate_device *device;
	struct headgate_job *job;
	unsigned long flags;

	spin_lock_irqsave(&bucket->lock, flags);
	job = bucket_find(bucket, fence);
	if (job) {
		device = job->flow->lane->device;
		spin_lock(&device->lock);
		step(job, ktime_get_ns());
		spin_unlock(&device->lock);
	}
	spin_unlock_irqrestore(&bucket->lock, flags);
}

/**
 * headgate_job_take - take a job out of the table
 * @fence: its key
 *
 * Context: any.
 * Return: the job, which is the caller's now, or NULL.
 */
struct headgate_job *headgate_job_take(const struct dma_fence *fence)
{
	struct headgate_bucket *bucket = headgate_bucket(&headgate_jobs, fence);
	struct headgate_job *job;
	unsigned long flags;

	spin_lock_irqsave(&bucket->lock, flags);
	job = bucket_find(bucket, fence);
	if (job)
		hlist_del(&job->node);
	spin_unlock_irqrestore(&bucket->lock, flags);
	return job;
}

/**
 * headgate_job_make - a job to be filled in and inserted
 * @device: device
 * @fence: its key
 *
 * Context: under the device's lock.
 * Return: the job, neither charged nor blocked nor run, or NULL for lack of memory.
 */
struct headgate_job *headgate_job_make(struct headgate_device *device,
				       const struct dma_fence *fence)
{
	struct headgate_job *job;

	lockdep_assert_held(&device->lock);
	job = hlist_entry_safe(device->spare_jobs.first, struct headgate_job, node);
	if (job) {
		hlist_del(&job->node);
		device->spare_count--;
	} else {
		job = kmalloc(sizeof(*job), GFP_ATOMIC | __GFP_NOWARN);
	}
	if (!job) {
		atomic64_inc(&headgate_counters.jobs_unmetered);
		return NULL;
	}
	atomic_inc(&headgate_counters.jobs_live);
	job->fence = fence;
	job->charge.flow = NULL;
	job->blocked = false;
	job->run_at = 0;
	return job;
}

static void job_free(struct headgate_device *device, struct headgate_job *job)
{
	lockdep_assert_held(&device->lock);
	atomic_dec(&headgate_counters.jobs_live);
	if (device->spare_count >= SPARE_MAX) {
		kfree(job);
		return;
	}
	hlist_add_head(&job->node, &device->spare_jobs);
	device->spare_count++;
}

/**
 * headgate_job_block - a job waits for a fence: count nothing against the lane
 * @job: job
 * @now: time
 *
 * Context: under the device's lock.
 */
void headgate_job_block(struct headgate_job *job, u64 now)
{
	struct headgate_lane *lane = job->flow->lane;

	if (job->blocked || job->run_at)
		return;
	job->blocked = true;
	list_move_tail(&job->entry, &lane->blocked);
	headgate_lane_settle(lane, now);
	lane->outstanding--;
	if (headgate_flow_governed(job->flow))
		queue_block(&job->charge, now);
}

/**
 * headgate_job_unblock - a job waits for nothing but the engine
 * @job: job
 * @now: time
 *
 * Context: under the device's lock.
 */
void headgate_job_unblock(struct headgate_job *job, u64 now)
{
	struct headgate_lane *lane = job->flow->lane;

	if (!job->blocked)
		return;
	job->blocked = false;
	list_move_tail(&job->entry, &lane->queued);
	headgate_lane_settle(lane, now);
	lane->outstanding++;
	if (headgate_flow_governed(job->flow))
		queue_unblock(&job->charge, now);
}

/**
 * headgate_job_run - a job is with the engine from now on
 * @job: job
 * @now: time
 *
 * Context: under the device's lock.
 */
void headgate_job_run(struct headgate_job *job, u64 now)
{
	if (!job->run_at) /* it may be run again after a reset */
		job->flow->lane->running++;
	job->run_at = now;
	list_del_init(&job->entry);
	if (headgate_flow_governed(job->flow))
		queue_run(&job->charge, now);
}

/**
 * headgate_job_close - the books of a job that is done
 * @job: job with its @cost and @error, in no list; freed
 * @now: time
 *
 * Context: under the device's lock; the lane is settled, and to be dispatched.
 */
void headgate_job_close(struct headgate_job *job, u64 now)
{
	struct headgate_flow *flow = job->flow;
	struct headgate_lane *lane = flow->lane;
	u64 queued = (job->run_at ?: now) - job->queued_at;

	flow->ledger.jobs++;
	flow->ledger.busy_ns += job->cost;
	flow->ledger.queued_ns += queued;
	if (job->error)
		flow->ledger.failed++;
	trace_headgate_job_done(flow->agent_id, lane->id, job->cost, queued, job->error);
	if (headgate_flow_governed(flow))
		queue_done(&job->charge, job->cost, now);
	lane->outstanding--;
	headgate_flow_put(flow);
	job_free(lane->device, job);
}

/**
 * headgate_job_finish - a job is done: the books, and whoever is next
 * @job: job, out of the table; freed
 * @error: error of its fence, or 0
 * @now: time
 *
 * Context: under the device's lock.
 */
void headgate_job_finish(struct headgate_job *job, int error, u64 now)
{
	struct headgate_lane *lane = job->flow->lane;

	job->error = error;
	headgate_job_unblock(job, now);
	if (lane->running > 1 && job->run_at) {
		headgate_batch_add(lane, job, now);
		return;
	}
	job->cost = 0;
	if (job->run_at) {
		job->cost = now - max(job->run_at, lane->last_done);
		lane->last_done = now;
		lane->running = 0;
	} else {
		list_del(&job->entry);
	}
	headgate_lane_settle(lane, now);
	headgate_job_close(job, now);
	headgate_lane_dispatch(lane, now);
}

/**
 * headgate_job_insert - let a job be found
 * @job: job with its @flow
 *
 * Context: any.
 */
void headgate_job_insert(struct headgate_job *job)
{
	struct headgate_bucket *bucket = headgate_bucket(&headgate_jobs, job->fence);
	struct headgate_device *device;
	struct headgate_job *old;
	unsigned long flags;

	spin_lock_irqsave(&bucket->lock, flags);
	old = bucket_find(bucket, job->fence);
	if (old)
		hlist_del(&old->node);
	hlist_add_head(&job->node, &bucket->head);
	spin_unlock_irqrestore(&bucket->lock, flags);
	if (!old)
		return;
	/* Its memory is used again: it cannot be alive. */
	atomic64_inc(&headgate_counters.jobs_lost);
	device = old->flow->lane->device;
	spin_lock_irqsave(&device->lock, flags);
	headgate_job_finish(old, 0, ktime_get_ns());
	spin_unlock_irqrestore(&device->lock, flags);
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

/**
 * headgate_jobs_free_spare - free what a device has kept
 * @device: device that nobody uses any more
 */
void headgate_jobs_free_spare(struct headgate_device *device)
{
	struct headgate_job *job;
	struct hlist_node *next;

	hlist_for_each_entry_safe(job, next, &device->spare_jobs, node)
		kfree(job);
}

/* The probes are gone: what is in flight is not followed any more. */
void headgate_jobs_exit(void)
{
	cancel_delayed_work_sync(&jobs_reaper);
	for (int i = 0; i < ARRAY_SIZE(headgate_jobs.bucket); i++)
		bucket_give_up(&headgate_jobs.bucket[i], U64_MAX);
}
