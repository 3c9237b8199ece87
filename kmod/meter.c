// SPDX-License-Identifier: GPL-2.0
/*
 * The meter: follows jobs from the submitting task to their completion, and
 * charges their flow what they cost.
 *
 *                      drm_sched drivers            drivers with fences alone
 *   queued             drm_sched_job                dma_fence_emit in a ticket
 *   waits for a fence  an unsignalled dependency    no job yet: the driver
 *                                                   waits inside the ioctl
 *   running            drm_run_job                  dma_fence_emit
 *   done               dma_fence_signaled           dma_fence_signaled
 *
 * Of drivers that do not emit their fences, announce.c takes those they make.
 *
 * A job is known by its fence (of drm_sched, the finished one) as an opaque
 * key: it is never followed, and is forgotten when it signals, since the
 * memory is used again. Killed jobs signal as well, without having run.
 *
 * The cost of a job is the time since the previous one of its lane was done, or
 * since the engine began to work after idling: jobs that are with the engine
 * together run one after the other. batch.c has the case that several are done
 * at once, slices.c that of an engine class, whose queues take turns. Always jobs
 * and idle time make up all of a lane's time.
 *
 * Every function here is called from a tracepoint and may not sleep; in
 * headgate_meter_fence_done() the fence's lock is held, interrupts off. With
 * preemption off, what is RCU's stays; that is cheaper than rcu_read_lock().
 */
#include <drm/gpu_scheduler.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>

#include "agent.h"
#include "announce.h"
#include "device.h"
#include "job_table.h"
#include "lane.h"
#include "meter.h"
#include "settings.h"
#include "ticket.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static bool submitter_is_user(void)
{
	return in_task() && !(current->flags & (PF_KTHREAD | PF_WQ_WORKER));
}

/*
 * Who pays for a job that the current task queues on @lane: its ticket, if
 * that waited for this lane. Otherwise the flow is charged without a grant,
 * and owes a wait.
 */
static struct headgate_flow *job_bill(struct headgate_job *job, struct headgate_ticket *ticket,
				      struct headgate_lane *lane, u64 now)
{
	struct headgate_agent *agent;
	struct headgate_flow *flow;

	if (ticket && ticket->charged && ticket->lane == lane) {
		flow = ticket->flow;
		headgate_ticket_unblock(ticket, now);
		headgate_ticket_hand_over(ticket, &job->charge);
		return flow;
	}
	guard(rcu)();
	agent = submitter_is_user() ? headgate_agent_of(current) : NULL;
	flow = agent ? headgate_flow_get(lane, agent) : NULL;
	headgate_lane_settle(lane, now);
	lane->outstanding++;
	if (!flow) {
		lane->ungoverned.outstanding++;
		return &lane->ungoverned;
	}
	queue_force(&flow->queue, now, &job->charge);
	flow->outstanding++;
	if (!ticket)
		lane->device->jobs_unticketed++;
	if (!ticket || ticket->lane != lane) {
		flow->unpaid++;
		flow->account->unpaid++;
	}
	if (ticket && !ticket->lane && !ticket->jobs) /* admitted when the device had no lane yet */
		headgate_flow_waited(flow, 0);
	return flow;
}

static __always_inline struct headgate_ticket *open_ticket(void)
{
	struct headgate_ticket *ticket;

	ticket = submitter_is_user() ? headgate_ticket_of_current() : NULL;
	return ticket && READ_ONCE(ticket->state) == TICKET_OPEN ? ticket : NULL;
}

static noinline bool dependencies_wait(struct drm_sched_job *job,
				       const struct drm_sched_entity *entity)
{
	struct dma_fence *fence;
	unsigned long index;

	xa_for_each(&job->dependencies, index, fence)
		/* An entity's own fences hold nothing up: its jobs run in order. */
		if (fence->context != entity->fence_context &&
		    fence->context != entity->fence_context + 1 &&
		    !test_bit(DMA_FENCE_FLAG_SIGNALED_BIT, &fence->flags))
			return true;
	return false;
}

static __always_inline bool job_waits(struct drm_sched_job *job,
				      const struct drm_sched_entity *entity)
{
	return !xa_empty(&job->dependencies) && dependencies_wait(job, entity);
}

static bool entity_is_blocked(struct headgate_lane *lane, const struct drm_sched_entity *entity)
{
	struct headgate_job *job;

	list_for_each_entry(job, &lane->blocked, entry)
		if (job->entity == entity)
			return true;
	return false;
}

/*
 * The short way of a job that comes in the tick of its grant, can run, and changes
 * nothing for others: it takes its ticket's place, and the time as well.
 */
