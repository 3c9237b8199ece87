// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

static int by_name(const void *a, const void *b)
{
	const struct report_group *x = a, *y = b;
	int order = strcmp(x->name, y->name) ?: strcmp(x->other, y->other) ?: strcmp(x->currency, y->currency);

	return order ?: (int)x->kind - (int)y->kind;
}

static int by_cost(const void *a, const void *b)
{
	const struct report_group *x = a, *y = b;

	if (x->kind != y->kind)
		return (int)x->kind - (int)y->kind;
	if (x->cost != y->cost)
		return x->cost > y->cost ? -1 : 1;
	if (x->sums[HISTORY_BUSY_NS] != y->sums[HISTORY_BUSY_NS])
		return x->sums[HISTORY_BUSY_NS] > y->sums[HISTORY_BUSY_NS] ? -1 : 1;
	return by_name(a, b);
}

static struct report_group of_part(const struct report_part *part, enum report_by by)
{
	struct report_group group = { .name = part->agent, .other = part->owner, .kind = part->kind,
		.currency = part->price ? part->price->currency : "", .idle_ns = part->idle_ns,
		.some_ns = part->some_ns, .full_ns = part->full_ns, .cost = part->cost };

	memcpy(group.sums, part->sums, sizeof(group.sums));
	if (by == REPORT_BY_OWNER) {
		if (part->kind == REPORT_AGENT)
			group.name = part->owner;
		group.other = "";
	} else if (by == REPORT_BY_DEVICE) {
		group.name = part->device;
		group.other = part->driver;
		group.kind = REPORT_AGENT;
		/* Of agents: added up over these it would be of nothing. */
		group.some_ns = group.full_ns = 0;
	}
	return group;
}

static struct report_group of_device(const struct report_device *device)
{
	return (struct report_group){ .name = device->device, .other = device->driver,
		.currency = device->price ? device->price->currency : "",
		.time_ns = device->time_ns, .lanes_ns = device->lanes_ns };
}

/* Whether it is too much: centuries of many lanes, or of many who wait. */
static bool add(struct report_group *sum, const struct report_group *group)
{
	bool too_much = __builtin_add_overflow(sum->cost, group->cost, &sum->cost);

	for (int i = 0; i < HISTORY_SUMS; i++)
		too_much |= __builtin_add_overflow(sum->sums[i], group->sums[i], &sum->sums[i]);
	too_much |= __builtin_add_overflow(sum->idle_ns, group->idle_ns, &sum->idle_ns);
	too_much |= __builtin_add_overflow(sum->some_ns, group->some_ns, &sum->some_ns);
	too_much |= __builtin_add_overflow(sum->full_ns, group->full_ns, &sum->full_ns);
	too_much |= __builtin_add_overflow(sum->time_ns, group->time_ns, &sum->time_ns);
	too_much |= __builtin_add_overflow(sum->lanes_ns, group->lanes_ns, &sum->lanes_ns);
	return too_much;
}

int report_group(const struct report *report, enum report_by by, struct report_groups *groups)
{
	size_t n_devices = by == REPORT_BY_DEVICE ? report->n_devices : 0, count = 0, kept = 0;
	struct report_group *items = calloc(report->n_parts + n_devices + 1, sizeof(*items));

	bool too_much = false;

	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < report->n_parts; i++)
		items[count++] = of_part(&report->parts[i], by);
	for (size_t i = 0; i < n_devices; i++)
		items[count++] = of_device(&report->devices[i]);
	qsort(items, count, sizeof(*items), by_name);
	for (size_t i = 0; i < count; i++) {
		if (kept && !by_name(&items[kept - 1], &items[i]))
			too_much |= add(&items[kept - 1], &items[i]);
		else
			items[kept++] = items[i];
	}
	if (too_much) {
		free(items);
		return -EOVERFLOW;
	}
	qsort(items, kept, sizeof(*items), by_cost);
	groups->items = items;
	groups->count = kept;
	return 0;
}
