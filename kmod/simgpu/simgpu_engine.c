// SPDX-License-Identifier: GPL-2.0
/*
 * The simulated hardware: a queue of jobs and a timer.
 *
 * Engine time is computed, not measured. A job starts at the end of the one
 * before it, or when it arrived at an idle engine, and ends its duration later;
 * a late timer interrupt delays the news of an end, never the next start. One
 * interrupt may so retire several jobs.
 */
#include <linux/math64.h>

#include <drm/drm_managed.h>

#include "compat.h"
#include "simgpu.h"

#define CREATE_TRACE_POINTS
#include "simgpu_trace.h"

/* The next job in the queue, if any, takes the engine at @start. */
static void begin(struct simgpu_engine *engine, ktime_t start)
{
	struct simgpu_hw_job *hw;
	u64 ns;

	lockdep_assert_held(&engine->lock);

	hw = list_first_entry_or_null(&engine->queue, struct simgpu_hw_job, node);
	engine->running = hw;
	if (!hw)
		return;

	engine->started = ktime_after(hw->queued, start) ? hw->queued : start;
	if (engine->fail_next || hw->flags & SIMGPU_SUBMIT_FAIL) {
		hw->error = -EIO;
		if (engine->fail_next)
			engine->fail_next--;
	}
	if (engine->hang_next || hw->flags & SIMGPU_SUBMIT_HANG) {
		engine->ends = KTIME_MAX;
		if (engine->hang_next)
			engine->hang_next--;
		return;
	}
	ns = mul_u64_u32_div(hw->duration_ns, engine->slow, SIMGPU_SLOW_NORMAL);
	engine->ends = ktime_add_ns(engine->started, ns);
}

static void arm(struct simgpu_engine *engine)
{
	ktime_t at = engine->ends;

	lockdep_assert_held(&engine->lock);

	if (!engine->running || at == KTIME_MAX)
		return;
	if (engine->coalesce)
		at = DIV64_U64_ROUND_UP(at, engine->coalesce) * engine->coalesce;
	hrtimer_start(&engine->timer, at, HRTIMER_MODE_ABS);
}

/* Take @hw off the queue, count it, and hand it to @done for signalling. */
static void retire(struct simgpu_engine *engine, struct simgpu_hw_job *hw,
		   ktime_t end, struct list_head *done)
{
	struct simgpu_lane *lane = simgpu_hw_job_lane(hw, engine);

	lockdep_assert_held(&engine->lock);

	if (hw == engine->running) {
		u64 ns = ktime_to_ns(ktime_sub(end, engine->started));

		engine->busy_ns += ns;
		lane->busy_ns += ns;
		trace_simgpu_job(engine, hw, end);
	}
	if (hw->error) {
		engine->jobs.failed++;
		lane->jobs.failed++;
	} else {
		engine->jobs.completed++;
		lane->jobs.completed++;
	}
	list_move_tail(&hw->node, done);
}

static void signal_all(struct list_head *done)
{
	struct simgpu_hw_job *hw, *next;

	list_for_each_entry_safe(hw, next, done, node) {
		struct dma_fence *fence = &hw->fence.base;

		list_del_init(&hw->node);
		if (hw->error)
			dma_fence_set_error(fence, hw->error);
		dma_fence_signal(fence);
		dma_fence_put(fence);
	}
}

static enum hrtimer_restart engine_timer(struct hrtimer *timer)
{
	struct simgpu_engine *engine =
		container_of(timer, struct simgpu_engine, timer);
	unsigned long flags;
	LIST_HEAD(done);
	ktime_t now;

	spin_lock_irqsave(&engine->lock, flags);
	now = ktime_get();
	while (engine->running && !ktime_after(engine->ends, now)) {
		ktime_t end = engine->ends;

		retire(engine, engine->running, end, &done);
		begin(engine, end);
	}
	arm(engine);
	spin_unlock_irqrestore(&engine->lock, flags);

	signal_all(&done);
	/* arm() has started it again where there is need. */
	return HRTIMER_NORESTART;
}

/**
 * simgpu_engine_queue() - give a job to the hardware
 * @engine: the engine
 * @hw: the job, its fence published; the engine takes a reference
 *
 * Context: any.
 */
void simgpu_engine_queue(struct simgpu_engine *engine, struct simgpu_hw_job *hw)
{
	unsigned long flags;

	LIST_HEAD(done);

	dma_fence_get(&hw->fence.base);

	spin_lock_irqsave(&engine->lock, flags);
	hw->queued = ktime_get();
	list_add_tail(&hw->node, &engine->queue);
	if (engine->unplugged) {
		hw->error = -ENODEV;
		retire(engine, hw, hw->queued, &done);
	} else if (!engine->running) {
		begin(engine, hw->queued);
		arm(engine);
	}
	spin_unlock_irqrestore(&engine->lock, flags);

	signal_all(&done);
}

