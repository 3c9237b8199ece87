// SPDX-License-Identifier: GPL-2.0
/*
 * Jobs that are announced: of drivers that tell when they make a fence, but not
 * when they hand its work to the engine (i915, radeon, vc4, vmwgfx, ...).
 *
 * - Not every fence is a job. It is one if it bears the driver's name, or its
 *   device's, as i915's requests do: not arrays and chains of fences, not what
 *   i915 binds and flushes, not the two of drm_sched.
 * - A ticket has one such job, which ends with its last fence: those before are
 *   for page tables and moved buffers, and some drivers drop one and make another.
 * - It is taken to be with the engine from the first of them. So what it waits
 *   for counts as its work: nobody else can tell the two apart.
 * - Unless it takes much longer than it should. Then it is taken to wait, and
 *   holds nobody but its own agent. What it has held the lane for is charged.
 * - Nobody may wait for the fence, and some drivers signal it only then, or late:
 *   the ticket's close asks for it.
 * - A fence may be freed without having signalled: that is the job's end, too.
 *   Where not even that is told, its memory's next use or the reaper ends it.
 */
#include <asm/syscall.h>
#include <linux/device.h>
#include <linux/timekeeping.h>

#include "announce.h"
#include "compat/dma_fence.h"
#include "job_table.h"
#include "lane.h"
#include "pressure.h"
#include "ticket.h"

/*
 * An announced job that is not done after 4 times what is expected of it waits. 50 ms
 * at least, which is long for a frame; 250 ms at most: an agent whose fences never come
 * has few jobs at once, and each keeps the others waiting as long, once.
 */
#define WAITS_FACTOR 4
#define WAITS_MIN_NS (50 * NSEC_PER_MSEC)
#define WAITS_MAX_NS (250 * NSEC_PER_MSEC)

/**
 * headgate_announce_is_job - whether a fence is work for a device's engine
 * @fence: fence that was just made
 * @device: the device that its maker submits to
 *
 * Context: of the tracepoint dma_fence_init, whose own event asks for the name, too.
 */
bool headgate_announce_is_job(struct dma_fence *fence, const struct headgate_device *device)
{
	const struct dma_fence_ops *ops = rcu_dereference_raw(fence->ops);
	const char *name = ops->get_driver_name(fence);

	return name && (!strncmp(name, device->driver, sizeof(device->driver) - 1) ||
			!strcmp(name, device->name));
}

/* The memory of a fence that is done may be another's by now, whose job is another's, too. */
static bool job_is_of(const struct headgate_job *job, const struct headgate_ticket *ticket)
{
	return job && job->announced && job->maker == ticket;
}

/**
 * headgate_announce_again - a ticket makes another fence: its job ends with that
 * @fence: the fence
 * @ticket: open ticket of the current task
 *
 * Return: there is a job, that of the ticket's fence before, and it is not done.
 */
bool headgate_announce_again(const struct dma_fence *fence, struct headgate_ticket *ticket)
{
	struct headgate_hold hold;
	struct headgate_job *job;
	bool again;

	if (!ticket->fence)
		return false;
	job = headgate_job_hold(&hold, ticket->fence);
	again = job_is_of(job, ticket);
	if (again)
		hlist_del(&job->node); /* it is ours alone */
	headgate_job_release(&hold);
	if (!again)
		return false;
	headgate_job_hold_new(&hold, fence, ticket->device);
	job->fence = fence;
	hlist_add_head(&job->node, &hold.bucket->head);
	headgate_job_release(&hold);
	ticket->fence = fence;
	return true;
}

/**
 * headgate_announce_run - an announced job is taken to be with the engine
 * @job: job
 * @ticket: who announces it
 *
 * Context: under the device's lock.
 */
void headgate_announce_run(struct headgate_job *job, const struct headgate_ticket *ticket)
{
	job->paid = 0;
	job->maker = ticket;
	fifo_add(&job->flow->lane->announced, &job->turn);
}

/**
 * headgate_announce_end - an announced job is done: as if it had run until now
 * @job: job, whose cost is yet to be found
 * @now: time
 *
 * Context: under the device's lock.
 */
void headgate_announce_end(struct headgate_job *job, u64 now)
{
	struct headgate_lane *lane = job->flow->lane;

	if (!job->blocked) {
		fifo_del(&lane->announced, &job->turn);
		return;
	}
	job->blocked = false;
	list_del(&job->entry);
	headgate_lane_settle(lane, now);
	lane->outstanding++;
	lane->running++;
	headgate_pressure_run(job->flow, lane, NULL, now);
}

/**
 * headgate_announce_close - a ticket's ioctl is done: have its fence signalled in time
 * @ticket: open ticket of the current task, which has announced a job
 *
 * Not when the ioctl failed: then the fence may be gone without a word.
 *
 * Context: process, on the way out of the ioctl.
 */
void headgate_announce_close(struct headgate_ticket *ticket)
{
	struct dma_fence *fence = (struct dma_fence *)ticket->fence;
	struct headgate_hold hold;

	ticket->fence = NULL;
	if (syscall_get_error(current, task_pt_regs(current)))
		return;
	/* It is in memory as long as its job is known: who frees it comes by here. */
	if (!job_is_of(headgate_job_hold(&hold, fence), ticket) || !dma_fence_get_rcu(fence))
		fence = NULL;
	headgate_job_release(&hold);
	if (!fence)
		return;
	dma_fence_enable_signaling(fence);
	dma_fence_put(fence);
}

static u64 overdue_at(const struct headgate_job *job)
{
	u64 est = queue_charge_is_open(&job->charge) ? job->charge.est_ns : 0;

	return job->run_at + clamp_t(u64, WAITS_FACTOR * est, WAITS_MIN_NS, WAITS_MAX_NS);
}

/**
 * headgate_announce_overdue_at - when an announced job of a lane is taken to wait
 * @lane: lane
 *
 * Context: under the device's lock.
 * Return: time, U64_MAX for never
 */
u64 headgate_announce_overdue_at(const struct headgate_lane *lane)
{
	struct headgate_job *job = fifo_first(&lane->announced, struct headgate_job, turn);

	return job ? overdue_at(job) : U64_MAX;
}

/*
 * A job that should have been done long ago waits for something. It pays for
 * what it has held the lane; how long it takes from now on is no measure for others.
 */
static void take_to_wait(struct headgate_job *job, u64 now)
{
	struct headgate_flow *flow = job->flow;
	struct headgate_lane *lane = flow->lane;

	job->paid = now - max(job->run_at, lane->last_done);
	lane->last_done = now;
	flow->ledger.busy_ns += job->paid;
	fifo_del(&lane->announced, &job->turn);
	list_add_tail(&job->entry, &lane->blocked);
	job->blocked = true;
	headgate_lane_settle(lane, now);
	if (!--lane->running)
		lane->turned_at = now;
	headgate_pressure_end(flow, lane, now);
	lane->outstanding--;
	if (!headgate_flow_governed(flow))
		return;
	queue_done(&job->charge, job->paid, now);
	if (flow->retired)
		return;
	queue_force(&flow->queue, now, &job->charge);
	queue_block(&job->charge, now);
}

/**
 * headgate_announce_expire - take the announced jobs that are overdue to wait
 * @lane: lane
 * @now: time
 *
 * Context: under the device's lock; the lane is to be dispatched.
 */
void headgate_announce_expire(struct headgate_lane *lane, u64 now)
{
	struct headgate_job *job;

	while ((job = fifo_first(&lane->announced, struct headgate_job, turn)) &&
	       overdue_at(job) <= now)
		take_to_wait(job, now);
}
