// SPDX-License-Identifier: GPL-2.0
/*
 * Releases: all tickets of a flow or a device are let through, whatever the queue says.
 */
#include <linux/timekeeping.h>

#include "lane.h"
#include "release.h"
#include "ticket.h"

static void release_waiting(struct headgate_flow *flow, u64 now)
{
	struct headgate_ticket *ticket;

	while ((ticket = headgate_ticket_first(flow))) {
		headgate_ticket_leave(ticket, now);
		queue_grant(&flow->queue, now, &ticket->charge);
		headgate_ticket_granted(ticket, now);
	}
}

/**
 * headgate_release_flow - let all tickets of a flow through
 * @flow: flow that is retired
 *
 * Context: under the device's lock.
 */
void headgate_release_flow(struct headgate_flow *flow)
{
	struct headgate_ticket *ticket, *next;
	u64 now = ktime_get_ns();

	lockdep_assert_held(&flow->lane->device->lock);
	headgate_lane_settle(flow->lane, now);
	release_waiting(flow, now);
	list_for_each_entry_safe(ticket, next, &flow->parked, entry) {
		list_del_init(&ticket->entry);
		ticket->flow = NULL;
	}
	headgate_lane_settle(flow->lane, now);
}

/**
 * headgate_release_device - let all tickets of a device through
 * @device: device that is judged no more, or so it seems
 *
 * Their tasks enter the ioctl anew; where a gate judges it, it admits them.
 *
 * Context: any.
 */
void headgate_release_device(struct headgate_device *device)
{
	struct headgate_flow *flow;
	struct headgate_lane *lane;
	unsigned long flags;
	u64 now;

	spin_lock_irqsave(&device->lock, flags);
	now = ktime_get_ns();
	list_for_each_entry_rcu(lane, &device->lanes, list, lockdep_is_held(&device->lock)) {
		headgate_lane_settle(lane, now);
		list_for_each_entry(flow, &lane->flows, lane_list)
			release_waiting(flow, now);
		headgate_lane_settle(lane, now);
	}
	spin_unlock_irqrestore(&device->lock, flags);
}
