/* SPDX-License-Identifier: MIT */
/*
 * simgpu: user space interface of a simulated GPU.
 *
 * A job does nothing but hold one engine for a stated time. All structures
 * have the same layout for 32-bit and 64-bit callers.
 *
 * Fields marked "must be zero" are refused with EINVAL when they are not.
 * Any call may also return EFAULT (a pointer of the caller's is bad), ENOMEM,
 * and ENODEV (the device is gone).
 */
#ifndef _UAPI_SIMGPU_DRM_H_
#define _UAPI_SIMGPU_DRM_H_

#include "drm.h"

#if defined(__cplusplus)
extern "C" {
#endif

#define DRM_SIMGPU_SUBMIT	0x00
#define DRM_SIMGPU_INFO		0x01
#define DRM_SIMGPU_FENCE	0x02
#define DRM_SIMGPU_SIGNAL	0x03

/* One hour: the longest job a client may ask for, in nanoseconds. */
#define SIMGPU_MAX_DURATION_NS	3600000000000ULL
/* The most in-fences of one job. */
#define SIMGPU_MAX_IN_SYNCS	64
/* The most unsignalled software fences of one open file. */
#define SIMGPU_MAX_FENCES	1024

/* The job never ends by itself: the driver's time-out ends it with ETIME. */
#define SIMGPU_SUBMIT_HANG	0x01
/* The job runs for its whole duration and then fails with EIO. */
#define SIMGPU_SUBMIT_FAIL	0x02
/*
 * The job uses a buffer of the next device, which moves it first: 1 ms of its
 * engine 0, queued by the same call. EINVAL where there is one device only.
 */
#define SIMGPU_SUBMIT_MOVE	0x04
#define SIMGPU_SUBMIT_FLAGS \
	(SIMGPU_SUBMIT_HANG | SIMGPU_SUBMIT_FAIL | SIMGPU_SUBMIT_MOVE)

/**
 * struct drm_simgpu_sync - one point of a syncobj
 */
struct drm_simgpu_sync {
	/** @handle: syncobj handle of the caller's file. */
	__u32 handle;
	/** @pad: must be zero. */
	__u32 pad;
	/** @point: timeline point, or 0 for a binary syncobj. */
	__u64 point;
};

/**
 * struct drm_simgpu_submit - queue one job (DRM_IOCTL_SIMGPU_SUBMIT)
 *
 * Jobs of one open file on one engine run in the order of submission. While
 * the file has as many unfinished jobs as the module's ``queue_limit``, the
 * call sleeps until one is finished; a signal interrupts that sleep, and
 * nothing has been queued then.
 *
 * Errors: EINVAL for an engine, a flag, a duration or a non-zero pad that does
 * not exist or is out of range, and for a syncobj (or timeline point) without
 * a fence; E2BIG for more than SIMGPU_MAX_IN_SYNCS in-fences; ENOENT for an
 * unknown syncobj handle; EINTR when a signal ended the sleep.
 */
struct drm_simgpu_submit {
	/** @engine: index of the engine, below &drm_simgpu_info.engines. */
	__u32 engine;
	/** @flags: SIMGPU_SUBMIT_*. */
	__u32 flags;
	/**
	 * @duration_ns: time the job holds its engine, in nanoseconds, before
	 * the engine's slow factor; 0 to SIMGPU_MAX_DURATION_NS.
	 */
	__u64 duration_ns;
	/** @in_syncs: user pointer to &struct drm_simgpu_sync [@in_count]. */
	__u64 in_syncs;
	/** @in_count: in-fences the job waits for, 0 to SIMGPU_MAX_IN_SYNCS. */
	__u32 in_count;
	/** @out_sync: syncobj that gets the job's fence, or 0 for none. */
	__u32 out_sync;
	/** @out_point: timeline point of @out_sync, or 0 for a binary one. */
	__u64 out_point;
	/** @seqno: out: 1 for the file's first job on this engine, and so on. */
	__u64 seqno;
	/**
	 * @stamp: anything, such as the time of the call; the job's trace
	 * event shows it. Callers that know nothing of it pass 0.
	 */
	__u64 stamp;
};

/**
 * struct drm_simgpu_counts - what became of jobs
 *
 * @submitted - (@completed + @failed + @cancelled) jobs are unfinished. A job
 * is counted as finished before its out-fence signals, except cancelled ones,
 * which are counted soon after.
 */
struct drm_simgpu_counts {
	/** @submitted: jobs queued. */
	__u64 submitted;
	/** @completed: jobs that ran to their end. */
	__u64 completed;
	/** @failed: jobs that ended with an error on the engine (EIO, ETIME). */
	__u64 failed;
	/** @cancelled: jobs that never ran: their file was closed. */
	__u64 cancelled;
};

/**
 * struct drm_simgpu_info - figures of the device (DRM_IOCTL_SIMGPU_INFO)
 *
 * Errors: EINVAL for an engine that does not exist or a non-zero pad.
 */
struct drm_simgpu_info {
	/** @engine: in: the engine that @busy_ns and @engine_jobs are about. */
	__u32 engine;
	/** @pad: in: must be zero. */
	__u32 pad;
	/** @engines: out: number of engines. */
	__u32 engines;
	/** @depth: out: hardware queue entries of each engine. */
	__u32 depth;
	/** @queue_limit: out: most unfinished jobs of one open file. */
	__u32 queue_limit;
	/** @timeout_ms: out: job time-out in milliseconds, 0 for none. */
	__u32 timeout_ms;
	/** @busy_ns: out: time @engine was held by jobs, in nanoseconds. */
	__u64 busy_ns;
	/** @client_busy_ns: out: the share of @busy_ns of this open file. */
	__u64 client_busy_ns;
	/** @engine_jobs: out: jobs of @engine since the module was loaded. */
	struct drm_simgpu_counts engine_jobs;
	/** @device_jobs: out: jobs of all engines since the module was loaded. */
	struct drm_simgpu_counts device_jobs;
	/** @client_jobs: out: jobs of this open file, all engines. */
	struct drm_simgpu_counts client_jobs;
};

/**
 * struct drm_simgpu_fence - make a fence by hand (DRM_IOCTL_SIMGPU_FENCE)
 *
 * Puts a new fence into a syncobj. It signals when DRM_IOCTL_SIMGPU_SIGNAL
 * says so, or with ECANCELED when the file is closed, and never before: a job
 * that waits for it waits as long. That is what a real driver must not allow,
 * and what tests need.
 *
 * Errors: EINVAL for a non-zero pad; ENOENT for an unknown syncobj; ENOSPC for
 * more than SIMGPU_MAX_FENCES of them.
 */
struct drm_simgpu_fence {
	/** @sync: syncobj handle. */
	__u32 sync;
	/** @pad: must be zero. */
	__u32 pad;
	/** @point: timeline point of @sync, or 0 for a binary one. */
	__u64 point;
	/** @fence: out: name of the fence within this file, from 1 on. */
	__u32 fence;
	/** @pad2: must be zero. */
	__u32 pad2;
};

/**
 * struct drm_simgpu_signal - signal a fence (DRM_IOCTL_SIMGPU_SIGNAL)
 *
 * Errors: ENOENT for a fence unknown or signalled already; EINVAL for an
 * @error out of range.
 */
struct drm_simgpu_signal {
	/** @fence: &drm_simgpu_fence.fence. */
	__u32 fence;
	/** @error: the fence's error as a negative errno (-4095..-1), or 0. */
	__s32 error;
};

#define DRM_IOCTL_SIMGPU_SUBMIT \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_SIMGPU_SUBMIT, struct drm_simgpu_submit)
#define DRM_IOCTL_SIMGPU_INFO \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_SIMGPU_INFO, struct drm_simgpu_info)
#define DRM_IOCTL_SIMGPU_FENCE \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_SIMGPU_FENCE, struct drm_simgpu_fence)
#define DRM_IOCTL_SIMGPU_SIGNAL \
	DRM_IOW(DRM_COMMAND_BASE + DRM_SIMGPU_SIGNAL, struct drm_simgpu_signal)

#if defined(__cplusplus)
}
#endif

#endif /* _UAPI_SIMGPU_DRM_H_ */