static __always_inline bool job_takes_place(struct headgate_job *job,
					    struct headgate_ticket *ticket,
					    struct headgate_lane *lane)
{
	if (!ticket || ticket->lane != lane || !ticket->charged || ticket->blocked ||
	    time_after(jiffies, ticket->granted_tick) || job->own_wait ||
	    !list_empty(&lane->blocked) || headgate_lane_holds(lane))
		return false;
	job->queued_at = ticket->granted_at;
	job->flow = ticket->flow;
	headgate_ticket_hand_over(ticket, &job->charge);
	return true;
}

static noinline void job_enter(struct headgate_job *job, struct headgate_ticket *ticket,
			       struct headgate_lane *lane)
{
	u64 now = ktime_get_ns();

	job->queued_at = now;
	job->flow = job_bill(job, ticket, lane, now);
	if (!job->entity) {
		headgate_job_run(job, now);
		if (job->announced)
			headgate_announce_run(job, ticket);
	} else if (job->own_wait || entity_is_blocked(lane, job->entity)) {
		headgate_job_block(job, now);
	}
	headgate_lane_dispatch(lane, now);
}

/**
 * struct job_kind - how a job is known
 * @meter: what told of it
 * @entity: of drm_sched; without one it goes to the engine at once
 * @waits: for a fence
 */
struct job_kind {
	enum headgate_meter meter;
	const struct drm_sched_entity *entity;
	bool waits;
};

/*
 * A new job of @lane.
 * Return: the job, or NULL for lack of memory.
 */
static __always_inline struct headgate_job *job_add(const struct dma_fence *fence,
						    struct headgate_lane *lane,
						    struct headgate_ticket *ticket,
						    const struct job_kind *kind)
{
	struct headgate_device *device = lane->device;
	struct headgate_job *job = headgate_job_make(device, fence);

	if (unlikely(!job))
		return NULL;
	device->jobs++;
	device->meter = kind->meter;
	job->announced = kind->meter == HEADGATE_METER_FENCE_INIT;
	job->entity = kind->entity;
	job->own_wait = kind->waits;
	job->pid = current->tgid;
	fifo_add(&lane->queued, &job->turn);
	if (kind->meter != HEADGATE_METER_SCHED || !job_takes_place(job, ticket, lane))
		job_enter(job, ticket, lane);
	if (unlikely(headgate_pressure_behind(lane, &job->turn)))
		headgate_pressure_job_queued(job, ktime_get_ns());
	if (ticket) {
		ticket->jobs++;
		ticket->hint = lane->id;
		if (unlikely(headgate_ticket_has_fences(ticket)))
			ticket->scheduled |= kind->meter == HEADGATE_METER_SCHED;
	}
	return job;
}

/* Registers a job, by its fence. */
static __always_inline void job_queue(const struct dma_fence *fence, struct headgate_lane *lane,
				      struct headgate_ticket *ticket, const struct job_kind *kind)
{
	struct headgate_hold hold;
	struct headgate_job *job;

	/* Of a buffer that a driver moves on another device than the ioctl's. */
	if (ticket && unlikely(ticket->lane != lane) && ticket->device != lane->device)
		ticket = NULL;
	headgate_job_hold_new(&hold, fence, lane->device);
	job = job_add(fence, lane, ticket, kind);
	if (likely(job))
		hlist_add_head(&job->node, &hold.bucket->head);
	headgate_job_release(&hold);
}

/* The lane of a job that is not, by the scheduler's address, one for @likely_lane. */
static noinline struct headgate_lane *lane_of_job(struct headgate_lane *likely_lane,
						  const struct drm_gpu_scheduler *sched)
{
	struct headgate_device *device;

	if (likely_lane && headgate_lane_serves(likely_lane, sched))
		return likely_lane;
	device = headgate_device_of(sched->dev);
	return device ? headgate_lane_of_sched(device, sched) : NULL;
}

/**
 * headgate_meter_job_queue - a job is about to enter its entity's queue
 * @job: job
 * @entity: entity
 */
void headgate_meter_job_queue(struct drm_sched_job *job, struct drm_sched_entity *entity)
{
	struct headgate_ticket *ticket;
	struct headgate_lane *lane;

	guard(preempt_notrace)();
	ticket = open_ticket();
	lane = ticket ? ticket->lane : NULL;
	if (!lane || READ_ONCE(lane->sched) != job->sched)
		lane = lane_of_job(lane, job->sched);
	if (unlikely(!lane)) {
		atomic64_inc(&headgate_counters.jobs_unmetered);
		return;
	}
	job_queue(&job->s_fence->finished, lane, ticket, &(struct job_kind){
		.meter = HEADGATE_METER_SCHED,
		.entity = entity,
		.waits = job_waits(job, entity),
	});
}

/* The jobs behind @job in its entity wait for nothing but it. */
static void job_unblock_entity(struct headgate_job *job, u64 now)
{
	struct headgate_job *other, *next;

	list_for_each_entry_safe(other, next, &job->flow->lane->blocked, entry) {
		if (other->entity != job->entity)
			continue;
		if (other->own_wait)
			break;
		headgate_job_unblock(other, now);
	}
}

