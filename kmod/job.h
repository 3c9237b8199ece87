/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_JOB_H
#define _HEADGATE_JOB_H

#include <linux/list.h>
#include <linux/types.h>

#include "flow.h"
#include "lane.h"
#include "pressure.h"
#include "settings.h"
#include "slices.h"

struct dma_fence;
struct drm_sched_entity;
struct headgate_flow;
struct headgate_ticket;

/**
 * struct headgate_job - one unit that a driver hands to an engine
 * @node: in the table by fence, whose bucket's lock also keeps the job alive
 * @spare: the next of the device's spare ones
 * @fence: the key
 * @entity: drm_sched entity, the key of jobs that run in order; or NULL
 * @flow: who pays; @flow->outstanding counts the job
 * @charge: what was charged for it, when @flow is governed
 * @turn: in the lane's @queued, its @announced or its @served
 * @entry: in the lane's @blocked or @done
 * @blocked: waits for a fence: does not count against the lane
 * @waits: counts as waiting, see pressure.h
 * @own_wait: has a dependency of its own, not only one before it in @entity
 * @announced: known since its fence was made, see announce.c
 * @overtaken: one that came after it to the engine of a class is done
 * @queued_at: when it was queued
 * @run_at: when it was handed to the engine, or 0
 * @cost: engine time, once it is done; while it runs, what it is known to have had
 * @paid: when @announced, what of its cost is in the books already
 * @maker: when @announced, the ticket that announced it, to compare
 * @pid: thread group of the task that queued it
 * @error: of its fence, once it is done
 *
 * All but @node under the device's lock.
 */
struct headgate_job {
	union {
		struct hlist_node node;
		struct headgate_job *spare;
	};
	const struct dma_fence *fence;
	const struct drm_sched_entity *entity;
	struct headgate_flow *flow;
	struct queue_charge charge;
	struct fifo_node turn;
	struct list_head entry;
	bool blocked;
	bool waits;
	bool own_wait;
	bool announced;
	bool overtaken;
	u64 queued_at;
	u64 run_at;
	u64 cost;
	u64 paid;
	const struct headgate_ticket *maker;
	pid_t pid;
	int error;
};

struct headgate_job *headgate_job_alloc(const struct headgate_device *device);

/**
 * headgate_job_make - a job to be filled in and put into the table
 * @device: device
 * @fence: its key
 *
 * Context: under the device's lock.
 * Return: the job, neither charged nor blocked nor run, or NULL for lack of memory.
 */
static inline struct headgate_job *headgate_job_make(struct headgate_device *device,
						     const struct dma_fence *fence)
{
	struct headgate_job *job;

	lockdep_assert_held(&device->lock);
	job = device->spare_jobs;
	if (likely(job)) {
		device->spare_jobs = job->spare;
		device->spare_count--;
	} else {
		job = headgate_job_alloc(device);
		if (!job)
			return NULL;
	}
	atomic_inc(&headgate_counters.jobs_live);
	job->fence = fence;
	job->charge.flow = NULL;
	job->blocked = false;
	job->waits = false;
	job->announced = false;
	job->run_at = 0;
	return job;
}

void headgate_job_block(struct headgate_job *job, u64 now);
void headgate_job_set_runnable(struct headgate_job *job, u64 now);

/**
 * headgate_job_unblock - a job waits for nothing but the engine
 * @job: job
 * @now: time
 *
 * Context: under the device's lock.
 */
static inline void headgate_job_unblock(struct headgate_job *job, u64 now)
{
	if (unlikely(job->blocked))
		headgate_job_set_runnable(job, now);
}

/**
 * headgate_job_run - a job is with the engine from now on
 * @job: job
 * @now: time
 *
 * Context: under the device's lock.
 */
static inline void headgate_job_run(struct headgate_job *job, u64 now)
{
	struct headgate_flow *flow = job->flow;
	struct headgate_lane *lane = flow->lane;

	if (likely(!job->run_at)) { /* it may be run again after a reset */
		if (!lane->running)
			headgate_lane_turn(lane, now);
		fifo_del(&lane->queued, &job->turn);
		job->run_at = now;
		job->cost = 0;
		if (unlikely(lane->class))
			headgate_slices_run(lane, job, now);
		lane->running++;
		headgate_pressure_run(flow, lane, job, now);
	}
	if (headgate_flow_governed(flow))
		queue_run(&job->charge, now);
}

void headgate_job_close(struct headgate_job *job, u64 now);
void headgate_job_finish(struct headgate_job *job, int error, u64 now);

void headgate_jobs_free_spare(struct headgate_device *device);

#endif
