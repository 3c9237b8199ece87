// SPDX-License-Identifier: GPL-2.0
/*
 * The simulated hardware: a queue of jobs and a timer.
 *
 * With a ring for each queue, they get the engine in turn for a slice each, as
 * firmware has it: as many jobs as fit, or a part of one.
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

/* A job gets the engine for the first time. */
static void begin_job(struct simgpu_engine *engine, struct simgpu_hw_job *hw)
{
	hw->begun = true;
	hw->started = engine->started;
	if (engine->fail_next || hw->flags & SIMGPU_SUBMIT_FAIL) {
		hw->error = -EIO;
		if (engine->fail_next)
			engine->fail_next--;
	}
	hw->left_ns = mul_u64_u32_div(hw->duration_ns, engine->slow, SIMGPU_SLOW_NORMAL);
	if (engine->hang_next || hw->flags & SIMGPU_SUBMIT_HANG) {
		hw->left_ns = U64_MAX;
		if (engine->hang_next)
			engine->hang_next--;
	}
}

/* The next job in turn, if any, takes the engine at @start. */
static void begin(struct simgpu_engine *engine, ktime_t start)
{
	struct simgpu_ring *ring;
	struct simgpu_hw_job *hw;
	u64 ns;

	lockdep_assert_held(&engine->lock);

	ring = list_first_entry_or_null(&engine->rings, struct simgpu_ring, node);
	hw = ring ? list_first_entry(&ring->jobs, struct simgpu_hw_job, node) : NULL;
	engine->running = hw;
	if (!hw)
		return;

	if (engine->turn != ring) {
		engine->turn = ring;
		engine->turn_ns = engine->slice_ns;
	}
	engine->started = ktime_after(hw->queued, start) ? hw->queued : start;
	if (!hw->begun)
		begin_job(engine, hw);
	if (hw->left_ns == U64_MAX) {
		engine->ends = KTIME_MAX;
		return;
	}
	ns = engine->slice_ns ? min(hw->left_ns, engine->turn_ns) : hw->left_ns;
	engine->ends = ktime_add_ns(engine->started, ns);
}

/* The running job has had the engine until @end. */
static void spend(struct simgpu_engine *engine, ktime_t end)
{
	struct simgpu_hw_job *hw = engine->running;
	u64 ns = ktime_to_ns(ktime_sub(end, engine->started));

	lockdep_assert_held(&engine->lock);

	engine->busy_ns += ns;
	simgpu_hw_job_lane(hw, engine)->busy_ns += ns;
	if (hw->left_ns != U64_MAX)
		hw->left_ns -= min(hw->left_ns, ns);
	engine->turn_ns -= min(engine->turn_ns, ns);
	engine->started = end;
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

/* Take @hw off its ring, count it, and hand it to @done for signalling. */
static void retire(struct simgpu_engine *engine, struct simgpu_hw_job *hw,
		   ktime_t end, struct list_head *done)
{
	struct simgpu_lane *lane = simgpu_hw_job_lane(hw, engine);

	lockdep_assert_held(&engine->lock);

	if (hw == engine->running)
		spend(engine, end);
	if (hw->begun)
		trace_simgpu_job(engine, hw, end);
	if (hw->error) {
		engine->jobs.failed++;
		lane->jobs.failed++;
	} else {
		engine->jobs.completed++;
		lane->jobs.completed++;
	}
	list_move_tail(&hw->node, done);
	engine->in_hardware--;
	if (list_empty(&hw->ring->jobs))
		list_del_init(&hw->ring->node);
}

/* What runs ends at @end, or its ring's turn does, or both. */
static void end_slice(struct simgpu_engine *engine, ktime_t end, struct list_head *done)
{
	struct simgpu_hw_job *hw = engine->running;
	struct simgpu_ring *ring = hw->ring;

	spend(engine, end);
	if (!hw->left_ns)
		retire(engine, hw, end, done);
	if (engine->slice_ns && !engine->turn_ns) {
		engine->turn = NULL;
		if (!list_empty(&ring->node))
			list_move_tail(&ring->node, &engine->rings);
	}
	begin(engine, end);
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
	while (engine->running && !ktime_after(engine->ends, now))
		end_slice(engine, engine->ends, &done);
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
	if (list_empty(&hw->ring->jobs))
		list_add_tail(&hw->ring->node, &engine->rings);
	list_add_tail(&hw->node, &hw->ring->jobs);
	engine->in_hardware++;
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
	struct simgpu_hw_job *hw;
	struct simgpu_ring *ring;
	LIST_HEAD(done);
	ktime_t now;

	spin_lock_irq(&engine->lock);
	now = ktime_get();
	engine->unplugged = true;
	/* A ring without jobs leaves. */
	while ((ring = list_first_entry_or_null(&engine->rings, struct simgpu_ring, node))) {
		hw = list_first_entry(&ring->jobs, struct simgpu_hw_job, node);
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

/**
 * simgpu_ring_init() - an empty ring
 * @ring: the ring
 */
void simgpu_ring_init(struct simgpu_ring *ring)
{
	INIT_LIST_HEAD(&ring->jobs);
	INIT_LIST_HEAD(&ring->node);
	ring->fence_context = dma_fence_context_alloc(1);
}

/**
 * simgpu_sched_create() - a scheduler for an engine or a lane
 * @sdev: the device
 * @sched: the scheduler
 * @name: its name, kept
 *
 * Context: process; may sleep.
 * Return: 0 or a negative errno.
 */
int simgpu_sched_create(struct simgpu_device *sdev, struct drm_gpu_scheduler *sched,
			const char *name)
{
	long timeout = sdev->timeout_ms ? msecs_to_jiffies(sdev->timeout_ms) :
					  MAX_SCHEDULE_TIMEOUT;

	return simgpu_sched_init(sched, &simgpu_sched_ops, sdev->depth, timeout, name,
				 sdev->drm.dev);
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
	int ret;

	snprintf(engine->name, sizeof(engine->name), SIMGPU_NAME "-e%u", index);
	engine->index = index;
	engine->slow = SIMGPU_SLOW_NORMAL;
	engine->slice_ns = sdev->slice_ns;
	mutex_init(&engine->stop_lock);
	spin_lock_init(&engine->lock);
	INIT_LIST_HEAD(&engine->rings);
	simgpu_ring_init(&engine->ring);
	headgate_hrtimer_setup(&engine->timer, engine_timer, CLOCK_MONOTONIC,
			       HRTIMER_MODE_ABS);

	ret = simgpu_sched_create(sdev, &engine->sched, engine->name);
	if (ret)
		return ret;
	return drmm_add_action_or_reset(&sdev->drm, engine_fini, engine);
}