/**
 * headgate_meter_job_run - a job is handed to the engine
 * @sched_job: job
 */
void headgate_meter_job_run(struct drm_sched_job *sched_job)
{
	struct headgate_hold hold;
	struct headgate_job *job = headgate_job_hold(&hold, &sched_job->s_fence->finished);
	u64 now;

	if (likely(job)) {
		now = ktime_get_ns();
		if (job->blocked) {
			headgate_job_unblock(job, now);
			job_unblock_entity(job, now);
		}
		headgate_job_run(job, now);
		headgate_lane_dispatch(job->flow->lane, now); /* its end is known from now on */
	}
	headgate_job_release(&hold);
}

/**
 * headgate_meter_job_blocks - the scheduler found a job waiting for a fence
 * @sched_job: job
 *
 * Most are found when they are queued already; this catches the dependencies
 * that a driver adds later.
 */
void headgate_meter_job_blocks(struct drm_sched_job *sched_job)
{
	struct headgate_hold hold;
	struct headgate_job *job = headgate_job_hold(&hold, &sched_job->s_fence->finished);
	u64 now;

	if (job) {
		now = ktime_get_ns();
		job->own_wait = true;
		headgate_job_block(job, now);
		headgate_lane_dispatch(job->flow->lane, now);
	}
	headgate_job_release(&hold);
}

static void fence_queue(struct dma_fence *fence, struct headgate_ticket *ticket)
{
	struct headgate_lane *lane;

	lane = headgate_lane_of_fences(ticket->device);
	if (lane)
		job_queue(fence, lane, ticket, &(struct job_kind){
			.meter = headgate_ticket_emits(ticket) ? HEADGATE_METER_FENCE :
							       HEADGATE_METER_FENCE_INIT,
		});
	else
		atomic64_inc(&headgate_counters.jobs_unmetered);
}

/* An open ticket whose fences are its jobs, or NULL: drm_sched tells of those of others. */
static struct headgate_ticket *ticket_with_fences(void)
{
	struct headgate_ticket *ticket = open_ticket();

	return ticket && headgate_ticket_has_fences(ticket) && !ticket->scheduled ? ticket : NULL;
}

/**
 * headgate_meter_fence_emit - work with a fence was handed to an engine
 * @fence: fence
 *
 * On drivers without drm_sched the fences that a task emits inside an open
 * ticket are its jobs.
 */
void headgate_meter_fence_emit(struct dma_fence *fence)
{
	struct headgate_ticket *ticket;

	guard(preempt_notrace)();
	ticket = ticket_with_fences();
	if (ticket && headgate_ticket_emits(ticket))
		fence_queue(fence, ticket);
}

/**
 * headgate_meter_fence_init - a fence was made
 * @fence: fence, nobody else knows it yet
 */
void headgate_meter_fence_init(struct dma_fence *fence)
{
	struct headgate_ticket *ticket;

	guard(preempt_notrace)();
	ticket = ticket_with_fences();
	if (!ticket || headgate_ticket_emits(ticket) ||
	    !headgate_announce_is_job(fence, ticket->device) ||
	    headgate_announce_again(fence, ticket))
		return;
	fence_queue(fence, ticket);
	ticket->fence = fence;
}

/**
 * headgate_meter_fence_wait - the current task waits for a fence, or did
 * @waits: begins to wait
 *
 * A driver that waits inside the submit ioctl keeps nobody else waiting.
 */
void headgate_meter_fence_wait(bool waits)
{
	struct headgate_ticket *ticket;
	unsigned long flags;
	u64 now;

	guard(preempt_notrace)();
	ticket = open_ticket();
	if (likely(!ticket))
		return;
	spin_lock_irqsave(&ticket->device->lock, flags);
	now = ktime_get_ns();
	if (ticket->charged) {
		if (waits)
			headgate_ticket_block(ticket, now);
		else
			headgate_ticket_unblock(ticket, now);
		headgate_lane_dispatch(ticket->lane, now);
	}
	spin_unlock_irqrestore(&ticket->device->lock, flags);
}

/**
 * headgate_meter_fence_done - a fence signals or is freed, maybe a job's
 * @fence: fence; only its address and error are looked at
 *
 * Context: interrupts off, as under the fence's lock.
 */
void headgate_meter_fence_done(struct dma_fence *fence)
{
	struct headgate_hold hold;
	struct headgate_job *job = headgate_job_hold_irq_off(&hold, fence);

	if (likely(job)) {
		__hlist_del(&job->node); /* it goes: no poison */
		headgate_job_finish(job, READ_ONCE(fence->error), ktime_get_ns());
	}
	headgate_job_release_irq_off(&hold);
}