/**
 * simgpu_engine_unplug() - the device is gone: jobs end with -ENODEV
 * @engine: the engine
 *
 * The running job counts for the time it has had.
 *
 * Context: process; takes the engine's lock.
 */
void simgpu_engine_unplug(struct simgpu_engine *engine)
{
	struct simgpu_hw_job *hw, *next;
	LIST_HEAD(done);
	ktime_t now;

	spin_lock_irq(&engine->lock);
	now = ktime_get();
	engine->unplugged = true;
	list_for_each_entry_safe(hw, next, &engine->queue, node) {
		hw->error = -ENODEV;
		retire(engine, hw, now, &done);
	}
	engine->running = NULL;
	spin_unlock_irq(&engine->lock);

	signal_all(&done);
}

/**
 * simgpu_engine_reset() - end one job with -ETIME and go on with the next
 * @engine: the engine, its scheduler stopped
 * @hw: the job that is to end
 *
 * Context: process; takes the engine's lock.
 * Return: true if the job was still in the hardware, false if it has ended.
 */
bool simgpu_engine_reset(struct simgpu_engine *engine, struct simgpu_hw_job *hw)
{
	unsigned long flags;
	LIST_HEAD(done);
	ktime_t now;
	bool guilty;

	spin_lock_irqsave(&engine->lock, flags);
	guilty = !list_empty(&hw->node);
	if (guilty) {
		bool running = hw == engine->running;

		now = ktime_get();
		hw->error = -ETIME;
		engine->resets++;
		retire(engine, hw, now, &done);
		if (running) {
			begin(engine, now);
			arm(engine);
		}
	}
	spin_unlock_irqrestore(&engine->lock, flags);

	signal_all(&done);
	return guilty;
}

/**
 * simgpu_engine_busy() - engine time spent up to now
 * @engine: the engine
 * @client: count this client's jobs only, or NULL for all
 *
 * The running job counts for the time it has had.
 *
 * Context: any; takes the engine's lock.
 * Return: time in nanoseconds; never decreases.
 */
u64 simgpu_engine_busy(struct simgpu_engine *engine, struct simgpu_client *client)
{
	struct simgpu_hw_job *hw;
	unsigned long flags;
	ktime_t now;
	u64 ns;

	spin_lock_irqsave(&engine->lock, flags);
	ns = client ? client->lane[engine->index].busy_ns : engine->busy_ns;
	hw = engine->running;
	if (hw && (!client || hw->fence.client == client)) {
		now = ktime_get();
		if (ktime_after(now, engine->ends))
			now = engine->ends;
		if (ktime_after(now, engine->started))
			ns += ktime_to_ns(ktime_sub(now, engine->started));
	}
	spin_unlock_irqrestore(&engine->lock, flags);
	return ns;
}

/* No job is left, and no fence: each holds the device. */
static void engine_fini(struct drm_device *drm, void *data)
{
	struct simgpu_engine *engine = data;

	drm_sched_fini(&engine->sched);
	hrtimer_cancel(&engine->timer);
}

/**
 * simgpu_engine_init() - bring one engine up, with its scheduler
 * @sdev: the device
 * @engine: the engine, zeroed
 * @index: its number
 *
 * It goes with the last reference to the device.
 *
 * Context: process; may sleep.
 * Return: 0 or a negative errno.
 */
int simgpu_engine_init(struct simgpu_device *sdev, struct simgpu_engine *engine,
		       unsigned int index)
{
	long timeout = sdev->timeout_ms ? msecs_to_jiffies(sdev->timeout_ms) :
					  MAX_SCHEDULE_TIMEOUT;
	int ret;

	snprintf(engine->name, sizeof(engine->name), SIMGPU_NAME "-e%u", index);
	engine->index = index;
	engine->sched_list = &engine->sched;
	engine->fence_context = dma_fence_context_alloc(1);
	engine->slow = SIMGPU_SLOW_NORMAL;
	mutex_init(&engine->stop_lock);
	spin_lock_init(&engine->lock);
	INIT_LIST_HEAD(&engine->queue);
	headgate_hrtimer_setup(&engine->timer, engine_timer, CLOCK_MONOTONIC,
			       HRTIMER_MODE_ABS);

	ret = simgpu_sched_init(&engine->sched, &simgpu_sched_ops, sdev->depth,
				timeout, engine->name, sdev->drm.dev);
	if (ret)
		return ret;
	return drmm_add_action_or_reset(&sdev->drm, engine_fini, engine);
}
