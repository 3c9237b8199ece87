// SPDX-License-Identifier: GPL-2.0
/*
 * Devices, made when the first submission or job is seen.
 *
 * A device pins its parent struct device, so the pointer is a key that is not
 * reused; lookups take no lock. hotplug.c says when a device is gone. It stays
 * in the list for the sake of its ledger, until it is forgotten; then what is
 * left are tickets of tasks that were at it last, each with a reference. Jobs
 * have none: a device with jobs is not forgotten, and a job is no more followed
 * when it is. Lanes live as long as their device.
 */
#include <drm/drm_device.h>
#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <linux/device.h>
#include <linux/hash.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include "agent.h"
#include "device.h"
#include "flow.h"
#include "hotplug.h"
#include "job.h"
#include "lane.h"

#define DEVICE_BITS 4 /* a host has up to 16 GPUs */

static DEFINE_SPINLOCK(devices_lock); /* makes devices; innermost */
static struct hlist_head device_table[1 << DEVICE_BITS];
static LIST_HEAD(devices);
static u32 device_ids; /* devices_lock; the last number given */
static struct workqueue_struct *device_wq; /* frees devices */

/**
 * headgate_device_find - the device behind a struct device, if it is known
 * @dev: parent device of a DRM device
 *
 * Context: any, under rcu_read_lock() or with preemption off.
 * Return: the device, maybe gone, or NULL.
 */
struct headgate_device *headgate_device_find(const struct device *dev)
{
	struct headgate_device *device;

	hlist_for_each_entry_rcu(device, &device_table[hash_ptr(dev, DEVICE_BITS)], node,
				 lockdep_is_held(&devices_lock))
		if (READ_ONCE(device->dev) == dev)
			return device;
	return NULL;
}

/*
 * The end of a device; nobody can find it any more. Its timers may be running
 * still, so it takes a process to wait for them.
 */
static void device_free(struct work_struct *work)
{
	struct headgate_device *device = container_of(to_rcu_work(work), struct headgate_device,
						      free);

	headgate_lanes_free(device);
	headgate_jobs_free_spare(device);
	kfree(device);
}

/**
 * headgate_device_get - take a reference
 * @device: device, found under rcu_read_lock() or with preemption off
 *
 * Return: taken; if not, the device is about to be freed.
 */
bool headgate_device_get(struct headgate_device *device)
{
	return refcount_inc_not_zero(&device->refs);
}

/**
 * headgate_device_put - drop a reference
 * @device: device, or NULL
 *
 * Context: any.
 */
void headgate_device_put(struct headgate_device *device)
{
	if (device && refcount_dec_and_test(&device->refs))
		queue_rcu_work(device_wq, &device->free);
}

static struct headgate_device *device_make(struct device *dev)
{
	struct headgate_device *device, *other;
	unsigned long flags;

	/* Of a scheduler without a device, as drm_sched's own tests have. */
	if (!dev)
		return NULL;
	/* A driver's late job: nobody would tell us of this device again. */
	if (!device_is_registered(dev))
		return NULL;
	device = kzalloc(sizeof(*device), GFP_ATOMIC | __GFP_NOWARN);
	if (!device)
		return NULL;
	device->primary_minor = -1;
	device->render_minor = -1;
	device->accel_minor = -1;
	strscpy(device->name, dev_name(dev), sizeof(device->name));
	strscpy(device->driver, dev_driver_string(dev), sizeof(device->driver));
	device->bound = READ_ONCE(dev->driver);
	refcount_set(&device->refs, 1);
	INIT_RCU_WORK(&device->free, device_free);
	spin_lock_init(&device->lock);
	INIT_LIST_HEAD(&device->lanes);
	hash_init(device->accounts);
	pressure_init(&device->pressure, ktime_get_ns());

	spin_lock_irqsave(&devices_lock, flags);
	other = headgate_device_find(dev);
	if (!other) {
		device->dev = get_device(dev);
		device->id = ++device_ids;
		hlist_add_head_rcu(&device->node, &device_table[hash_ptr(dev, DEVICE_BITS)]);
		list_add_tail_rcu(&device->list, &devices);
	}
	spin_unlock_irqrestore(&devices_lock, flags);
	smp_mb(); /* a dead agent is seen from now on: see headgate_agent_del() */
	if (other)
		kfree(device);
	else
		headgate_hotplug_watch();
	return other ?: device;
}

/**
 * headgate_device_of - the device behind a struct device
 * @dev: parent device of a DRM device
 *
 * Context: any, under rcu_read_lock() or with preemption off.
 * Return: the device, made if need be, or NULL for lack of memory or because the
 * struct device is not registered any more.
 */
struct headgate_device *headgate_device_of(struct device *dev)
{
	return headgate_device_find(dev) ?: device_make(dev);
}

static int minor_index(const struct drm_minor *minor)
{
	return minor ? minor->index : -1;
}

/**
 * headgate_device_of_drm - the device behind a DRM device
 * @drm: DRM device with an open file
 *
 * Context: any, under rcu_read_lock() or with preemption off.
 * Return: the device, made if need be, or NULL for lack of memory, or because there
 * is none: the DRM device is unplugged.
 */
struct headgate_device *headgate_device_of_drm(const struct drm_device *drm)
{
	struct headgate_device *device;
	unsigned long flags;

