// SPDX-License-Identifier: GPL-2.0
/*
 * Which lane a job belongs to.
 *
 *   a scheduler per engine   its lane has the scheduler as key: it lives as long as the device
 *   a scheduler per queue    they come and go, and their memory is used again: the lane is
 *                            that of their engine class, known by name; see class.h
 *   fences alone             one lane for the device
 *
 * That a driver has a scheduler per queue is what the gate says (HEADGATE_ADMIT_CLASS). Jobs
 * that come before any gate says so, such as those of ioctls that are no submissions, make
 * lanes by scheduler; these become lanes of their class then, and where several do, all that
 * comes goes to the eldest. A driver
 * that no gate knows may have as many schedulers as it likes: beyond LANES_MAX they share a
 * lane, so that a device's memory is bounded, and until then a scheduler in the memory of one
 * that is gone takes that one's lane. Nothing of such a driver is held, only metered.
 */
#include <drm/gpu_scheduler.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include "class.h"
#include "lane.h"

/* No driver with a scheduler per engine has as many. */
#define LANES_MAX 64
#define LANE_OF_OTHERS "others"

static DEFINE_SPINLOCK(lanes_lock); /* makes lanes; innermost */
static u32 lane_ids; /* lanes_lock; the last number given */

/**
 * struct lane_key - what a lane is known by
 * @sched: scheduler, or NULL
 * @class: of a class, known by name
 * @name: name of the lane
 */
struct lane_key {
	const void *sched;
	bool class;
	char name[HEADGATE_NAME_LEN];
};

static bool key_fits(const struct lane_key *key, const struct headgate_lane *lane)
{
	if (key->class) {
		/* Pairs with headgate_lanes_classify(): the name is the class's by then. */
		return smp_load_acquire(&lane->class) && !strcmp(lane->name, key->name);
	}
	return !READ_ONCE(lane->class) && READ_ONCE(lane->sched) == key->sched;
}

static struct headgate_lane *lane_find(struct headgate_device *device, const struct lane_key *key)
{
	struct headgate_lane *lane;

	list_for_each_entry_rcu(lane, &device->lanes, list, true)
		if (key_fits(key, lane))
			return lane;
	return NULL;
}

/* Whether a scheduler comes too late for a lane of its own: then it is one of the others. */
static bool key_joins_others(const struct headgate_device *device, struct lane_key *key)
{
	if (READ_ONCE(device->nr_lanes) < LANES_MAX || !key->sched)
		return false;
	key->class = true;
	strscpy(key->name, LANE_OF_OTHERS, sizeof(key->name));
	return true;
}

static void key_of_class(struct lane_key *key, const char *name)
{
	key->class = true;
	strscpy(key->name, name, sizeof(key->name));
	key->name[headgate_class_length(key->name)] = '\0';
}

static struct headgate_lane *lane_make(struct headgate_device *device, struct lane_key *key)
{
	struct headgate_lane *lane, *other;
	unsigned long flags;

	if (key_joins_others(device, key)) {
		lane = lane_find(device, key);
		if (lane)
			return lane;
	}
	lane = kzalloc(sizeof(*lane), GFP_ATOMIC | __GFP_NOWARN);
	if (!lane)
		return NULL;

	spin_lock_irqsave(&lanes_lock, flags);
	if (device->classes && key->sched && !key->class) /* since just now */
		key_of_class(key, key->name);
	key_joins_others(device, key);
	other = lane_find(device, key);
	if (!other) {
		headgate_lane_init(lane, device, key->name);
		lane->sched = key->class ? NULL : key->sched;
		lane->class = key->class;
		/* Fence drivers are those of virtual GPUs: their host may tell several at once. */
		lane->queue.prompt = key->sched;
		lane->id = ++lane_ids;
		WRITE_ONCE(device->nr_lanes, device->nr_lanes + 1);
		list_add_tail_rcu(&lane->list, &device->lanes);
	}
	spin_unlock_irqrestore(&lanes_lock, flags);
	if (other)
		kfree(lane);
	return other ?: lane;
}

