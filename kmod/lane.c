// SPDX-License-Identifier: GPL-2.0
/*
 * Lanes: what is let in, and when to look again.
 *
 * A lane is made when its first job is seen (lane_table.c), and lives as long as its device.
 * Its timer is armed while tickets wait, for what time alone brings about: a
 * cap opens, the running job nears its end, a grant was not taken up.
 */
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "announce.h"
#include "batch.h"
#include "cache.h"
#include "compat/hrtimer.h"
#include "flow.h"
#include "gone.h"
#include "job.h"
#include "lane.h"
#include "settings.h"
#include "ticket.h"

/*
 * 50 ms, much longer than drm_sched's worker takes: a job that an engine has not
 * run in so long an idle time waits for something that we do not see.
 */
#define STUCK_NS (50 * NSEC_PER_MSEC)

/* See headgate_lane_settle(). */
void headgate_lane_settle_held(struct headgate_lane *lane, u64 now)
{
	bool held_idle = lane->waiting && !lane->outstanding;

	if (lane->held_idle_since)
		lane->held_idle_ns += now - lane->held_idle_since;
	lane->held_idle_since = held_idle ? now : 0;
}

static void lane_timer_arm(struct headgate_lane *lane, u64 at)
{
	if (at >= lane->timer_at)
		return;
	lane->timer_at = at;
	hrtimer_start(&lane->timer, ns_to_ktime(at), HRTIMER_MODE_ABS_SOFT);
}

/* Grants nobody has taken up, and open tickets without a job. */
static void lane_expire_claims(struct headgate_lane *lane, u64 now)
{
	struct headgate_ticket *ticket;
	struct headgate_flow *flow;

	/* Each that is expired leaves the queue. */
	while ((ticket = fifo_first(&lane->claims, struct headgate_ticket, claim))) {
		if (now < ticket->granted_at + CLAIM_NS)
			break;
		if (ticket->state == TICKET_OPEN) {
			ticket->overdue = true;
			fifo_del(&lane->claims, &ticket->claim);
			headgate_ticket_block(ticket, now); /* the driver waits */
			continue;
		}
		/* Parked before its flow may be freed: then it has none. */
		flow = ticket->flow;
		flow->outstanding++;
		ticket->overdue = true;
		headgate_ticket_refund(ticket, now);
		headgate_ticket_park(ticket, now);
		headgate_flow_put(flow);
	}
}

/*
 * When a queued job is taken to wait for something. Not before the engine has
 * idled as long: between two jobs it does for an instant, and most of those
 * that queue up in the scheduler were queued long ago.
 */
static u64 lane_stuck_at(const struct headgate_lane *lane, const struct headgate_job *job)
{
	return max(job->queued_at, lane->last_done) + STUCK_NS;
}

/*
 * An idle engine, and a job that was queued to it long ago: the scheduler will
 * not run it for now, or, on an entity that was killed, ever.
 */
static void lane_block_stuck(struct headgate_lane *lane, u64 now)
{
	struct headgate_job *job;

	if (lane->running)
		return;
	while ((job = fifo_first(&lane->queued, struct headgate_job, turn))) {
		if (now < lane_stuck_at(lane, job))
			break;
		job->own_wait = true;
		headgate_job_block(job, now);
	}
}

/* When a claim or a queued job of the lane will have been there too long. */
static u64 lane_overdue_at(struct headgate_lane *lane)
{
	struct headgate_ticket *ticket;
	struct headgate_job *job;
	u64 at = U64_MAX;

	ticket = fifo_first(&lane->claims, struct headgate_ticket, claim);
	if (ticket)
		at = ticket->granted_at + CLAIM_NS;
	job = fifo_first(&lane->queued, struct headgate_job, turn);
	if (job && !lane->running)
		at = min(at, lane_stuck_at(lane, job));
	return min(at, headgate_announce_overdue_at(lane));
}

/* See headgate_lane_dispatch(). */
void headgate_lane_dispatch_held(struct headgate_lane *lane, u64 now)
{
	struct headgate_ticket *ticket;
	struct headgate_flow *flow;
	struct queue_flow *picked;
	u64 next = U64_MAX;

	headgate_lane_settle(lane, now);
	while (lane->waiting && (picked = queue_pick(&lane->queue, now, &next))) {
		flow = headgate_flow_of(picked);
		ticket = headgate_ticket_first(flow);
		headgate_ticket_leave(ticket, now);
		queue_grant(picked, now, &ticket->charge);
		headgate_ticket_granted(ticket, now);
	}
	headgate_lane_settle(lane, now);
	if (!lane->waiting)
		return;
	next = min(next, lane_overdue_at(lane));
	if (next != U64_MAX)
		lane_timer_arm(lane, max(next, now + 1));
}

static enum hrtimer_restart lane_timer(struct hrtimer *timer)
{
	struct headgate_lane *lane = container_of(timer, struct headgate_lane, timer);
	unsigned long flags;
	u64 now;

	spin_lock_irqsave(&lane->device->lock, flags);
	now = ktime_get_ns();
	if (now >= lane->timer_at) { /* else it was armed anew meanwhile */
		lane->timer_at = U64_MAX;
		lane_expire_claims(lane, now);
		lane_block_stuck(lane, now);
		headgate_announce_expire(lane, now);
		headgate_lane_dispatch(lane, now);
	}
	spin_unlock_irqrestore(&lane->device->lock, flags);
	return HRTIMER_NORESTART;
}

/**
 * headgate_lane_init - a lane that nobody knows of yet
 * @lane: lane, zeroed
 * @device: its device
 * @name: its name, copied
 */
void headgate_lane_init(struct headgate_lane *lane, struct headgate_device *device,
			const char *name)
{
	lane->device = device;
	strscpy(lane->name, name, sizeof(lane->name));
	queue_init(&lane->queue, &headgate_settings.queue);
	INIT_LIST_HEAD(&lane->flows);
	INIT_LIST_HEAD(&lane->gone);
	fifo_init(&lane->claims);
	fifo_init(&lane->queued);
	fifo_init(&lane->announced);
	fifo_init(&lane->served);
	INIT_LIST_HEAD(&lane->blocked);
	headgate_batch_init(lane);
	lane->ungoverned.lane = lane;
	lane->ungoverned.waiting = RB_ROOT_CACHED;
	INIT_LIST_HEAD(&lane->ungoverned.parked);
	lane->made_at = ktime_get_ns();
	lane->turned_at = lane->made_at;
	pressure_init(&lane->pressure, lane->made_at);
	lane->timer_at = U64_MAX;
	headgate_hrtimer_setup(&lane->timer, lane_timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_SOFT);
}

/**
 * headgate_lanes_free - free the lanes of a device, and the flows kept in them
 * @device: device that nobody uses any more
 *
 * Context: process, may sleep.
 */
void headgate_lanes_free(struct headgate_device *device)
{
	struct headgate_flow *flow, *next_flow;
	struct headgate_lane *lane, *next;

	list_for_each_entry_safe(lane, next, &device->lanes, list) {
		headgate_batch_exit(lane);
		hrtimer_cancel(&lane->timer);
		spin_lock_irq(&device->lock);
		headgate_gone_forget(lane, U64_MAX);
		spin_unlock_irq(&device->lock);
		list_for_each_entry_safe(flow, next_flow, &lane->flows, lane_list)
			kmem_cache_free(headgate_caches.flow, flow);
		kfree(lane);
	}
}
