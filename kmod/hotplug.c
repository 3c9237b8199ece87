// SPDX-License-Identifier: GPL-2.0
/*
 * Devices that go: unbound from their driver, unplugged, or driver and all.
 *
 *   first sight ---> known ---unbound---> gone ---bound anew, or removed---+
 *                   in the table         in the table: late jobs           |
 *                   in the list          in the list: its ledger           v
 *          freed <--last ticket-- forgotten <--too many gone, idle-- gone, in the list
 *
 * When a device is gone, its tickets are let through: the driver answers them.
 * Jobs in flight are followed to their end, and charged. A job that its driver
 * queues late is metered as ungoverned.
 *
 * A bus tells of its devices, by a notifier. That is chosen over a devres action
 * of the struct device: one that is added while the driver is being unbound stays,
 * and the driver core then refuses to bind the device again; and nobody can wait
 * for an action that is running, as the exit of a module must. Buses are watched
 * from the first device on that is seen of them, by a work, since that sight is
 * in atomic context. What happened in between is made good for afterwards, by
 * looking. Only a device that was unbound and bound again in that instant goes
 * unnoticed: its ledger goes on. One that is on no bus is known until the module goes.
 *
 * Locks: that of a struct device, a bus's notifiers, headgate_agents_lock.
 */
#include <linux/device.h>
#include <linux/device/bus.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "agent.h"
#include "device.h"
#include "flow.h"
#include "hotplug.h"

/* Devices that are gone and yet listed; one that is not idle stays beyond that. */
#define GONE_MAX 8

#define LOOK_AGAIN HZ /* much longer than the removal of a device takes after it was told */

/**
 * struct watch - a bus whose devices we are told of
 * @list: all of them; used by the work, and at exit
 * @nb: its notifier
 * @bus: the bus
 */
struct watch {
	struct list_head list;
	struct notifier_block nb;
	const struct bus_type *bus;
};

static LIST_HEAD(watches);

/* Of those that are gone and out of the table, the eldest beyond GONE_MAX. */
static void forget_eldest(void)
{
	struct headgate_device *device, *next;
	unsigned int gone = 0;

	lockdep_assert_held(&headgate_agents_lock);
	for (device = headgate_device_next(NULL); device; device = headgate_device_next(device))
		gone += device->gone;
	for (device = headgate_device_next(NULL); device && gone > GONE_MAX; device = next) {
		next = headgate_device_next(device);
		if (device->gone && !device->dev && headgate_device_forget(device))
			gone--;
	}
}

/* Lets everybody through who waits. */
static void device_go(struct headgate_device *device)
{
	lockdep_assert_held(&headgate_agents_lock);
	if (device->gone)
		return;
	spin_lock_irq(&device->lock);
	device->gone = true;
	device->gone_at = ktime_get_ns();
	/* No ticket takes its old flow any more; with the new age it sees that there is none. */
	headgate_agents_change();
	headgate_flow_retire_all(device);
	spin_unlock_irq(&device->lock);
}

/*
 * The device behind @dev, if it is known, is gone; with @leaves another may take
 * its place in the table.
 */
static void dev_gone(struct device *dev, bool leaves)
{
	struct headgate_device *device;

	mutex_lock(&headgate_agents_lock);
	rcu_read_lock();
	device = headgate_device_find(dev);
	rcu_read_unlock(); /* none is forgotten but under the lock that we hold */
	if (device)
		device_go(device);
	if (device && leaves)
		headgate_device_leave_table(device);
	forget_eldest();
	mutex_unlock(&headgate_agents_lock);
	if (device && leaves)
		put_device(dev);
}

static bool dev_is_known(const struct device *dev)
{
	guard(rcu)();
	return headgate_device_find(dev);
}

static int on_bus(struct notifier_block *nb, unsigned long action, void *data)
{
	/* Most are none of ours, and are not to wait for our mutex. */
	if (!dev_is_known(data))
		return NOTIFY_OK;
	switch (action) {
	case BUS_NOTIFY_UNBOUND_DRIVER:
	case BUS_NOTIFY_DRIVER_NOT_BOUND:
		dev_gone(data, false);
		break;
	case BUS_NOTIFY_BIND_DRIVER: /* so it has none: what we know of it is old */
	case BUS_NOTIFY_REMOVED_DEVICE:
		dev_gone(data, true);
		break;
	}
	return NOTIFY_OK;
}

static bool bus_is_watched(const struct bus_type *bus)
{
	const struct watch *watch;

	list_for_each_entry(watch, &watches, list)
		if (watch->bus == bus)
			return true;
	return false;
}

static bool bus_watch(const struct bus_type *bus)
{
	struct watch *watch = kzalloc(sizeof(*watch), GFP_KERNEL);

	if (!watch)
		return false;
	watch->bus = bus;
	watch->nb.notifier_call = on_bus;
	if (bus_register_notifier(bus, &watch->nb)) {
		kfree(watch);
		return false;
	}
	list_add(&watch->list, &watches);
	return true;
}

/* Whether nobody is going to tell us of it any more. */
static bool dev_is_gone(const struct headgate_device *device)
{
	struct device *dev = device->dev;

	return !device->gone && dev &&
	       (!device_is_registered(dev) || (device->bound && !READ_ONCE(dev->driver)));
}

static bool dev_is_unwatched(const struct headgate_device *device)
{
	const struct device *dev = device->dev;

	return dev && dev->bus && !bus_is_watched(dev->bus);
}

/* A struct device whose bus is not watched, with a reference, or NULL. */
static struct device *find_unwatched(void)
{
	struct headgate_device *device;

	guard(mutex)(&headgate_agents_lock);
	for (device = headgate_device_next(NULL); device; device = headgate_device_next(device))
		if (dev_is_unwatched(device))
			return get_device(device->dev);
	return NULL;
}

/* Whether a device was found of which nobody had told us that it is gone. */
static bool find_gone(void)
{
	struct headgate_device *device;
	struct device *left = NULL;

	mutex_lock(&headgate_agents_lock);
	for (device = headgate_device_next(NULL); device; device = headgate_device_next(device))
		if (dev_is_gone(device))
			break;
	if (device) {
		device_go(device);
		if (!device_is_registered(device->dev)) {
			left = device->dev;
			headgate_device_leave_table(device);
		}
		forget_eldest();
	}
	mutex_unlock(&headgate_agents_lock);
	put_device(left);
	return device;
}

static void watch_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(watching, watch_work);
static bool look_again;

static void watch_work(struct work_struct *work)
{
	bool again = xchg(&look_again, false), watched = true;
	struct device *dev;

	while (watched && (dev = find_unwatched())) {
		watched = bus_watch(dev->bus);
		put_device(dev);
	}
	while (find_gone())
		;
	/* A late job may have been seen of a device in the middle of its removal. */
	if (again || !watched)
		schedule_delayed_work(&watching, LOOK_AGAIN);
}

/**
 * headgate_hotplug_watch - a device was seen for the first time
 *
 * Context: any; the work is done by a worker.
 */
void headgate_hotplug_watch(void)
{
	WRITE_ONCE(look_again, true);
	mod_delayed_work(system_wq, &watching, 0);
}

/* No device is made any more. */
void headgate_hotplug_exit(void)
{
	struct watch *watch, *next;

	cancel_delayed_work_sync(&watching);
	list_for_each_entry_safe(watch, next, &watches, list) {
		bus_unregister_notifier(watch->bus, &watch->nb); /* waits for a call */
		kfree(watch);
	}
}
