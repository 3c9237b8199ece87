/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pressure: who waits for the engines, and for how long. Theory: Documentation/pressure.rst.
 *
 * What waits is a ticket in line, and a job that was queued behind another and is not with
 * the engine. Groups count both: an agent on a device with the agents below it, a lane,
 * a device. All under the device's lock.
 */
#ifndef _HEADGATE_PRESSURE_H
#define _HEADGATE_PRESSURE_H

#include "flow.h"

struct headgate_job;

void headgate_pressure_change(struct headgate_flow *flow, int waiting, int running, u64 now);
void headgate_pressure_job_runs(struct headgate_flow *flow, struct headgate_job *job, u64 now);
void headgate_pressure_job_queued(struct headgate_job *job, u64 now);
void headgate_pressure_job_left(struct headgate_job *job, u64 now);
void headgate_pressure_set_parent(struct headgate_flow *flow, struct headgate_flow *parent);

/* Whether the lane has anything ahead of the place in @queued that is @turn. */
static inline bool headgate_pressure_behind(const struct headgate_lane *lane,
					    const struct fifo_node *turn)
{
	return lane->running || lane->queued.first != turn;
}

/*
 * While nothing waits on the device no group of it is in any state, so that counts are all
 * there is to keep: on the way of each job, and so in as few instructions as can be.
 */
static inline bool headgate_pressure_count(struct headgate_flow *flow, struct headgate_lane *lane,
					   int n)
{
	struct headgate_account *account = flow->account;
	struct headgate_device *device = lane->device;

	lockdep_assert_held(&device->lock);
	if (unlikely(device->pressure.waiting || flow->queue.parent))
		return false;
	flow->running += n;
	device->pressure.running += n;
	if (account)
		account->pressure.running += n;
	return true;
}

/**
 * headgate_pressure_run - a job came to the engine
 * @flow: its flow
 * @lane: the flow's, whose @running counts the job already
 * @job: job, or NULL: one that did not wait
 * @now: time
 *
 * Context: under the device's lock.
 */
static inline void headgate_pressure_run(struct headgate_flow *flow, struct headgate_lane *lane,
					 struct headgate_job *job, u64 now)
{
	if (unlikely(!headgate_pressure_count(flow, lane, 1)))
		headgate_pressure_job_runs(flow, job, now);
}

/**
 * headgate_pressure_end - a job left the engine
 * @flow: its flow
 * @lane: the flow's, whose @running counts the job no more
 * @now: time
 *
 * Context: under the device's lock.
 */
static inline void headgate_pressure_end(struct headgate_flow *flow, struct headgate_lane *lane,
					 u64 now)
{
	if (unlikely(!headgate_pressure_count(flow, lane, -1)))
		headgate_pressure_change(flow, 0, -1, now);
}

#endif
