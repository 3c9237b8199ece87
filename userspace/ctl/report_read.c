// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "append.h"
#include "report.h"

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

const char *report_text(struct report *report, const char *text)
{
	char *copy, **node = tfind(text, &report->texts, by_text);

	if (node)
		return *node;
	copy = strdup(text);
	if (copy && !tsearch(copy, &report->texts, by_text)) {
		free(copy);
		copy = NULL;
	}
	return copy;
}

/* The columns that all statements begin with. */
static int read_head(struct report *report, struct history_db *db, enum history_statement statement,
		     int64_t *day, const char **device, const char **driver)
{
	*day = history_int(db, statement, 0);
	*device = report_text(report, history_text(db, statement, 1));
	*driver = report_text(report, history_text(db, statement, 2));
	return *device && *driver ? 0 : -ENOMEM;
}

static enum report_kind kind_of(const char *agent)
{
	if (!strcmp(agent, HISTORY_UNGOVERNED))
		return REPORT_UNGOVERNED;
	return strcmp(agent, HISTORY_GONE) ? REPORT_AGENT : REPORT_GONE;
}

static int by_part(const void *a, const void *b)
{
	const struct report_part *x = a, *y = b;
	int order;

	if (x->day != y->day)
		return x->day < y->day ? -1 : 1;
	order = strcmp(x->device, y->device) ?: strcmp(x->driver, y->driver);
	if (order)
		return order;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return strcmp(x->agent, y->agent) ?: strcmp(x->owner, y->owner);
}

static int by_device(const void *a, const void *b)
{
	const struct report_device *x = a, *y = b;

	if (x->day != y->day)
		return x->day < y->day ? -1 : 1;
	return strcmp(x->device, y->device) ?: strcmp(x->driver, y->driver);
}

static struct report_part *add_part(struct report *report, const struct report_part *part)
{
	struct report_part *parts = headgate_append(report->parts, &report->n_parts, sizeof(*parts));

	if (!parts)
		return NULL;
	report->parts = parts;
	parts[report->n_parts - 1] = *part;
	return &parts[report->n_parts - 1];
}

/* Day, device and agent of a row. */
static int read_part(struct report *report, struct history_db *db, enum history_statement statement,
		     struct report_part *part)
{
	int ret;

	memset(part, 0, sizeof(*part));
	ret = read_head(report, db, statement, &part->day, &part->device, &part->driver);
	part->agent = report_text(report, history_text(db, statement, 3));
	part->owner = report_text(report, history_text(db, statement, 4));
	if (ret || !part->agent || !part->owner)
		return -ENOMEM;
	part->kind = kind_of(part->agent);
	return 0;
}

static int read_flows(struct report *report, struct history_db *db)
{
	const enum history_statement flows = HISTORY_REPORT_FLOWS;
	struct report_part part;
	int ret = history_ask(db, flows, "ii", report->since_s, report->until_s);

	while (!ret && (ret = history_step(db, flows)) > 0) {
		ret = read_part(report, db, flows, &part);
		for (int i = 0; i < HISTORY_SUMS; i++)
			part.sums[i] = history_int(db, flows, 5 + i);
		if (!ret && !add_part(report, &part))
			ret = -ENOMEM;
	}
	return ret;
}

static int read_pressures(struct report *report, struct history_db *db)
{
	const enum history_statement pressures = HISTORY_REPORT_PRESSURES;
	const size_t n_flows = report->n_parts;
	struct report_part part, *found;
	int ret = history_ask(db, pressures, "ii", report->since_s, report->until_s);

	if (n_flows)
		qsort(report->parts, n_flows, sizeof(part), by_part);
	while (!ret && (ret = history_step(db, pressures)) > 0) {
		ret = read_part(report, db, pressures, &part);
		if (ret)
			break;
		found = n_flows ? bsearch(&part, report->parts, n_flows, sizeof(part), by_part) : NULL;
		/* An agent waits, and has had nothing yet. */
		if (!found)
			found = add_part(report, &part);
		if (!found)
			return -ENOMEM;
		found->some_ns += history_int(db, pressures, 5);
		found->full_ns += history_int(db, pressures, 6);
	}
	return ret;
}

static struct report_device *add_device(struct report *report, int64_t day, const char *device,
					const char *driver)
{
	struct report_device *devices = headgate_append(report->devices, &report->n_devices, sizeof(*devices));

	if (!devices)
		return NULL;
	report->devices = devices;
	devices += report->n_devices - 1;
	devices->day = day;
	devices->device = device;
	devices->driver = driver;
	return devices;
}

