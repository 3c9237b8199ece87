/* SPDX-License-Identifier: GPL-2.0 */
/*
 * simgpu: a simulated GPU.
 *
 * An ordinary drm_sched driver whose engines are timers. A job asks for some
 * engine time and gets it, to the nanosecond, in simulated hardware that runs
 * one job after another; everything above that (nodes, ioctls, syncobjs,
 * scheduler, fences, time-out and reset, fdinfo) is what real drivers use.
 *
 *	file --- client --- lane[engine] --- entity ---.
 *	                                               drm_sched of the engine
 *	submit ---> simgpu_job -----------------------'    | run_job
 *	               |                                   v
 *	               `--- simgpu_hw_job (its hw fence) -> engine queue, hrtimer
 *
 * The scheduler owns the simgpu_job and frees it with free_job(). The hw job
 * lives as long as anyone holds its fence; the ring that it is in is one holder.
 * With sched_per_queue each lane has a scheduler and a ring of its own, and the
 * engine serves the rings in turn.
 *
 * Lifetime: each fence of ours pins the module from its allocation until after
 * its RCU grace period, so rmmod says EBUSY as long as a job is not done. A
 * client lives until its file is closed and its last fence is gone, and pins
 * the device, so that the engines outlast all jobs, also where the device is
 * unplugged meanwhile: then its hardware ends every job at once.
 *
 * Lock order (outer first):
 *
 *	simgpu_engine.stop_lock (mutex; who may stop the scheduler)
 *	  drm_sched locks; waits for run_job() and free_job()
 *	simgpu_lane.lock (mutex; makes arm and push of a job one step)
 *	  syncobj and drm_sched locks
 *	simgpu_engine.lock (IRQ-safe; a leaf but for the timer's base lock)
 *
 * No spinlock of ours is held while a fence is signalled, and no lock at all
 * while memory is allocated or user memory touched. The timer is not a HARD
 * one, so that on PREEMPT_RT its callback runs in a softirq, where fences may
 * be signalled.
 */
#ifndef _SIMGPU_H_
#define _SIMGPU_H_

#include <linux/dma-fence.h>
#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include <drm/drm_device.h>
#include <drm/drm_file.h>
#include <drm/gpu_scheduler.h>
#include <drm/simgpu_drm.h>

#define SIMGPU_NAME		"simgpu"
#define SIMGPU_MAX_ENGINES	16
/* A slow factor of 1000 permille is an engine at its normal speed. */
#define SIMGPU_SLOW_NORMAL	1000
/* 1000 times slower: with the longest job still far from overflow in ns. */
#define SIMGPU_SLOW_MAX		1000000

struct simgpu_client;
struct simgpu_engine;

/** struct simgpu_fence - common part of the hardware and software fences */
struct simgpu_fence {
	/** @base: initialised when the fence is published. */
	struct dma_fence base;
	/** @lock: @base's lock. */
	spinlock_t lock;
	/** @timeline: name shown in sync_file info; static or the engine's. */
	const char *timeline;
	/** @client: reference for accounting, NULL for software fences. */
	struct simgpu_client *client;
};

/** struct simgpu_ring - jobs that the hardware runs in their order */
struct simgpu_ring {
	/** @jobs: hw jobs; the first may run. Engine's lock. */
	struct list_head jobs;
	/** @node: in &simgpu_engine.rings while there are @jobs. Engine's lock. */
	struct list_head node;
	/** @fence_context: of its hardware fences. */
	u64 fence_context;
	/** @fence_seqno: of the last one; written by run_job() only. */
	u64 fence_seqno;
};

/** struct simgpu_hw_job - a job as the hardware sees it */
struct simgpu_hw_job {
	/** @fence: first, so that both kinds are freed alike. */
	struct simgpu_fence fence;
	/** @node: in @ring's jobs, else empty. Engine's lock. */
	struct list_head node;
	/** @ring: the engine's, or its lane's own. */
	struct simgpu_ring *ring;
	/** @begun: it has had the engine. Engine's lock. */
	bool begun;
	/** @started: when it first had it. */
	ktime_t started;
	/** @left_ns: engine time that it is yet to have; U64_MAX: it hangs. */
	u64 left_ns;
	/** @duration_ns: as the user asked. */
	u64 duration_ns;
	/** @flags: SIMGPU_SUBMIT_*. */
	u32 flags;
	/** @stamp: as the user gave it; for the trace. */
	u64 stamp;
	/** @cgroup: id of the submitter's cgroup v2; for the trace. */
	u64 cgroup;
	/** @submitted: when the driver got it; monotonic clock; for the trace. */
	ktime_t submitted;
	/** @queued: when it reached the engine; monotonic clock. */
	ktime_t queued;
	/** @error: result, 0 or negative errno. Engine's lock until retired. */
	int error;
};

