// SPDX-License-Identifier: GPL-2.0
/*
 * DRM_IOCTL_SIMGPU_SUBMIT: from the user's arguments to a job in its entity.
 */
#include <linux/dma-fence-chain.h>
#include <linux/uaccess.h>

#include <drm/drm_print.h>
#include <drm/drm_syncobj.h>

#include "simgpu.h"

/* 1 ms: a buffer of some 10 MB over PCIe. */
#define MOVE_NS		(1 * NSEC_PER_MSEC)

/** struct out_fence - where the job's fence goes */
struct out_fence {
	/** @sync: the syncobj, or NULL. */
	struct drm_syncobj *sync;
	/** @chain: node for a timeline point, or NULL for a binary syncobj. */
	struct dma_fence_chain *chain;
	/** @point: that point. */
	u64 point;
	/** @fence: gets a reference, or NULL. */
	struct dma_fence **fence;
};

static int check_args(struct simgpu_device *sdev,
		      const struct drm_simgpu_submit *args)
{
	struct drm_device *drm = &sdev->drm;

	if (args->engine >= sdev->engines) {
		drm_dbg(drm, "submit: no engine %u\n", args->engine);
		return -EINVAL;
	}
	if (args->flags & ~SIMGPU_SUBMIT_FLAGS) {
		drm_dbg(drm, "submit: unknown flags %#x\n", args->flags);
		return -EINVAL;
	}
	if (args->duration_ns > SIMGPU_MAX_DURATION_NS) {
		drm_dbg(drm, "submit: duration %llu ns\n", args->duration_ns);
		return -EINVAL;
	}
	if (args->in_count > SIMGPU_MAX_IN_SYNCS) {
		drm_dbg(drm, "submit: %u in-fences\n", args->in_count);
		return -E2BIG;
	}
	if (!args->out_sync && args->out_point) {
		drm_dbg(drm, "submit: out_point without out_sync\n");
		return -EINVAL;
	}
	return 0;
}

static int add_in_fences(struct drm_device *drm, struct drm_file *file,
			 struct drm_sched_job *job,
			 const struct drm_simgpu_submit *args)
{
	struct drm_simgpu_sync __user *user = u64_to_user_ptr(args->in_syncs);
	struct drm_simgpu_sync in;
	struct dma_fence *fence;
	u32 i;
	int ret;

	for (i = 0; i < args->in_count; i++) {
		if (copy_from_user(&in, user + i, sizeof(in))) {
			drm_dbg(drm, "submit: in_syncs[%u] is unreadable\n", i);
			return -EFAULT;
		}
		if (in.pad) {
			drm_dbg(drm, "submit: in_syncs[%u].pad is not zero\n", i);
			return -EINVAL;
		}
		/*
		 * Not drm_sched_job_add_syncobj_dependency(): its point has
		 * 32 bits.
		 */
		ret = drm_syncobj_find_fence(file, in.handle, in.point, 0, &fence);
		if (ret) {
			drm_dbg(drm, "submit: in_syncs[%u]: syncobj %u point %llu: %d\n",
				i, in.handle, in.point, ret);
			return ret;
		}
		ret = drm_sched_job_add_dependency(job, fence);
		if (ret)
			return ret;
	}
	return 0;
}

static int find_out_fence(struct drm_device *drm, struct drm_file *file,
			  const struct drm_simgpu_submit *args,
			  struct out_fence *out)
{
	if (!args->out_sync)
		return 0;

	out->sync = drm_syncobj_find(file, args->out_sync);
	if (!out->sync) {
		drm_dbg(drm, "submit: no out syncobj %u\n", args->out_sync);
		return -ENOENT;
	}
	out->point = args->out_point;
	if (out->point) {
		out->chain = dma_fence_chain_alloc();
		if (!out->chain)
			return -ENOMEM;
	}
	return 0;
}

static void put_out_fence(struct out_fence *out)
{
	if (out->chain)
		dma_fence_chain_free(out->chain);
	if (out->sync)
		drm_syncobj_put(out->sync);
}

