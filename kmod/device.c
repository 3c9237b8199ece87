// SPDX-License-Identifier: GPL-2.0
/*
 * Devices, made when the first submission or job is seen.
 *
 * A device pins its parent struct device, so the pointer is a key that is not
 * reused. Devices and lanes live until the module goes: lookups take no lock.
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
#include "job.h"
#include "lane.h"

#define DEVICE_BITS 4 /* a host has up to 16 GPUs */

static DEFINE_SPINLOCK(devices_lock); /* makes devices; innermost */
static struct hlist_head device_table[1 << DEVICE_BITS];
static LIST_HEAD(devices);
static u32 device_ids; /* devices_lock; the last number given */

static struct headgate_device *device_find(const struct device *dev)
{
	struct headgate_device *device;

	hlist_for_each_entry_rcu(device, &device_table[hash_ptr(dev, DEVICE_BITS)], node,
				 lockdep_is_held(&devices_lock))
		if (device->dev == dev)
			return device;
	return NULL;
}

static struct headgate_device *device_make(struct device *dev)
{
	struct headgate_device *device, *other;
	unsigned long flags;

	device = kzalloc(sizeof(*device), GFP_ATOMIC | __GFP_NOWARN);
	if (!device)
		return NULL;
	device->primary_minor = -1;
	device->render_minor = -1;
	device->accel_minor = -1;
	strscpy(device->driver, dev_driver_string(dev), sizeof(device->driver));
	spin_lock_init(&device->lock);
	INIT_LIST_HEAD(&device->lanes);
	hash_init(device->accounts);

	spin_lock_irqsave(&devices_lock, flags);
	other = device_find(dev);
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
	return other ?: device;
}

/**
 * headgate_device_of - the device behind a struct device
 * @dev: parent device of a DRM device
 *
 * Context: any, under rcu_read_lock() or with preemption off.
 * Return: the device, made if need be, or NULL for lack of memory.
 */
struct headgate_device *headgate_device_of(struct device *dev)
{
	return device_find(dev) ?: device_make(dev);
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
 * Return: the device, made if need be, or NULL for lack of memory.
 */
struct headgate_device *headgate_device_of_drm(const struct drm_device *drm)
{
	struct headgate_device *device = headgate_device_of(drm->dev);
	unsigned long flags;

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
 * Context: under rcu_read_lock(); the result outlives it, see above.
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

/* No probe, ticket, job or agent is left. */
void headgate_devices_exit(void)
{
	struct headgate_device *device, *next;

	list_for_each_entry_safe(device, next, &devices, list) {
		headgate_lanes_free(device);
		headgate_jobs_free_spare(device);
		put_device(device->dev);
		kfree(device);
	}
}
