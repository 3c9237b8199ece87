// SPDX-License-Identifier: GPL-2.0-or-later
#include "device_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_same(const struct headgate_drm_device *a, const struct headgate_drm_device *b)
{
	return a->instance == b->instance && !strcmp(a->name, b->name);
}

static bool has_same_nodes(const struct headgate_drm_device *a, const struct headgate_drm_device *b)
{
	return a->primary_minor == b->primary_minor && a->render_minor == b->render_minor &&
	       a->accel_minor == b->accel_minor && !strcmp(a->other_node, b->other_node);
}

static struct device_entry *find_same(struct device_entry *items, size_t count,
				      const struct headgate_drm_device *device)
{
	for (size_t i = 0; i < count; i++)
		if (is_same(&items[i].device, device))
			return &items[i];
	return NULL;
}

/* What is told of it is told with the nodes that it had. */
static void tell_went(const struct device_table *table, const struct device_entry *items, size_t count,
		      const struct device_watch *watch)
{
	for (size_t i = 0; i < table->count; i++) {
		struct device_entry *entry = &table->items[i];

		if (entry->known && !find_same((struct device_entry *)items, count, &entry->device))
			watch->tell(DEVICE_WENT, entry, watch->data);
	}
}

/* Return: whether it could be asked. */
static bool take_in(struct device_table *table, struct device_entry *entry, bool last,
		    const struct device_watch *watch)
{
	struct headgate_drm_device fresh = entry->device;
	struct device_entry *before = find_same(table->items, table->count, &fresh);
	bool known, moved;

	if (before) {
		*entry = *before;
		entry->device = fresh;
		strcpy(entry->device.driver, before->device.driver);
		entry->device.capsets = before->device.capsets;
	}
	known = entry->known;
	moved = before && !has_same_nodes(&before->device, &fresh);
	if (!*entry->device.driver) {
		watch->ask(&entry->device);
		moved |= *entry->device.driver; /* so it was told of as unknown */
	}
	entry->known |= *entry->device.driver || last;
	if (entry->known && !known)
		watch->tell(DEVICE_CAME, entry, watch->data);
	else if (known && moved)
		watch->tell(DEVICE_MOVED, entry, watch->data);
	return *entry->device.driver;
}

int device_table_update(struct device_table *table, const struct headgate_drm_devices *fresh,
			bool last, const struct device_watch *watch)
{
	struct device_entry *items = calloc(fresh->count + 1, sizeof(*items));
	int unknown = 0;

	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < fresh->count; i++)
		items[i].device = fresh->items[i];
	tell_went(table, items, fresh->count, watch);
	for (size_t i = 0; i < fresh->count; i++)
		unknown += !take_in(table, &items[i], last, watch);
	free(table->items);
	table->items = items;
	table->count = fresh->count;
	return unknown;
}

void device_table_free(struct device_table *table)
{
	free(table->items);
	table->items = NULL;
	table->count = 0;
}

struct device_entry *device_table_find(const struct device_table *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++)
		if (!strcmp(table->items[i].device.name, name))
			return &table->items[i];
	return NULL;
}

static bool is_node(const char *path, const char *node)
{
	return !strncmp(path, "/dev/", 5) && !strcmp(path + 5, node);
}

struct device_entry *device_table_find_node(const struct device_table *table, const char *node)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct headgate_drm_device *device = &table->items[i].device;

		if (is_node(device->primary_node, node) || is_node(device->render_node, node) ||
		    is_node(device->accel_node, node) || is_node(device->other_node, node))
			return &table->items[i];
	}
	return NULL;
}

/* First the node that programs use, then in brackets what there is beside it. */
void device_describe(const struct headgate_drm_device *device, char *text, size_t size)
{
	const char *nodes[] = { device->render_node, device->accel_node, device->primary_node,
				device->other_node };
	const char *driver = *device->driver ? device->driver : "?";
	size_t written = 0, used;

	snprintf(text, size, strcmp(driver, device->name) ? "%s %s" : "%s", driver, device->name);
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		const char *slash = strrchr(nodes[i], '/');

		if (!slash)
			continue;
		used = strlen(text);
		snprintf(text + used, size - used, "%s%s", !written ? " at " : written == 1 ? " (" : ", ",
			 slash + 1);
		written++;
	}
	used = strlen(text);
	snprintf(text + used, size - used, "%s", written > 1 ? ")" : "");
}
