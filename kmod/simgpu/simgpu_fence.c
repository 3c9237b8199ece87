// SPDX-License-Identifier: GPL-2.0
/*
 * Fences: the hardware's, and those that user space signals by hand.
 *
 * Each pins the module. The pin is dropped in an RCU callback, for which the
 * module's exit waits, so none of our code can be left running.
 */
#include <linux/dma-fence-chain.h>
#include <linux/module.h>
#include <linux/slab.h>

#include <drm/drm_print.h>
#include <drm/drm_syncobj.h>

#include "simgpu.h"

static const char *driver_name(struct dma_fence *base)
{
	return SIMGPU_NAME;
}

static const char *timeline_name(struct dma_fence *base)
{
	return container_of(base, struct simgpu_fence, base)->timeline;
}

static void free_rcu_cb(struct rcu_head *rcu)
{
	struct dma_fence *base = container_of(rcu, struct dma_fence, rcu);
	struct simgpu_fence *fence = container_of(base, struct simgpu_fence, base);

	if (fence->client)
		simgpu_client_put(fence->client);
	kfree(fence);
	module_put(THIS_MODULE);
}

static void release(struct dma_fence *base)
{
	call_rcu(&base->rcu, free_rcu_cb);
}

static const struct dma_fence_ops simgpu_fence_ops = {
	.get_driver_name = driver_name,
	.get_timeline_name = timeline_name,
	.release = release,
};

/**
 * simgpu_fence_alloc() - allocate a fence, or a struct that begins with one
 * @size: size of that struct
 * @timeline: name, valid as long as the module, or @client
 * @client: client to hold, or NULL
 *
 * Context: process, in a call through an open file; may sleep.
 * Return: zeroed memory, to be published or discarded, or NULL.
 */
void *simgpu_fence_alloc(size_t size, const char *timeline,
			 struct simgpu_client *client)
{
	struct simgpu_fence *fence;

	fence = kzalloc(size, GFP_KERNEL);
	if (!fence)
		return NULL;

	/* The open file holds the module already. */
	__module_get(THIS_MODULE);
	spin_lock_init(&fence->lock);
	fence->timeline = timeline;
	if (client)
		fence->client = simgpu_client_get(client);
	return fence;
}

/**
 * simgpu_fence_publish() - make it a live dma_fence with one reference
 * @fence: the fence
 * @context: fence context
 * @seqno: number in that context
 *
 * Context: any.
 */
void simgpu_fence_publish(struct simgpu_fence *fence, u64 context, u64 seqno)
{
	dma_fence_init(&fence->base, &simgpu_fence_ops, &fence->lock, context,
		       seqno);
}

/**
 * simgpu_fence_discard() - free a fence that was never published
 * @fence: the fence
 *
 * Context: any.
 */
void simgpu_fence_discard(struct simgpu_fence *fence)
{
	call_rcu(&fence->base.rcu, free_rcu_cb);
}

/* Put @fence into @sync, at @point if that is not 0. */
static int attach(struct drm_syncobj *sync, struct dma_fence *fence, u64 point)
{
	struct dma_fence_chain *chain;

	if (!point) {
		drm_syncobj_replace_fence(sync, fence);
		return 0;
	}
	chain = dma_fence_chain_alloc();
	if (!chain)
		return -ENOMEM;
	drm_syncobj_add_point(sync, chain, fence, point);
	return 0;
}

/**
 * simgpu_fence_ioctl() - DRM_IOCTL_SIMGPU_FENCE
 * @drm: the device
 * @data: &struct drm_simgpu_fence
 * @file: the caller's file
 *
 * Context: process; may sleep.
 * Return: 0 or a negative errno, see the uapi header.
 */
int simgpu_fence_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	const struct xa_limit names = XA_LIMIT(1, SIMGPU_MAX_FENCES);
	struct simgpu_client *client = file->driver_priv;
	struct drm_simgpu_fence *args = data;
	struct simgpu_fence *fence;
	struct drm_syncobj *sync;
	int ret;

	if (args->pad || args->pad2) {
		drm_dbg(drm, "fence: pad is not zero\n");
		return -EINVAL;
	}
	sync = drm_syncobj_find(file, args->sync);
	if (!sync) {
		drm_dbg(drm, "fence: no syncobj %u\n", args->sync);
		return -ENOENT;
	}
	fence = simgpu_fence_alloc(sizeof(*fence), "user", NULL);
	if (!fence) {
		ret = -ENOMEM;
		goto out_sync;
	}
	/* A context each: user space may signal them in any order. */
	simgpu_fence_publish(fence, dma_fence_context_alloc(1), 1);

	/*
	 * The name owns the first reference: another thread that guesses the
	 * name may signal and drop the fence at once.
	 */
	dma_fence_get(&fence->base);
	ret = xa_alloc(&client->fences, &args->fence, fence, names, GFP_KERNEL);
	if (ret) {
		drm_dbg(drm, "fence: no name left, or no memory: %d\n", ret);
		ret = ret == -EBUSY ? -ENOSPC : ret;
		dma_fence_signal(&fence->base);
		dma_fence_put(&fence->base);
		goto out_put;
	}
	ret = attach(sync, &fence->base, args->point);
	if (ret && xa_erase(&client->fences, args->fence)) {
		dma_fence_signal(&fence->base);
		dma_fence_put(&fence->base);
	}
out_put:
	dma_fence_put(&fence->base);
out_sync:
	drm_syncobj_put(sync);
	return ret;
}

/**
 * simgpu_signal_ioctl() - DRM_IOCTL_SIMGPU_SIGNAL
 * @drm: the device
 * @data: &struct drm_simgpu_signal
 * @file: the caller's file
 *
 * Context: process; may sleep.
 * Return: 0 or a negative errno, see the uapi header.
 */
int simgpu_signal_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct simgpu_client *client = file->driver_priv;
	struct drm_simgpu_signal *args = data;
	struct simgpu_fence *fence;

	if (args->error > 0 || args->error < -MAX_ERRNO) {
		drm_dbg(drm, "signal: error %d\n", args->error);
		return -EINVAL;
	}
	/* Erasing is what makes one caller the signaller. */
	fence = xa_erase(&client->fences, args->fence);
	if (!fence) {
		drm_dbg(drm, "signal: no fence %u\n", args->fence);
		return -ENOENT;
	}
	if (args->error)
		dma_fence_set_error(&fence->base, args->error);
	dma_fence_signal(&fence->base);
	dma_fence_put(&fence->base);
	return 0;
}

/**
 * simgpu_fence_signal_all() - signal what the client has left, with -ECANCELED
 * @client: the client, its file being closed
 *
 * Context: process; may sleep.
 */
void simgpu_fence_signal_all(struct simgpu_client *client)
{
	struct simgpu_fence *fence;
	unsigned long name;

	xa_for_each(&client->fences, name, fence) {
		xa_erase(&client->fences, name);
		dma_fence_set_error(&fence->base, -ECANCELED);
		dma_fence_signal(&fence->base);
		dma_fence_put(&fence->base);
	}
	xa_destroy(&client->fences);
}
