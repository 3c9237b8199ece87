/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernel differences, and nothing else. SIMGPU_HAS_* come from Kbuild, which
 * looks into the headers: 6.12 stable has taken back some of the changes.
 */
#ifndef _SIMGPU_COMPAT_H_
#define _SIMGPU_COMPAT_H_

#include <drm/drm_drv.h>
#include <drm/gpu_scheduler.h>

#include "../compat/hrtimer.h"

/* struct drm_driver lost .date in 6.14 (cb2e1c2136f7). */
#ifdef SIMGPU_HAS_DRIVER_DATE
#define SIMGPU_DRIVER_DATE	.date = "20260101",
#else
#define SIMGPU_DRIVER_DATE
#endif

/* DRM_GPU_SCHED_STAT_NOMINAL became _RESET in 6.17. */
#ifdef SIMGPU_HAS_STAT_RESET
#define SIMGPU_SCHED_RESET	DRM_GPU_SCHED_STAT_RESET
#else
#define SIMGPU_SCHED_RESET	DRM_GPU_SCHED_STAT_NOMINAL
#endif

/* drm_sched_init() took its arguments one by one before 6.15. */
static inline int simgpu_sched_init(struct drm_gpu_scheduler *sched,
				    const struct drm_sched_backend_ops *ops,
				    u32 credits, long timeout,
				    const char *name, struct device *dev)
{
#ifdef SIMGPU_HAS_INIT_ARGS
	const struct drm_sched_init_args args = {
		.ops = ops,
#ifdef SIMGPU_HAS_NUM_RQS
		.num_rqs = DRM_SCHED_PRIORITY_COUNT,
#endif
		.credit_limit = credits,
		.timeout = timeout,
		.name = name,
		.dev = dev,
	};

	return drm_sched_init(sched, &args);
#else
	return drm_sched_init(sched, ops, NULL, DRM_SCHED_PRIORITY_COUNT,
			      credits, 0, timeout, NULL, NULL, name, dev);
#endif
}

/* drm_sched_job_init() learnt the client's id in 6.17. */
static inline int simgpu_sched_job_init(struct drm_sched_job *job,
					struct drm_sched_entity *entity,
					u32 credits, void *owner, u64 client_id)
{
#ifdef SIMGPU_HAS_CLIENT_ID
	return drm_sched_job_init(job, entity, credits, owner, client_id);
#else
	return drm_sched_job_init(job, entity, credits, owner);
#endif
}

/*
 * drm_sched_start() has an errno since 6.13, for jobs without a fence but also
 * for those that ended meanwhile and without error. Ours all have a fence.
 */
static inline void simgpu_sched_start(struct drm_gpu_scheduler *sched)
{
#ifdef SIMGPU_HAS_START_ERRNO
	drm_sched_start(sched, 0);
#else
	drm_sched_start(sched);
#endif
}

/*
 * Since 6.15 drivers tell user space of a reset, as of what it could not mend;
 * with the task that was to blame since 6.17. An accel device has no node of
 * the kind that the kernel takes for that.
 */
static inline void simgpu_tell_reset(struct drm_device *drm)
{
#ifdef SIMGPU_HAS_WEDGED
	if (drm->primary)
		drm_dev_wedged_event(drm, DRM_WEDGE_RECOVERY_NONE, NULL);
#endif
}

#endif /* _SIMGPU_COMPAT_H_ */