/* Each device has lanes: a time of its own without any would be nobody's. */
static int read_devices(struct report *report, struct history_db *db)
{
	const enum history_statement lanes = HISTORY_REPORT_LANES, devices = HISTORY_REPORT_DEVICES;
	struct report_device key, *device;
	int ret = history_ask(db, lanes, "ii", report->since_s, report->until_s);

	while (!ret && (ret = history_step(db, lanes)) > 0) {
		ret = read_head(report, db, lanes, &key.day, &key.device, &key.driver);
		device = ret ? NULL : add_device(report, key.day, key.device, key.driver);
		if (!device)
			return -ENOMEM;
		device->lanes_ns = history_int(db, lanes, 3);
		device->idle_ns = history_int(db, lanes, 4);
		device->ungoverned_ns = history_int(db, lanes, 5);
	}
	if (!ret)
		ret = history_ask(db, devices, "ii", report->since_s, report->until_s);
	if (report->n_devices)
		qsort(report->devices, report->n_devices, sizeof(key), by_device);
	while (!ret && (ret = history_step(db, devices)) > 0) {
		ret = read_head(report, db, devices, &key.day, &key.device, &key.driver);
		if (ret)
			break;
		device = report->n_devices ? bsearch(&key, report->devices, report->n_devices,
						     sizeof(key), by_device) : NULL;
		if (device)
			device->time_ns = history_int(db, devices, 3);
	}
	return ret;
}

/*
 * Of a device's day: what no one had is idle, and then all have a part of its time and of its cost.
 * A job is charged when it is done: one that has begun the day before can make more than the day.
 */
static int share_out_day(struct report *report, struct report_device *device, size_t first, size_t count)
{
	uint64_t *parts = calloc(count, sizeof(*parts));
	int64_t *shares = calloc(count, sizeof(*shares));
	struct report_part *part = &report->parts[first];
	int ret = parts && shares ? 0 : -ENOMEM;

	for (size_t i = 0; i < count && !ret; i++)
		parts[i] = part[i].kind == REPORT_IDLE ? part[i].idle_ns : part[i].sums[HISTORY_BUSY_NS];
	if (!ret)
		ret = headgate_cost_split(device->time_ns, parts, shares, count);
	for (size_t i = 0; i < count && !ret; i++)
		part[i].device_ns = shares[i];
	if (!ret && device->price)
		ret = headgate_cost_split(device->cost, parts, shares, count);
	for (size_t i = 0; i < count && !ret && device->price; i++) {
		part[i].cost = shares[i];
		part[i].price = device->price;
	}
	free(parts);
	free(shares);
	return ret;
}

/* Where a part comes against a device's day, in the order of both. */
static int order_of(const struct report_part *part, const struct report_device *device)
{
	struct report_device key = { .day = part->day, .device = part->device, .driver = part->driver };

	return by_device(&key, device);
}

int report_share_out(struct report *report, const struct headgate_config *config)
{
	const size_t n_told = report->n_parts;
	size_t first = 0, end;
	int ret = 0;

	if (report->n_parts)
		qsort(report->parts, report->n_parts, sizeof(*report->parts), by_part);
	for (size_t i = 0; i < report->n_devices; i++) {
		struct report_device *device = &report->devices[i];
		struct report_part idle = { .day = device->day, .device = device->device,
			.driver = device->driver, .agent = REPORT_IDLE_NAME, .owner = HISTORY_NO_OWNER,
			.kind = REPORT_IDLE };
		uint64_t busy = 0;

		while (first < n_told && order_of(&report->parts[first], device) < 0)
			first++;
		for (; first < n_told && !order_of(&report->parts[first], device); first++)
			busy += report->parts[first].sums[HISTORY_BUSY_NS];
		idle.idle_ns = device->lanes_ns > busy ? device->lanes_ns - busy : 0;
		device->price = headgate_config_price(config, device->device, device->day);
		if (device->price)
			device->cost = headgate_cost(device->price->micros, device->time_ns);
		if (!add_part(report, &idle))
			return -ENOMEM;
	}
	if (report->n_parts)
		qsort(report->parts, report->n_parts, sizeof(*report->parts), by_part);
	first = 0;
	for (size_t i = 0; i < report->n_devices && !ret; i++) {
		while (order_of(&report->parts[first], &report->devices[i]))
			first++;
		for (end = first; end < report->n_parts && !order_of(&report->parts[end], &report->devices[i]);)
			end++;
		ret = share_out_day(report, &report->devices[i], first, end - first);
		first = end;
	}
	return ret;
}

int report_read(struct report *report, struct history_db *db, const struct headgate_config *config)
{
	int ret = read_flows(report, db) ?: read_pressures(report, db) ?: read_devices(report, db);
	int end = history_read_end(db);

	/* The reason, should it have looked damaged. */
	ret = end ? end : ret;
	return ret ? ret : report_share_out(report, config);
}

void report_free(struct report *report)
{
	free(report->parts);
	free(report->devices);
	tdestroy(report->texts, free);
	memset(report, 0, sizeof(*report));
}
