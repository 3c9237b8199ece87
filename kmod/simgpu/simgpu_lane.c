// SPDX-License-Identifier: GPL-2.0
/*
 * Lanes: an open file's entity on one engine, its beginning and its end.
 */
#include "simgpu.h"

static int own_sched(struct simgpu_lane *lane, struct simgpu_device *sdev,
		     struct simgpu_engine *engine)
{
	static atomic_t queues;

	snprintf(lane->name, sizeof(lane->name), "%s-q%u", engine->name,
		 atomic_inc_return(&queues));
	lane->sched = &lane->own;
	lane->ring = &lane->own_ring;
	simgpu_ring_init(lane->ring);
	return simgpu_sched_create(sdev, lane->sched, lane->name);
}

/**
 * simgpu_lane_init() - open a lane
 * @lane: the lane, zeroed
 * @sdev: the device
 * @engine: the engine it leads to
 *
 * Context: process; may sleep.
 * Return: 0 or a negative errno.
 */
int simgpu_lane_init(struct simgpu_lane *lane, struct simgpu_device *sdev,
		     struct simgpu_engine *engine)
{
	int ret;

	mutex_init(&lane->lock);
	lane->sched = &engine->sched;
	lane->ring = &engine->ring;
	ret = sdev->per_queue ? own_sched(lane, sdev, engine) : 0;
	if (ret) {
		lane->sched = NULL;
		return ret;
	}
	return drm_sched_entity_init(&lane->entity, DRM_SCHED_PRIORITY_NORMAL,
				     &lane->sched, 1, NULL);
}

/**
 * simgpu_lane_free() - the end of a lane that is closed; no job and no fence is left
 * @lane: the lane
 *
 * Context: process; may sleep.
 */
void simgpu_lane_free(struct simgpu_lane *lane)
{
	if (lane->sched == &lane->own)
		drm_sched_fini(lane->sched);
}

/**
 * simgpu_lane_flush() - let the queued jobs go to the hardware
 * @lane: the lane
 * @timeout: most jiffies to wait if the task is exiting
 *
 * Context: process, in a close that SIGKILL did not cause; may sleep.
 * Return: what is left of @timeout.
 */
long simgpu_lane_flush(struct simgpu_lane *lane, long timeout)
{
	return drm_sched_entity_flush(&lane->entity, timeout);
}

static bool is_empty(struct simgpu_lane *lane, struct simgpu_engine *engine)
{
	const struct drm_simgpu_counts *jobs = &lane->jobs;
	bool empty;

	spin_lock_irq(&engine->lock);
	empty = jobs->submitted == jobs->completed + jobs->failed + jobs->cancelled;
	spin_unlock_irq(&engine->lock);
	return empty;
}

/* Why it may have to stop: see simgpu_lane_fini(). */
static void scheduler_stop(struct simgpu_lane *lane, struct simgpu_engine *engine)
{
	mutex_lock(&engine->stop_lock);
	drm_sched_wqueue_stop(lane->sched);
}

static void scheduler_start(struct simgpu_lane *lane, struct simgpu_engine *engine)
{
	drm_sched_wqueue_start(lane->sched);
	mutex_unlock(&engine->stop_lock);
}

/**
 * simgpu_lane_stop() - a killed process closes a file that others may have open
 * @lane: the lane
 * @engine: the engine it leads to
 *
 * If the process was the last to submit, drm_sched cancels the jobs that are
 * queued. What is submitted later enters the entity, but is not run; it is
 * cancelled when the file is closed.
 *
 * Context: process that exits by SIGKILL; may sleep.
 */
void simgpu_lane_stop(struct simgpu_lane *lane, struct simgpu_engine *engine)
{
	scheduler_stop(lane, engine);
	drm_sched_entity_flush(&lane->entity, 0);
	scheduler_start(lane, engine);
}

/**
 * simgpu_lane_fini() - close a lane; jobs that never ran are cancelled
 * @lane: the lane
 * @engine: the engine it leads to
 *
 * While drm_sched takes a job from an entity that has more, it puts the entity
 * back into the run queue's tree, even if the entity has been killed and taken
 * out a moment before; it then stays there after it was freed. So the scheduler
 * is stopped meanwhile, unless there is no job that could be taken. The engine
 * works on.
 *
 * Context: process; may sleep.
 */
void simgpu_lane_fini(struct simgpu_lane *lane, struct simgpu_engine *engine)
{
	if (is_empty(lane, engine)) {
		drm_sched_entity_fini(&lane->entity);
		return;
	}
	scheduler_stop(lane, engine);
	drm_sched_entity_fini(&lane->entity);
	scheduler_start(lane, engine);
}
