// SPDX-License-Identifier: GPL-2.0
/*
 * Jobs, as drm_sched sees them: make, run, time out, free.
 */
#include <linux/cgroup.h>
#include <linux/slab.h>

#include "compat.h"
#include "simgpu.h"

static struct simgpu_job *to_simgpu_job(struct drm_sched_job *base)
{
	return container_of(base, struct simgpu_job, base);
}

static u64 current_cgroup(void)
{
	u64 id;

	rcu_read_lock();
	id = cgroup_id(task_dfl_cgroup(current));
	rcu_read_unlock();
	return id;
}

/**
 * simgpu_job_create() - make a job for a client's entity on an engine
 * @client: the client; it has a slot for the job
 * @engine: the engine
 * @duration_ns: engine time, unscaled
 * @flags: SIMGPU_SUBMIT_*
 * @client_id: the file's DRM client id
 *
 * Context: process; may sleep.
 * Return: the job, to be pushed or destroyed, or an ERR_PTR.
 */
struct simgpu_job *simgpu_job_create(struct simgpu_client *client,
				     struct simgpu_engine *engine,
				     u64 duration_ns, u32 flags, u64 client_id)
{
	struct simgpu_job *job;
	int ret;

	job = kzalloc(sizeof(*job), GFP_KERNEL);
	if (!job)
		return ERR_PTR(-ENOMEM);

	job->engine = engine;
	job->client = client;
	job->hw = simgpu_fence_alloc(sizeof(*job->hw), engine->name, client);
	if (!job->hw) {
		ret = -ENOMEM;
		goto err_free;
	}
	INIT_LIST_HEAD(&job->hw->node);
	job->hw->ring = client->lane[engine->index].ring;
	job->hw->duration_ns = duration_ns;
	job->hw->flags = flags;
	job->hw->cgroup = current_cgroup();
	job->hw->submitted = ktime_get();

	ret = simgpu_sched_job_init(&job->base,
				    &client->lane[engine->index].entity, 1,
				    client, client_id);
	if (ret)
		goto err_discard;
	return job;

err_discard:
	simgpu_fence_discard(&job->hw->fence);
err_free:
	kfree(job);
	return ERR_PTR(ret);
}

/**
 * simgpu_job_destroy() - free a job, run or not, but not its slot
 * @job: the job; its fence may live on
 *
 * Context: process; may sleep.
 */
void simgpu_job_destroy(struct simgpu_job *job)
{
	struct simgpu_hw_job *hw = job->hw;
	bool launched = job->launched;

	drm_sched_job_cleanup(&job->base);
	kfree(job);
	if (launched)
		dma_fence_put(&hw->fence.base);
	else
		simgpu_fence_discard(&hw->fence);
}

static struct dma_fence *run_job(struct drm_sched_job *base)
{
	struct simgpu_job *job = to_simgpu_job(base);
	struct simgpu_engine *engine = job->engine;
	struct simgpu_hw_job *hw = job->hw;

	/* Marked as failed beforehand: not for the engine. */
	if (base->s_fence->finished.error)
		return NULL;

	simgpu_fence_publish(&hw->fence, hw->ring->fence_context,
			     ++hw->ring->fence_seqno);
	job->launched = true;
	simgpu_engine_queue(engine, hw);
	return dma_fence_get(&hw->fence.base);
}

/*
 * The first pending job has been there too long: it ends with -ETIME. The jobs
 * behind it in the hardware did nothing wrong and stay there; drm_sched_stop()
 * has taken their fences from them, so give them back before the start.
 *
 * A job that ends while the scheduler is being stopped is not guilty: then
 * simgpu_engine_reset() finds it gone, and drm_sched frees it.
 */
static enum drm_gpu_sched_stat timedout_job(struct drm_sched_job *base)
{
	struct simgpu_job *job = to_simgpu_job(base);
	struct simgpu_engine *engine = job->engine;
	struct drm_gpu_scheduler *sched = base->sched;
	struct drm_device *drm = &job->client->sdev->drm;
	struct drm_sched_job *pos;

	mutex_lock(&engine->stop_lock);
	drm_sched_stop(sched, base);
	simgpu_engine_reset(engine, job->hw);

	/* The scheduler is stopped: nobody else touches the list. */
	list_for_each_entry(pos, &sched->pending_list, list) {
		struct dma_fence *fence = &to_simgpu_job(pos)->hw->fence.base;

		if (!pos->s_fence->parent && to_simgpu_job(pos)->launched)
			pos->s_fence->parent = dma_fence_get(fence);
	}
	simgpu_sched_start(sched);
	mutex_unlock(&engine->stop_lock);
	simgpu_tell_reset(drm);
	return SIMGPU_SCHED_RESET;
}

/* Called for each job that was pushed, exactly once, when it is finished. */
static void free_job(struct drm_sched_job *base)
{
	struct simgpu_job *job = to_simgpu_job(base);
	struct simgpu_engine *engine = job->engine;
	struct simgpu_client *client = job->client;
	struct simgpu_lane *lane = &client->lane[engine->index];
	unsigned long flags;

	if (!job->launched) {
		spin_lock_irqsave(&engine->lock, flags);
		engine->jobs.cancelled++;
		lane->jobs.cancelled++;
		spin_unlock_irqrestore(&engine->lock, flags);
	}

	/* The job's hw fence holds the client until the end of this function. */
	atomic_dec(&client->unfinished);
	wake_up(&client->room);
	simgpu_job_destroy(job);
}

const struct drm_sched_backend_ops simgpu_sched_ops = {
	.run_job	= run_job,
	.timedout_job	= timedout_job,
	.free_job	= free_job,
};