/** struct simgpu_job - a job as drm_sched sees it */
struct simgpu_job {
	/** @base: the scheduler's part. */
	struct drm_sched_job base;
	/** @engine: where it is to run. */
	struct simgpu_engine *engine;
	/** @client: whose slot it fills; valid as long as @hw. */
	struct simgpu_client *client;
	/** @hw: one reference. */
	struct simgpu_hw_job *hw;
	/** @launched: run_job() has published @hw's fence. */
	bool launched;
};

/** struct simgpu_engine - runs one job after another */
struct simgpu_engine {
	/** @sched: its scheduler, where lanes have none of their own. */
	struct drm_gpu_scheduler sched;
	/** @name: ring name, "simgpu-e0" and so on. */
	char name[16];
	/** @index: in &simgpu_device.engine. */
	unsigned int index;
	/** @stop_lock: held from stop to start of a scheduler. */
	struct mutex stop_lock;
	/** @ring: of all jobs, where lanes have none of their own. */
	struct simgpu_ring ring;
	/** @slice_ns: how long a ring is served in its turn; 0: there is but one. */
	u64 slice_ns;

	/** @lock: guards all below and &simgpu_lane's counts and busy time. */
	spinlock_t lock;
	/** @rings: those that have jobs, in turn; the first is served. */
	struct list_head rings;
	/** @turn: the ring whose turn it is or was last, NULL after its end. */
	const struct simgpu_ring *turn;
	/** @turn_ns: what is left of that turn. */
	u64 turn_ns;
	/** @in_hardware: number of their jobs. */
	u64 in_hardware;
	/** @running: first job of the first ring, or NULL when idle. */
	struct simgpu_hw_job *running;
	/** @started: from when on @running has not been counted as busy. */
	ktime_t started;
	/** @ends: when it ends, or its slice does; KTIME_MAX for a hung one. */
	ktime_t ends;
	/** @timer: fires at @ends. A stale expiry is harmless. */
	struct hrtimer timer;
	/** @busy_ns: engine time of retired jobs. */
	u64 busy_ns;
	/** @jobs: counts since the module was loaded. */
	struct drm_simgpu_counts jobs;
	/** @resets: time-outs that ended a job. */
	u64 resets;
	/** @slow: time each new job takes, in permille of what it asks. */
	u32 slow;
	/** @coalesce: ends are told at multiples of so many ns, 0: at once. */
	u32 coalesce;
	/** @hang_next: so many jobs that start next will hang. */
	u32 hang_next;
	/** @fail_next: so many jobs that start next will fail. */
	u32 fail_next;
	/** @unplugged: the device is gone, and ends all jobs with ENODEV. */
	bool unplugged;
};

/** struct simgpu_lane - one open file on one engine */
struct simgpu_lane {
	/** @lock: submission order; guards @seqno. */
	struct mutex lock;
	/** @sched: the engine's, or @own; what drm_sched_entity_init() wants. */
	struct drm_gpu_scheduler *sched;
	/** @own: of this lane alone, with sched_per_queue. */
	struct drm_gpu_scheduler own;
	/** @name: @own's, "simgpu-e0-q17". */
	char name[24];
	/** @ring: its own ring, or the engine's. */
	struct simgpu_ring *ring;
	/** @own_ring: of this lane alone. */
	struct simgpu_ring own_ring;
	/** @entity: its place in the engine's scheduler. */
	struct drm_sched_entity entity;
	/** @seqno: of the last job submitted. */
	u64 seqno;
	/** @busy_ns: engine time of retired jobs. Engine's lock. */
	u64 busy_ns;
	/** @jobs: counts of this file here. Engine's lock. */
	struct drm_simgpu_counts jobs;
};