static void install_out_fence(struct out_fence *out, struct dma_fence *fence)
{
	if (out->fence)
		*out->fence = dma_fence_get(fence);
	if (out->chain) {
		drm_syncobj_add_point(out->sync, out->chain, fence, out->point);
		out->chain = NULL;
	} else if (out->sync) {
		drm_syncobj_replace_fence(out->sync, fence);
	}
}

/* From drm_sched_job_arm() on there is no way back, and nothing may fail. */
static u64 push(struct simgpu_engine *engine, struct simgpu_lane *lane,
		struct simgpu_job *job, struct out_fence *out)
{
	unsigned long flags;
	u64 seqno;

	mutex_lock(&lane->lock);
	drm_sched_job_arm(&job->base);
	seqno = ++lane->seqno;

	spin_lock_irqsave(&engine->lock, flags);
	engine->jobs.submitted++;
	lane->jobs.submitted++;
	spin_unlock_irqrestore(&engine->lock, flags);

	install_out_fence(out, &job->base.s_fence->finished);
	drm_sched_entity_push_job(&job->base);
	mutex_unlock(&lane->lock);
	return seqno;
}

static int take_room(struct simgpu_device *sdev, struct simgpu_client *client)
{
	return wait_event_interruptible(client->room,
					atomic_add_unless(&client->unfinished, 1,
							  sdev->queue_limit));
}

static void give_room(struct simgpu_client *client)
{
	atomic_dec(&client->unfinished);
	wake_up(&client->room);
}

/*
 * Real drivers do this for a buffer that devices share: the one that has it
 * moves it, by its own engine, and the job waits for that.
 */
static int add_move(struct drm_device *drm, struct drm_file *file, struct simgpu_job *job)
{
	struct simgpu_client *client = file->driver_priv, *mover = client->mover;
	struct simgpu_device *other;
	struct simgpu_engine *engine;
	struct dma_fence *moved;
	struct out_fence out = { .fence = &moved };
	struct simgpu_job *move;
	int ret;

	if (!mover) {
		drm_dbg(drm, "submit: no other device has buffers\n");
		return -EINVAL;
	}
	other = mover->sdev;
	ret = take_room(other, mover);
	if (ret)
		return ret;
	engine = &other->engine[0];
	move = simgpu_job_create(mover, engine, MOVE_NS, 0, file->client_id);
	if (IS_ERR(move)) {
		give_room(mover);
		return PTR_ERR(move);
	}
	push(engine, &mover->lane[0], move, &out);
	return drm_sched_job_add_dependency(&job->base, moved);
}

/**
 * simgpu_submit_ioctl() - DRM_IOCTL_SIMGPU_SUBMIT
 * @drm: the device
 * @data: &struct drm_simgpu_submit
 * @file: the caller's file
 *
 * Context: process; may sleep until the file has room for a job.
 * Return: 0 or a negative errno, see the uapi header.
 */
int simgpu_submit_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct simgpu_device *sdev = to_simgpu_device(drm);
	struct simgpu_client *client = file->driver_priv;
	struct drm_simgpu_submit *args = data;
	struct simgpu_engine *engine;
	struct out_fence out = {};
	struct simgpu_job *job;
	int ret;

	ret = check_args(sdev, args);
	if (ret)
		return ret;

	ret = take_room(sdev, client);
	if (ret)
		return ret;

	engine = &sdev->engine[args->engine];
	job = simgpu_job_create(client, engine, args->duration_ns, args->flags,
				file->client_id);
	if (IS_ERR(job)) {
		ret = PTR_ERR(job);
		goto err_room;
	}
	job->hw->stamp = args->stamp;
	ret = add_in_fences(drm, file, &job->base, args);
	if (ret)
		goto err_job;
	ret = find_out_fence(drm, file, args, &out);
	if (!ret && args->flags & SIMGPU_SUBMIT_MOVE)
		ret = add_move(drm, file, job);
	if (ret)
		goto err_out;

	args->seqno = push(engine, &client->lane[args->engine], job, &out);
	put_out_fence(&out);
	return 0;

err_out:
	put_out_fence(&out);
err_job:
	simgpu_job_destroy(job);
err_room:
	give_room(client);
	return ret;
}
