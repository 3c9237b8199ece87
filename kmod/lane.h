/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_LANE_H
#define _HEADGATE_LANE_H

#include "device.h"

struct headgate_lane *headgate_lane_of_sched(struct headgate_device *device,
					     const struct drm_gpu_scheduler *sched);
struct headgate_lane *headgate_lane_of_fences(struct headgate_device *device);
bool headgate_lane_serves(const struct headgate_lane *lane, const struct drm_gpu_scheduler *sched);
void headgate_lanes_classify(struct headgate_device *device);
struct headgate_lane *headgate_lane_find(struct headgate_device *device, u32 id);
void headgate_lane_init(struct headgate_lane *lane, struct headgate_device *device,
			const char *name);
void headgate_lane_settle_held(struct headgate_lane *lane, u64 now);
void headgate_lane_dispatch_held(struct headgate_lane *lane, u64 now);
void headgate_lanes_free(struct headgate_device *device);

/* Most of the time nothing waits, and there is nothing to do. */
static inline bool headgate_lane_holds(const struct headgate_lane *lane)
{
	lockdep_assert_held(&lane->device->lock);
	return lane->waiting || lane->held_idle_since;
}

/**
 * headgate_lane_turn - the first job came to the engine
 * @lane: lane
 * @now: time
 *
 * Context: under the device's lock.
 */
static inline void headgate_lane_turn(struct headgate_lane *lane, u64 now)
{
	lockdep_assert_held(&lane->device->lock);
	lane->idle_ns += now - lane->turned_at;
	lane->turned_at = now;
}

/**
 * headgate_lane_uncharged_since - since when no job has been charged for the engine
 * @lane: lane with a job at the engine
 *
 * Who is done next pays for all of it: on an engine that serves its jobs in order that is what
 * the job took. Where queues are served in slices, see slices.c.
 *
 * Context: under the device's lock.
 */
static inline u64 headgate_lane_uncharged_since(const struct headgate_lane *lane)
{
	return max(lane->turned_at, lane->last_done);
}

/**
 * headgate_lane_settle - count the time in which a lane idled for no reason
 * @lane: lane whose @waiting or @outstanding is about to change
 * @now: time
 *
 * Context: under the device's lock.
 */
static inline void headgate_lane_settle(struct headgate_lane *lane, u64 now)
{
	if (headgate_lane_holds(lane))
		headgate_lane_settle_held(lane, now);
}

/**
 * headgate_lane_dispatch - let in whom the queue says
 * @lane: lane on which something has changed
 * @now: time
 *
 * Context: under the device's lock.
 */
static inline void headgate_lane_dispatch(struct headgate_lane *lane, u64 now)
{
	if (headgate_lane_holds(lane))
		headgate_lane_dispatch_held(lane, now);
}

#endif