/** struct simgpu_client - one open file */
struct simgpu_client {
	/** @ref: the file and each hw job's fence hold one. */
	struct kref ref;
	/** @free: the end, which may sleep. */
	struct work_struct free;
	/** @sdev: its device, on which it holds a reference. */
	struct simgpu_device *sdev;
	/** @unfinished: jobs not yet freed, at most queue_limit. */
	atomic_t unfinished;
	/** @room: woken when @unfinished drops. */
	wait_queue_head_t room;
	/** @fences: software fences not yet signalled, by name. */
	struct xarray fences;
	/** @mover: what moves buffers for it on the next device, or NULL. */
	struct simgpu_client *mover;
	/** @lane: by engine index. */
	struct simgpu_lane lane[];
};

/** struct simgpu_device - one device */
struct simgpu_device {
	/** @drm: first, see to_simgpu_device(). */
	struct drm_device drm;
	/** @index: of the device; the next one's buffers are those its jobs may use. */
	unsigned int index;
	/** @engines: how many of @engine are there. */
	unsigned int engines;
	/** @depth: credits of each scheduler. */
	unsigned int depth;
	/** @timeout_ms: of a job; 0 means never. */
	unsigned int timeout_ms;
	/** @queue_limit: most unfinished jobs of one file. */
	unsigned int queue_limit;
	/** @per_queue: each lane has a scheduler and a ring of its own. */
	bool per_queue;
	/** @slice_ns: with @per_queue, see struct simgpu_engine; else 0. */
	u64 slice_ns;
	/** @debugfs: root of the knobs. */
	struct dentry *debugfs;
	/** @engine: the engines. */
	struct simgpu_engine engine[SIMGPU_MAX_ENGINES];
};

static inline struct simgpu_device *to_simgpu_device(struct drm_device *drm)
{
	return container_of(drm, struct simgpu_device, drm);
}

static inline struct simgpu_lane *simgpu_hw_job_lane(struct simgpu_hw_job *hw,
						     struct simgpu_engine *engine)
{
	return &hw->fence.client->lane[engine->index];
}

/* simgpu_engine.c */
void simgpu_ring_init(struct simgpu_ring *ring);
int simgpu_sched_create(struct simgpu_device *sdev, struct drm_gpu_scheduler *sched,
			const char *name);
int simgpu_engine_init(struct simgpu_device *sdev, struct simgpu_engine *engine,
		       unsigned int index);
void simgpu_engine_unplug(struct simgpu_engine *engine);
void simgpu_engine_queue(struct simgpu_engine *engine, struct simgpu_hw_job *hw);
bool simgpu_engine_reset(struct simgpu_engine *engine, struct simgpu_hw_job *hw);
u64 simgpu_engine_busy(struct simgpu_engine *engine, struct simgpu_client *client);

/* simgpu_lane.c */
int simgpu_lane_init(struct simgpu_lane *lane, struct simgpu_device *sdev,
		     struct simgpu_engine *engine);
void simgpu_lane_free(struct simgpu_lane *lane);
long simgpu_lane_flush(struct simgpu_lane *lane, long timeout);
void simgpu_lane_stop(struct simgpu_lane *lane, struct simgpu_engine *engine);
void simgpu_lane_fini(struct simgpu_lane *lane, struct simgpu_engine *engine);

/* simgpu_job.c */
extern const struct drm_sched_backend_ops simgpu_sched_ops;
struct simgpu_job *simgpu_job_create(struct simgpu_client *client,
				     struct simgpu_engine *engine,
				     u64 duration_ns, u32 flags, u64 client_id);
void simgpu_job_destroy(struct simgpu_job *job);

/* simgpu_submit.c */
int simgpu_submit_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

/* simgpu_fence.c */
void *simgpu_fence_alloc(size_t size, const char *timeline,
			 struct simgpu_client *client);
void simgpu_fence_publish(struct simgpu_fence *fence, u64 context, u64 seqno);
void simgpu_fence_discard(struct simgpu_fence *fence);
void simgpu_fence_signal_all(struct simgpu_client *client);
int simgpu_fence_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int simgpu_signal_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

/* simgpu_client.c */
struct simgpu_client *simgpu_client_create(struct simgpu_device *sdev);
void simgpu_client_destroy(struct simgpu_client *client);
struct simgpu_client *simgpu_client_get(struct simgpu_client *client);
void simgpu_client_put(struct simgpu_client *client);
int simgpu_clients_init(void);
void simgpu_clients_exit(void);

/* simgpu_debugfs.c */
void simgpu_debugfs_init(struct simgpu_device *sdev);
void simgpu_debugfs_fini(struct simgpu_device *sdev);

#endif /* _SIMGPU_H_ */