	/* Another may have taken its place, whose business this file is not. */
	if (drm_dev_is_unplugged((struct drm_device *)drm))
		return NULL;
	device = headgate_device_of(drm->dev);
	if (!device || READ_ONCE(device->primary_minor) >= 0 ||
	    READ_ONCE(device->accel_minor) >= 0)
		return device;
	spin_lock_irqsave(&device->lock, flags);
	strscpy(device->driver, drm->driver->name, sizeof(device->driver));
	device->render_minor = minor_index(drm->render);
	WRITE_ONCE(device->primary_minor, minor_index(drm->primary));
	WRITE_ONCE(device->accel_minor, minor_index(drm->accel));
	spin_unlock_irqrestore(&device->lock, flags);
	return device;
}

/**
 * headgate_device_next - iterate over all devices in the order of their ids
 * @device: the one before, or NULL to begin
 *
 * Context: under rcu_read_lock() or headgate_agents_lock, which bounds the life of
 * the result.
 * Return: the next device, or NULL.
 */
struct headgate_device *headgate_device_next(struct headgate_device *device)
{
	if (!device)
		return list_first_or_null_rcu(&devices, struct headgate_device, list);
	return list_next_or_null_rcu(&devices, &device->list, struct headgate_device, list);
}

/**
 * headgate_device_sync_agent - an agent's policy or parent has changed
 * @agent: agent
 *
 * Context: under headgate_agents_lock.
 */
void headgate_device_sync_agent(struct headgate_agent *agent)
{
	struct headgate_device *device = NULL;
	unsigned long flags;

	rcu_read_lock();
	while ((device = headgate_device_next(device))) {
		spin_lock_irqsave(&device->lock, flags);
		headgate_flow_sync_agent(device, agent);
		spin_unlock_irqrestore(&device->lock, flags);
	}
	rcu_read_unlock();
}

/**
 * headgate_device_retire_agent - an agent is gone: let its tickets through
 * @agent: agent, marked gone
 *
 * Context: under headgate_agents_lock.
 */
void headgate_device_retire_agent(struct headgate_agent *agent)
{
	struct headgate_device *device = NULL;
	unsigned long flags;

	rcu_read_lock();
	while ((device = headgate_device_next(device))) {
		spin_lock_irqsave(&device->lock, flags);
		headgate_flow_retire_agent(device, agent);
		spin_unlock_irqrestore(&device->lock, flags);
	}
	rcu_read_unlock();
}

/**
 * headgate_device_sync_all - the settings have changed
 *
 * Context: under headgate_agents_lock.
 */
void headgate_device_sync_all(void)
{
	struct headgate_agent *agent = NULL;

	while ((agent = headgate_agent_next(agent)))
		headgate_device_sync_agent(agent);
}

/**
 * headgate_device_leave_table - a gone device is not to be found any more
 * @device: device in the table
 *
 * Context: under headgate_agents_lock. The caller drops the reference to the struct
 * device afterwards, without the lock.
 */
void headgate_device_leave_table(struct headgate_device *device)
{
	unsigned long flags;

	lockdep_assert_held(&headgate_agents_lock);
	spin_lock_irqsave(&devices_lock, flags);
	hlist_del_rcu(&device->node);
	WRITE_ONCE(device->dev, NULL);
	spin_unlock_irqrestore(&devices_lock, flags);
}

/* No account is left, so no flow of an agent has anything outstanding. */
static bool device_is_idle(struct headgate_device *device)
{
	struct headgate_lane *lane;

	lockdep_assert_held(&device->lock);
	list_for_each_entry_rcu(lane, &device->lanes, list, lockdep_is_held(&device->lock))
		if (lane->ungoverned.outstanding)
			return false;
	return hash_empty(device->accounts);
}

/**
 * headgate_device_forget - let a gone device go, if nothing is left to follow
 * @device: device that is gone and not in the table; may be freed by this
 *
 * Context: under headgate_agents_lock.
 * Return: forgotten.
 */
bool headgate_device_forget(struct headgate_device *device)
{
	unsigned long flags;

	lockdep_assert_held(&headgate_agents_lock);
	spin_lock_irqsave(&device->lock, flags);
	if (!device_is_idle(device)) {
		spin_unlock_irqrestore(&device->lock, flags);
		return false;
	}
	device->forgotten = true;
	headgate_jobs_free_spare(device);
	spin_unlock_irqrestore(&device->lock, flags);

	spin_lock_irqsave(&devices_lock, flags);
	list_del_rcu(&device->list);
	spin_unlock_irqrestore(&devices_lock, flags);
	headgate_device_put(device);
	return true;
}

int headgate_devices_init(void)
{
	device_wq = alloc_workqueue("headgate", WQ_UNBOUND, 0);
	return device_wq ? 0 : -ENOMEM;
}

/* No probe, ticket, job or agent is left, and nobody tells of devices. */
void headgate_devices_exit(void)
{
	struct headgate_device *device, *next;

	list_for_each_entry_safe(device, next, &devices, list) {
		put_device(device->dev);
		headgate_device_put(device);
	}
	rcu_barrier(); /* those that RCU has yet to hand over */
	destroy_workqueue(device_wq);
}
