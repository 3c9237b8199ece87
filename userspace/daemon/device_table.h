/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GPUs of this host as they were seen last, and what is different since. */
#ifndef HEADGATE_DAEMON_DEVICE_TABLE_H
#define HEADGATE_DAEMON_DEVICE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "drivers.h"
#include "drm_devices.h"

/**
 * struct device_entry - a device
 * @device: as it was seen; its driver is "" as long as it could not be asked
 * @known: its coming was told
 * @judged: @promise and @reason are there
 * @promise: what was told of it last
 * @reason: why, static
 */
struct device_entry {
	struct headgate_drm_device device;
	bool known;
	bool judged;
	enum headgate_enforceability promise;
	const char *reason;
};

struct device_table {
	struct device_entry *items;
	size_t count;
};

enum device_change {
	DEVICE_CAME,
	DEVICE_MOVED,	/* has other nodes than before */
	DEVICE_WENT,
};

/**
 * struct device_watch - what an update asks and tells
 * @ask: fills in the driver of a device, if it can
 * @tell: called for each change, the devices that went first
 * @data: for @tell
 */
struct device_watch {
	void (*ask)(struct headgate_drm_device *device);
	void (*tell)(enum device_change change, struct device_entry *entry, void *data);
	void *data;
};

/**
 * device_table_update - take in what is there now
 * @table: the devices that were there before; becomes what @fresh says
 * @fresh: the devices that are there; a driver that is known already is not asked
 * @last: tell of devices that came and cannot be asked, too
 * @watch: what to do
 *
 * A device that another has taken the place of went, even if it looks the same. One that cannot
 * be asked yet is not told of: it may be in the middle of its coming.
 *
 * Return: how many could not be asked, or -ENOMEM: then nothing has changed.
 */
int device_table_update(struct device_table *table, const struct headgate_drm_devices *fresh,
			bool last, const struct device_watch *watch);

void device_table_free(struct device_table *table);

/* The device of that name, as the module says it, or of that node below /dev; or NULL. */
struct device_entry *device_table_find(const struct device_table *table, const char *name);
struct device_entry *device_table_find_node(const struct device_table *table, const char *node);

/* "amdgpu 0000:c1:00.0 at renderD129 (card1)", cut to @size. */
void device_describe(const struct headgate_drm_device *device, char *text, size_t size);

#endif /* HEADGATE_DAEMON_DEVICE_TABLE_H */
