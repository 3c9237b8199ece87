// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics_names.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_id(const void *a, const void *b)
{
	const struct metrics_name *x = a, *y = b;

	return x->id < y->id ? -1 : x->id != y->id;
}

static int by_name(const void *a, const void *b)
{
	const struct metrics_name *x = a, *y = b;

	if (x->device_id != y->device_id)
		return x->device_id < y->device_id ? -1 : 1;
	return strcmp(x->name, y->name) ?: by_id(a, b);
}

static int add(struct metrics_names *names, uint32_t id, uint32_t device_id, const char *name)
{
	struct metrics_name *items = reallocarray(names->items, names->count + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	names->items = items;
	items[names->count] = (struct metrics_name){ id, device_id, strdup(name ?: ""), 0 };
	if (!items[names->count].name)
		return -ENOMEM;
	names->count++;
	return 0;
}

/* The first of its name keeps it. */
static int tell_apart(struct metrics_names *names)
{
	const struct metrics_name *first = NULL;
	char *name;

	if (names->count)
		qsort(names->items, names->count, sizeof(*names->items), by_name);
	for (size_t i = 0; i < names->count; i++) {
		struct metrics_name *item = &names->items[i];

		if (!first || first->device_id != item->device_id || strcmp(first->name, item->name)) {
			first = item;
			continue;
		}
		if (asprintf(&name, "%s#%" PRIu32, item->name, item->id) < 0)
			return -ENOMEM;
		free(item->name);
		item->name = name;
	}
	if (names->count)
		qsort(names->items, names->count, sizeof(*names->items), by_id);
	return 0;
}

int metrics_names_of_devices(const struct headgate_devices *devices, struct metrics_names *names)
{
	for (size_t i = 0; i < devices->count; i++)
		if (!devices->items[i].gone && add(names, devices->items[i].id, 0, devices->items[i].name))
			return -ENOMEM;
	return tell_apart(names);
}

int metrics_names_of_lanes(const struct headgate_lanes *lanes, const struct metrics_names *devices,
			   struct metrics_names *names)
{
	for (size_t i = 0; i < lanes->count; i++) {
		const struct headgate_lane *lane = &lanes->items[i];

		if (metrics_names_find(devices, lane->device_id) &&
		    add(names, lane->id, lane->device_id, lane->name))
			return -ENOMEM;
	}
	return tell_apart(names);
}

struct metrics_name *metrics_names_find(const struct metrics_names *names, uint32_t id)
{
	const struct metrics_name key = { .id = id };

	return names->count ? bsearch(&key, names->items, names->count, sizeof(key), by_id) : NULL;
}

const char *metrics_names_text(const struct metrics_names *names, uint32_t id)
{
	const struct metrics_name *name = metrics_names_find(names, id);

	return name ? name->name : "";
}

void metrics_names_free(struct metrics_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i].name);
	free(names->items);
	*names = (struct metrics_names){ 0 };
}
