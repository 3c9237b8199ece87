// SPDX-License-Identifier: GPL-2.0
/*
 * Tickets: their table, their life, and the steps between their states. What
 * moves them is in gate.c.
 *
 * Every step is under the device's lock, and keeps the books of the flow and
 * the lane: their counts of waiting tickets, and of what is outstanding.
 */
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "cache.h"
#include "gate.h"
#include "lane.h"
#include "pressure.h"
#include "settings.h"
#include "ticket.h"

struct headgate_buckets headgate_tickets; /* by task */

/**
 * headgate_ticket_make - a ticket for the current task, which has none
 *
 * Context: process, may not sleep.
 * Return: the ticket, idle, or NULL for lack of memory.
 */
struct headgate_ticket *headgate_ticket_make(void)
{
	struct headgate_bucket *bucket = headgate_bucket(&headgate_tickets, current);
	struct headgate_ticket *ticket;
	unsigned long flags;

	ticket = kmem_cache_zalloc(headgate_caches.ticket, GFP_ATOMIC | __GFP_NOWARN);
	if (!ticket)
		return NULL;
	ticket->task = current;
	INIT_LIST_HEAD(&ticket->entry);
	init_completion(&ticket->granted);
	atomic_inc(&headgate_counters.tickets_live);
	spin_lock_irqsave(&bucket->lock, flags);
	hlist_add_head_rcu(&ticket->node, &bucket->head);
	spin_unlock_irqrestore(&bucket->lock, flags);
	return ticket;
}

/**
 * headgate_ticket_free - take a ticket out of the table and free it
 * @ticket: idle ticket of the current task
 */
void headgate_ticket_free(struct headgate_ticket *ticket)
{
	struct headgate_bucket *bucket = headgate_bucket(&headgate_tickets, ticket->task);
	unsigned long flags;

	spin_lock_irqsave(&bucket->lock, flags);
	hlist_del_rcu(&ticket->node);
	spin_unlock_irqrestore(&bucket->lock, flags);
	atomic_dec(&headgate_counters.tickets_live);
	headgate_device_put(ticket->device);
	kfree_rcu(ticket, rcu);
}

static bool ticket_is_before(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct headgate_ticket, place)->number <
	       rb_entry(b, struct headgate_ticket, place)->number;
}

/**
 * headgate_ticket_enter - line up, by order of arrival
 * @ticket: ticket that is in no list
 * @now: time
 */
void headgate_ticket_enter(struct headgate_ticket *ticket, u64 now)
{
	struct headgate_flow *flow = ticket->flow;

	lockdep_assert_held(&ticket->device->lock);
	if (!ticket->number)
		ticket->number = ++ticket->device->numbers;
	rb_add_cached(&ticket->place, &flow->waiting, ticket_is_before);
	reinit_completion(&ticket->granted);
	ticket->state = TICKET_WAITING;
	if (!flow->nr_waiting++)
		flow->granted_at = max(flow->granted_at, ticket->arrived);
	flow->lane->waiting++;
	headgate_pressure_change(flow, 1, 0, now);
}

/**
 * headgate_ticket_leave - stop waiting
 * @ticket: waiting ticket
 * @now: time
 */
void headgate_ticket_leave(struct headgate_ticket *ticket, u64 now)
{
	lockdep_assert_held(&ticket->device->lock);
	rb_erase_cached(&ticket->place, &ticket->flow->waiting);
	ticket->flow->nr_waiting--;
	headgate_flow_left(ticket->flow);
	ticket->flow->lane->waiting--;
	headgate_pressure_change(ticket->flow, -1, 0, now);
}

/**
 * headgate_ticket_park - nobody attends this ticket for now
 * @ticket: ticket that neither waits nor is charged
 * @now: time
 */
void headgate_ticket_park(struct headgate_ticket *ticket, u64 now)
{
	lockdep_assert_held(&ticket->device->lock);
	ticket->state = TICKET_PARKED;
	ticket->parked = now;
	if (ticket->flow->retired)
		ticket->flow = NULL;
	else
		list_add_tail(&ticket->entry, &ticket->flow->parked);
}

/**
 * headgate_ticket_granted - the queue said go, and has charged the ticket
 * @ticket: ticket that has left the line
 * @now: time
 */
void headgate_ticket_granted(struct headgate_ticket *ticket, u64 now)
{
	struct headgate_flow *flow = ticket->flow;
	struct headgate_lane *lane = flow->lane;

	lockdep_assert_held(&ticket->device->lock);
	ticket->state = TICKET_GRANTED;
	ticket->charged = true;
	ticket->overdue = false;
	ticket->granted_at = now;
	ticket->granted_tick = jiffies;
	flow->granted_at = now;
	if (unlikely(flow->unpaid)) {
		flow->unpaid--;
		flow->account->unpaid--;
	}
	fifo_add(&lane->claims, &ticket->claim);
	flow->outstanding++;
	lane->outstanding++;
	if (unlikely(ticket->armed)) /* else it is granted before its task could wait */
		complete(&ticket->granted);
}

/**
 * headgate_ticket_block - the driver waits: count nothing against the lane
 * @ticket: charged ticket
 * @now: time
 */
