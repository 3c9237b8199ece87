// SPDX-License-Identifier: GPL-2.0
/*
 * Jobs: what each step of one does to the books. Under the device's lock.
 */

#include "announce.h"
#include "batch.h"
#include "cache.h"
#include "flow.h"
#include "job.h"
#include "lane.h"
#include "settings.h"
#include "trace.h"

/*
 * Jobs kept by a device for the next submissions: some more than are in flight
 * when their queue is at its horizon. Allocating anew would be a tenth of what
 * headgate costs a submission, most of it zeroing.
 */
#define SPARE_MAX 32

/**
 * headgate_job_alloc - memory for a job, when the device has none to spare
 * @device: device
 *
 * Context: under the device's lock.
 * Return: the memory, or NULL, since there is none or the device is forgotten: counted.
 */
struct headgate_job *headgate_job_alloc(const struct headgate_device *device)
{
	struct headgate_job *job = NULL;

	if (!device->forgotten)
		job = kmem_cache_alloc(headgate_caches.job, GFP_ATOMIC | __GFP_NOWARN);
	if (!job)
		atomic64_inc(&headgate_counters.jobs_unmetered);
	return job;
}

static void job_free(struct headgate_device *device, struct headgate_job *job)
{
	lockdep_assert_held(&device->lock);
	atomic_dec(&headgate_counters.jobs_live);
	if (device->spare_count >= SPARE_MAX) {
		kmem_cache_free(headgate_caches.job, job);
		return;
	}
	job->spare = device->spare_jobs;
	device->spare_jobs = job;
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
	headgate_pressure_job_left(job, now);
	job->blocked = true;
	fifo_del(&lane->queued, &job->turn);
	list_add_tail(&job->entry, &lane->blocked);
	headgate_lane_settle(lane, now);
	lane->outstanding--;
	if (headgate_flow_governed(job->flow))
		queue_block(&job->charge, now);
}

/**
 * headgate_job_set_runnable - a job that was blocked waits for nothing but the engine
 * @job: blocked job
 * @now: time
 *
 * Context: under the device's lock.
 */
void headgate_job_set_runnable(struct headgate_job *job, u64 now)
{
	struct headgate_lane *lane = job->flow->lane;

	job->blocked = false;
	list_del(&job->entry);
	fifo_add(&lane->queued, &job->turn);
	headgate_lane_settle(lane, now);
	lane->outstanding++;
	if (headgate_flow_governed(job->flow))
		queue_unblock(&job->charge, now);
	if (headgate_pressure_behind(lane, &job->turn))
		headgate_pressure_job_queued(job, now);
}

static __always_inline void job_close(struct headgate_job *job, struct headgate_lane *lane,
				      u64 done_at, u64 now)
{
	struct headgate_flow *flow = job->flow;
	u64 queued = (job->run_at ?: now) - job->queued_at;
	u64 paid = unlikely(job->announced) ? job->paid : 0;

	flow->ledger.jobs++;
	flow->ledger.busy_ns += job->cost;
	flow->ledger.queued_ns += queued;
	if (unlikely(job->error)) {
		flow->ledger.failed++;
		if (job->error == -ESRCH) {
			flow->cancelled++;
		} else {
			flow->failed_pid = job->pid;
			flow->failed_error = -job->error;
		}
	}
	trace_headgate_job_done(flow->agent_id, lane->id, job->queued_at, job->run_at, done_at,
				paid + job->cost, job->error);
	if (headgate_flow_governed(flow))
		queue_done(&job->charge, job->cost, now);
	lane->outstanding--;
	headgate_flow_put(flow);
	job_free(lane->device, job);
}

/**
 * headgate_job_close - the books of a job that ended with the lane's last batch
 * @job: job with its @cost and @error, in no list; freed
 * @now: time
 *
 * Context: under the device's lock; the lane is settled, and to be dispatched.
 */
void headgate_job_close(struct headgate_job *job, u64 now)
{
	struct headgate_lane *lane = job->flow->lane;

	job_close(job, lane, lane->last_done, now);
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
	bool holds;

	job->error = error;
	if (unlikely(job->announced))
		headgate_announce_end(job, now);
	headgate_job_unblock(job, now);
	if ((lane->running > 1 || unlikely(lane->class)) && job->run_at) {
		headgate_batch_add(lane, job, now);
		return;
	}
	job->cost = 0;
	if (likely(job->run_at)) {
		job->cost = now - headgate_lane_uncharged_since(lane);
		lane->last_done = now;
		lane->turned_at = now;
		lane->running = 0;
		headgate_pressure_end(job->flow, lane, now);
	} else {
		headgate_pressure_job_left(job, now);
		fifo_del(&lane->queued, &job->turn);
	}
	holds = headgate_lane_holds(lane); /* which a job's end does not change */
	if (unlikely(holds))
		headgate_lane_settle_held(lane, now);
	job_close(job, lane, now, now);
	if (unlikely(holds))
		headgate_lane_dispatch_held(lane, now);
}

/**
 * headgate_jobs_free_spare - free what a device has kept
 * @device: device that has no job, and gets none any more
 */
void headgate_jobs_free_spare(struct headgate_device *device)
{
	struct headgate_job *job;

	while ((job = device->spare_jobs)) {
		device->spare_jobs = job->spare;
		kmem_cache_free(headgate_caches.job, job);
	}
}
