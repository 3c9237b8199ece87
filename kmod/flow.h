/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_FLOW_H
#define _HEADGATE_FLOW_H

#include "device.h"

struct headgate_flow *headgate_flow_get(struct headgate_lane *lane, struct headgate_agent *agent);
struct headgate_flow *headgate_flow_choose(struct headgate_device *device,
					   const struct headgate_agent *agent, u32 hint);
struct pressure *headgate_flow_pressure(struct headgate_device *device,
					const struct headgate_agent *agent);
void headgate_flow_end(struct headgate_flow *flow);
void headgate_flow_waited(struct headgate_flow *flow, u64 wait_ns);
void headgate_flow_sync_agent(struct headgate_device *device, struct headgate_agent *agent);
void headgate_flow_retire_agent(struct headgate_device *device,
				const struct headgate_agent *agent);
void headgate_flow_retire_all(struct headgate_device *device);

/* The flow that a queue_flow is embedded in. */
static inline struct headgate_flow *headgate_flow_of(struct queue_flow *queue)
{
	return container_of(queue, struct headgate_flow, queue);
}

/* Dumps of flows that were begun, each before it takes the lock of a device. */
extern atomic_t headgate_flow_dumps;

/**
 * headgate_flow_left - what is told of a flow may be the last for long
 * @flow: flow; one that has something waiting or outstanding is told anyway
 *
 * A dump that has been here before counts, so that the next one tells.
 *
 * Context: under the device's lock.
 */
static inline void headgate_flow_left(struct headgate_flow *flow)
{
	flow->left_at = atomic_read(&headgate_flow_dumps);
}

/**
 * headgate_flow_put - something outstanding is done
 * @flow: flow; may be freed by this
 *
 * Context: under the device's lock.
 */
static inline void headgate_flow_put(struct headgate_flow *flow)
{
	lockdep_assert_held(&flow->lane->device->lock);
	if (--flow->outstanding)
		return;
	headgate_flow_left(flow);
	if (unlikely(flow->retired))
		headgate_flow_end(flow);
}

static inline bool headgate_flow_governed(const struct headgate_flow *flow)
{
	return flow->account;
}

#endif
