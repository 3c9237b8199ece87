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
void headgate_pressure_job_queued(struct headgate_job *job, u64 now);
void headgate_pressure_job_left(struct headgate_job *job, u64 now);
void headgate_pressure_set_parent(struct headgate_flow *flow, struct headgate_flow *parent);

/* Whether a job that comes to the lane now has another ahead of it. */
static inline bool headgate_pressure_behind(const struct headgate_lane *lane)
{
	return lane->running || lane->queued.first;
}

/**
 * headgate_pressure_runs - jobs came to the engine, or left it
 * @flow: their flow
 * @n: how many came; left, if negative
 * @now: time
 *
 * While nothing waits on the device no group of it is in any state, so that counts are all
 * there is to keep.
 *
 * Context: under the device's lock.
 */
static inline void headgate_pressure_runs(struct headgate_flow *flow, int n, u64 now)
{
	struct headgate_device *device = flow->lane->device;
	struct headgate_account *account;
	struct queue_flow *queue;

	lockdep_assert_held(&device->lock);
	if (unlikely(device->pressure.waiting)) {
		headgate_pressure_change(flow, 0, n, now);
		return;
	}
	flow->running += n;
	flow->lane->pressure.running += n;
	device->pressure.running += n;
	for (queue = &flow->queue; queue; queue = queue->parent) {
		account = headgate_flow_of(queue)->account;
		if (account)
			account->pressure.running += n;
	}
}

#endif
