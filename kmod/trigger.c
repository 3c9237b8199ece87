// SPDX-License-Identifier: GPL-2.0
/*
 * Triggers: the list, and the worker that looks at it while there is anything in it, as
 * often as the shortest window wants: ten times in that. Under the lock nobody waits for memory,
 * since the ends of foreign sockets wait for it. Nothing of a job's way knows of them.
 *
 * A trigger knows its group by number, or by its agent, and looks it up each time, so that
 * it holds nothing but the agent's memory. It ends with its socket, or when its group is gone.
 */
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "agent.h"
#include "flow.h"
#include "lane.h"
#include "trigger.h"

#define LOOKS 10 /* in a window, as PSI */

static DEFINE_MUTEX(triggers_lock); /* all of this; before headgate_agents_lock: never with it */
static LIST_HEAD(triggers);
static unsigned int trigger_count;
static u32 trigger_ids; /* the last number given */
static bool triggers_closed; /* the module goes */
static unsigned long looks_delay; /* of the look that is scheduled, in jiffies */

static void triggers_look(struct work_struct *work);
static DECLARE_DELAYED_WORK(triggers_work, triggers_look);

/* How much it has waited; of an agent that has not submitted there, 0. False: it is gone. */
static bool group_read(struct headgate_device *device, const struct headgate_trigger *trigger,
		       u64 now, u64 *total_ns)
{
	struct pressure *pressure = &device->pressure;
	struct headgate_lane *lane;

	lockdep_assert_held(&device->lock);
	*total_ns = 0;
	if (device->gone || (trigger->agent && READ_ONCE(trigger->agent->gone)))
		return false;
	if (trigger->lane_id) {
		lane = headgate_lane_find(device, trigger->lane_id);
		if (!lane)
			return false;
		pressure = &lane->pressure;
	} else if (trigger->agent) {
		pressure = headgate_flow_pressure(device, trigger->agent);
	}
	if (!pressure)
		return true;
	pressure_settle(pressure, now);
	*total_ns = pressure->total_ns[trigger->kind];
	return true;
}

static bool trigger_read(const struct headgate_trigger *trigger, u64 *now, u64 *total_ns)
{
	struct headgate_device *device = NULL;
	bool found = false;
	unsigned long flags;

	guard(rcu)();
	while ((device = headgate_device_next(device))) {
		if (device->id != trigger->device_id)
			continue;
		spin_lock_irqsave(&device->lock, flags);
		*now = ktime_get_ns();
		found = group_read(device, trigger, *now, total_ns);
		spin_unlock_irqrestore(&device->lock, flags);
		break;
	}
	return found;
}

static void trigger_free(struct headgate_trigger *trigger)
{
	lockdep_assert_held(&triggers_lock);
	list_del(&trigger->list);
	WRITE_ONCE(trigger_count, trigger_count - 1);
	headgate_agent_put(trigger->agent);
	kfree(trigger);
}

static void trigger_look(struct headgate_trigger *trigger)
{
	u64 now, total_ns, grown;

	if (!trigger_read(trigger, &now, &total_ns)) {
		/* Or its owner would wait for ever: told at the next look, then. */
		if (!headgate_netlink_pressure_gone(trigger))
			trigger_free(trigger);
		return;
	}
	grown = pressure_window_grown(&trigger->window, now, total_ns);
	if (grown < trigger->threshold_ns)
		return;
	if (trigger->told && now - trigger->told_at < trigger->window.size_ns)
		return;
	if (headgate_netlink_pressure(trigger, grown))
		return; /* told at the next look, then */
	trigger->told = true;
	trigger->told_at = now;
}

static unsigned long delay_of(u64 window_ns)
{
	return nsecs_to_jiffies(div_u64(window_ns, LOOKS));
}

/* Under the lock. */
static void triggers_schedule(void)
{
	struct headgate_trigger *trigger;
	u64 shortest = U64_MAX;

	list_for_each_entry(trigger, &triggers, list)
		shortest = min(shortest, trigger->window.size_ns);
	cancel_delayed_work(&triggers_work); /* one that runs waits for us, and comes here */
	if (shortest == U64_MAX)
		return;
	looks_delay = delay_of(shortest);
	schedule_delayed_work(&triggers_work, looks_delay);
}

static void triggers_look(struct work_struct *work)
{
	struct headgate_trigger *trigger, *next;

	mutex_lock(&triggers_lock);
	list_for_each_entry_safe(trigger, next, &triggers, list)
		trigger_look(trigger);
	triggers_schedule();
	mutex_unlock(&triggers_lock);
}

/**
 * headgate_trigger_add - begin to watch
 * @trigger: trigger, filled in but for its number; taken over if it is added
 * @id: receives its number
 *
 * Context: process, may sleep; without headgate_agents_lock.
 * Return: 0, -ENOSPC when there are too many, -ENOENT when there is no such group, -ENODEV
 * when the module goes.
 */
int headgate_trigger_add(struct headgate_trigger *trigger, u32 *id)
{
	u64 now, total_ns;
	int err = 0;

	mutex_lock(&triggers_lock);
	if (triggers_closed)
		err = -ENODEV;
	else if (trigger_count >= HEADGATE_PRESSURE_TRIGGERS_MAX)
		err = -ENOSPC;
	else if (!trigger_read(trigger, &now, &total_ns))
		err = -ENOENT;
	if (!err) {
		pressure_window_init(&trigger->window, trigger->window.size_ns, now, total_ns);
		trigger->id = ++trigger_ids;
		*id = trigger->id;
		list_add_tail(&trigger->list, &triggers);
		WRITE_ONCE(trigger_count, trigger_count + 1);
		/* A look is brought forward, but never put off by those who come. */
		if (!delayed_work_pending(&triggers_work) ||
		    delay_of(trigger->window.size_ns) < looks_delay)
			triggers_schedule();
	}
	mutex_unlock(&triggers_lock);
	return err;
}

/**
 * headgate_triggers_release - the end of the triggers of a socket
 * @portid: its port
 *
 * Context: process, may sleep; at the end of any socket of generic netlink.
 */
void headgate_triggers_release(u32 portid)
{
	struct headgate_trigger *trigger, *next;

	/* One of this socket's was added by a request that has ended. */
	if (!READ_ONCE(trigger_count))
		return;
	mutex_lock(&triggers_lock);
	list_for_each_entry_safe(trigger, next, &triggers, list)
		if (trigger->portid == portid)
			trigger_free(trigger);
	mutex_unlock(&triggers_lock);
}

/**
 * headgate_triggers_exit - the end of all triggers; none is added any more
 *
 * Context: module exit.
 */
void headgate_triggers_exit(void)
{
	struct headgate_trigger *trigger, *next;

	mutex_lock(&triggers_lock);
	triggers_closed = true;
	list_for_each_entry_safe(trigger, next, &triggers, list)
		trigger_free(trigger);
	mutex_unlock(&triggers_lock);
	cancel_delayed_work_sync(&triggers_work);
}