/**
 * headgate_lane_of_sched - the lane of a scheduler
 * @device: its device
 * @sched: scheduler
 *
 * Context: any, under rcu_read_lock() or with preemption off.
 * Return: the lane, made if need be, or NULL for lack of memory.
 */
struct headgate_lane *headgate_lane_of_sched(struct headgate_device *device,
					     const struct drm_gpu_scheduler *sched)
{
	struct lane_key key = { .sched = sched };
	struct headgate_lane *lane;

	if (READ_ONCE(device->classes)) {
		key_of_class(&key, sched->name);
		return lane_find(device, &key) ?: lane_make(device, &key);
	}
	lane = lane_find(device, &key);
	if (likely(lane))
		return lane;
	strscpy(key.name, sched->name, sizeof(key.name));
	return lane_make(device, &key);
}

/**
 * headgate_lane_of_fences - the lane of jobs that are known by their fences alone
 * @device: device
 *
 * Context: any, under rcu_read_lock() or with preemption off.
 * Return: the lane, made if need be, or NULL for lack of memory.
 */
struct headgate_lane *headgate_lane_of_fences(struct headgate_device *device)
{
	struct lane_key key = {};
	struct headgate_lane *lane = lane_find(device, &key);

	if (likely(lane))
		return lane;
	strscpy(key.name, device->driver, sizeof(key.name));
	return lane_make(device, &key);
}

/**
 * headgate_lane_serves - whether a scheduler of a class belongs to a lane
 * @lane: lane
 * @sched: scheduler that is not the lane's key
 *
 * Cheaper than to look for the lane, and right for most jobs.
 */
bool headgate_lane_serves(const struct headgate_lane *lane, const struct drm_gpu_scheduler *sched)
{
	/* Pairs with headgate_lanes_classify(): the name is the class's by then. */
	return smp_load_acquire(&lane->class) && !READ_ONCE(lane->merged) &&
	       READ_ONCE(lane->device->dev) == sched->dev &&
	       headgate_class_has(lane->name, sched->name);
}

static bool lane_of_class(struct headgate_device *device, const char *name)
{
	struct headgate_lane *lane;

	list_for_each_entry_rcu(lane, &device->lanes, list, true)
		if (lane->class && !strcmp(lane->name, name))
			return true;
	return false;
}

/**
 * headgate_lanes_classify - a device's driver has a scheduler per queue
 * @device: device
 *
 * Context: any, under rcu_read_lock() or with preemption off.
 */
void headgate_lanes_classify(struct headgate_device *device)
{
	struct headgate_lane *lane;
	unsigned long flags;

	spin_lock_irqsave(&lanes_lock, flags);
	if (!device->classes) {
		WRITE_ONCE(device->classes, true);
		list_for_each_entry_rcu(lane, &device->lanes, list, true) {
			if (!lane->sched)
				continue;
			lane->name[headgate_class_length(lane->name)] = '\0';
			WRITE_ONCE(lane->merged, lane_of_class(device, lane->name));
			/* Pairs with key_fits() and headgate_lane_serves(). */
			smp_store_release(&lane->class, true);
			WRITE_ONCE(lane->sched, NULL); /* it may be freed by now, or any time */
		}
	}
	spin_unlock_irqrestore(&lanes_lock, flags);
}

/**
 * headgate_lane_find - a lane by its number
 * @device: device
 * @id: number of one of its lanes
 *
 * Context: any, under rcu_read_lock() or with preemption off.
 * Return: the lane, or NULL when the device has none of that number.
 */
struct headgate_lane *headgate_lane_find(struct headgate_device *device, u32 id)
{
	struct headgate_lane *lane;

	list_for_each_entry_rcu(lane, &device->lanes, list, true)
		if (lane->id == id)
			return lane;
	return NULL;
}
