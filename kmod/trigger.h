/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Triggers: who wants to be told when the pressure of a group is above a threshold.
 */
#ifndef _HEADGATE_TRIGGER_H
#define _HEADGATE_TRIGGER_H

#include <linux/list.h>

#include "pressure_time.h"

struct headgate_agent;

/**
 * struct headgate_trigger - watches one group
 * @list: all of them
 * @id: its number
 * @portid: port of the socket that it came by, of the initial network namespace
 * @scope: enum headgate_pressure_scope
 * @agent: where that is the scope, the agent; a reference is held. Or NULL
 * @lane_id: where that is the scope, the lane's number. Or 0
 * @device_id: number of the device
 * @kind: which time counts
 * @threshold_ns: how much of it in a window makes an event
 * @window: the window
 * @told_at: when there last was an event
 * @told: there was one
 *
 * All under the lock of trigger.c, once it is in the list.
 */
struct headgate_trigger {
	struct list_head list;
	u32 id;
	u32 portid;
	u32 scope;
	struct headgate_agent *agent;
	u32 lane_id;
	u32 device_id;
	enum pressure_kind kind;
	u64 threshold_ns;
	struct pressure_window window;
	u64 told_at;
	bool told;
};

int headgate_trigger_add(struct headgate_trigger *trigger, u32 *id);
void headgate_triggers_release(u32 portid);
void headgate_triggers_exit(void);

/* Of netlink_trigger.c. */
int headgate_netlink_pressure(const struct headgate_trigger *trigger, u64 stall_ns);
int headgate_netlink_pressure_gone(const struct headgate_trigger *trigger);
int headgate_netlink_triggers_init(void);
void headgate_netlink_triggers_exit(void);

#endif