void headgate_ticket_block(struct headgate_ticket *ticket, u64 now)
{
	lockdep_assert_held(&ticket->device->lock);
	if (ticket->blocked)
		return;
	headgate_lane_settle(ticket->lane, now);
	ticket->blocked = true;
	queue_block(&ticket->charge, now);
	ticket->lane->outstanding--;
}

/**
 * headgate_ticket_unblock - the driver goes on
 * @ticket: charged ticket
 * @now: time
 */
void headgate_ticket_unblock(struct headgate_ticket *ticket, u64 now)
{
	lockdep_assert_held(&ticket->device->lock);
	if (!ticket->blocked)
		return;
	headgate_lane_settle(ticket->lane, now);
	ticket->blocked = false;
	queue_unblock(&ticket->charge, now);
	ticket->lane->outstanding++;
	ticket->granted_at = now; /* it has its time to queue a job anew */
	if (fifo_holds(&ticket->claim))
		fifo_del(&ticket->lane->claims, &ticket->claim);
	fifo_add(&ticket->lane->claims, &ticket->claim);
}

/**
 * headgate_ticket_refund - no job took the charge: give it back, or most of it
 * @ticket: ticket; its @flow may be freed by this
 * @now: time
 */
void headgate_ticket_refund(struct headgate_ticket *ticket, u64 now)
{
	u64 cost = 0;

	lockdep_assert_held(&ticket->device->lock);
	if (!ticket->charged)
		return;
	/* Nobody keeps a place for nothing, or works without a fence for nothing. */
	if (ticket->overdue)
		cost = CLAIM_NS;
	else if (headgate_ticket_has_fences(ticket) && ticket->state == TICKET_OPEN &&
		 !ticket->jobs)
		cost = ticket->charge.est_ns;
	else if (now - ticket->granted_at > CLAIM_FREE_NS)
		cost = min(now - ticket->granted_at, CLAIM_NS); /* nobody waits: no timer tells */
	headgate_lane_settle(ticket->lane, now);
	ticket->charged = false;
	if (fifo_holds(&ticket->claim))
		fifo_del(&ticket->lane->claims, &ticket->claim);
	queue_done(&ticket->charge, cost, now);
	if (!ticket->blocked)
		ticket->lane->outstanding--;
	ticket->blocked = false;
	headgate_flow_put(ticket->flow);
}

/**
 * headgate_ticket_patience - when a ticket has waited too long
 * @ticket: waiting ticket
 *
 * When its flow, all the time, has had no grant: by ticket it would be up to
 * the number of threads how much goes in debt.
 *
 * Context: under the device's lock.
 * Return: time in ns
 */
u64 headgate_ticket_patience(const struct headgate_ticket *ticket)
{
	return ticket->flow->granted_at + READ_ONCE(headgate_settings.max_wait_ns);
}

/**
 * headgate_ticket_withdraw - the end of a ticket that others may know of
 * @ticket: ticket of the current task; IDLE afterwards
 */
void headgate_ticket_withdraw(struct headgate_ticket *ticket)
{
	struct headgate_device *device = ticket->device;
	unsigned long flags;
	u64 now;

	spin_lock_irqsave(&device->lock, flags);
	now = ktime_get_ns();
	if (ticket->state == TICKET_WAITING) {
		queue_dequeue(&ticket->flow->queue, now);
		headgate_ticket_leave(ticket, now);
	}
	if (ticket->charged || ticket->state == TICKET_WAITING) {
		headgate_ticket_refund(ticket, now);
		headgate_lane_dispatch(ticket->lane, now);
	}
	list_del_init(&ticket->entry);
	ticket->state = TICKET_IDLE;
	spin_unlock_irqrestore(&device->lock, flags);
}

/**
 * headgate_ticket_set_device - a ticket is for this device from now on
 * @ticket: ticket of the current task; what it stood for on another device ends
 * @device: device, found under rcu_read_lock()
 *
 * Return: done; if not, the device is about to be freed.
 */
bool headgate_ticket_set_device(struct headgate_ticket *ticket, struct headgate_device *device)
{
	if (likely(ticket->device == device))
		return true;
	if (!headgate_device_get(device))
		return false;
	headgate_ticket_end(ticket);
	headgate_device_put(ticket->device);
	ticket->device = device;
	return true;
}

void headgate_tickets_init(void)
{
	headgate_buckets_init(&headgate_tickets);
}

/* No task_work is left that uses a ticket; those of live tasks are. */
void headgate_tickets_exit(void)
{
	struct headgate_ticket *ticket;
	struct hlist_node *next;

	for (int i = 0; i < ARRAY_SIZE(headgate_tickets.bucket); i++) {
		hlist_for_each_entry_safe(ticket, next, &headgate_tickets.bucket[i].head, node) {
			/* The lane's timer may be at it just now. */
			if (ticket->device) {
				spin_lock_irq(&ticket->device->lock);
				headgate_ticket_refund(ticket, ktime_get_ns());
				list_del_init(&ticket->entry);
				spin_unlock_irq(&ticket->device->lock);
				headgate_device_put(ticket->device);
			}
			kmem_cache_free(headgate_caches.ticket, ticket);
		}
	}
}
