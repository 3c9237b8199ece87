// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics_devices.h"

#include <errno.h>
#include <string.h>

#include "metrics_text.h"
#include "units.h"

static bool is_wedged(const struct headgate_stalls *stalls, uint32_t device_id)
{
	for (size_t i = 0; i < stalls->count; i++)
		if (stalls->items[i].kind == HEADGATE_STALL_KIND_WEDGED && stalls->items[i].device_id == device_id)
			return true;
	return false;
}

/* @device may be NULL. */
static void set_health(struct metrics_device *row, const struct headgate_health_device *device)
{
	row->health = device ? device->state : METRICS_NONE;
	row->slowdown_ppm = device && device->factor > 0 ? (uint64_t)(device->factor * 1e6) : METRICS_NONE;
}

static const struct headgate_health_device *health_of(const struct metrics_input *input, const char *name)
{
	const struct headgate_health *health = &input->health;

	for (size_t i = 0; i < health->n_devices; i++)
		if (!strcmp(health->devices[i].name, name))
			return &health->devices[i];
	return NULL;
}

static bool is_seen(const struct metrics_input *input, const char *name)
{
	const struct headgate_devices *devices = &input->devices;

	for (size_t i = 0; i < devices->count; i++)
		if (!devices->items[i].gone && !strcmp(devices->items[i].name, name))
			return true;
	return false;
}

/* Those of the host that the module does not know: how they are is all there is. */
static int add_unseen(const struct metrics_input *input, struct metrics_snapshot *snapshot)
{
	const struct headgate_health *health = &input->health;

	for (size_t i = 0; i < health->n_devices; i++) {
		const struct headgate_health_device *device = &health->devices[i];
		struct metrics_device *row;

		if (!device->listed || is_seen(input, device->name))
			continue;
		row = metrics_add(snapshot, METRICS_DEVICE);
		if (!row)
			return -ENOMEM;
		*row = (struct metrics_device){
			.labels = METRICS_LABELS(0, "gpu", device->name),
			.wedged = METRICS_NONE,
			.tickets = METRICS_NONE,
			.jobs = METRICS_NONE,
			.jobs_unticketed = METRICS_NONE,
			.some_ns = METRICS_NONE,
			.full_ns = METRICS_NONE,
		};
		set_health(row, device);
		if (!row->labels)
			return -ENOMEM;
	}
	return 0;
}

/* The row that @name has from now on; NULL: no memory. */
static void *add_row(struct metrics_snapshot *snapshot, enum metrics_scope scope, struct metrics_name *name)
{
	name->row = snapshot->rows[scope].count;
	return metrics_add(snapshot, scope);
}

int metrics_devices_add(const struct metrics_input *input, struct metrics_names *names,
			struct metrics_snapshot *snapshot)
{
	const struct headgate_devices *devices = &input->devices;

	for (size_t i = 0; i < devices->count; i++) {
		const struct headgate_device *device = &devices->items[i];
		struct metrics_name *name = metrics_names_find(names, device->id);
		struct metrics_device *row;

		if (!name)
			continue;
		row = add_row(snapshot, METRICS_DEVICE, name);
		if (!row)
			return -ENOMEM;
		*row = (struct metrics_device){
			.labels = METRICS_LABELS(device->id, "gpu", name->name),
			.info = METRICS_LABELS(device->id, "gpu", name->name, "driver", device->driver,
					       "meter", headgate_meter_name(device->meter)),
			.wedged = is_wedged(&input->stalls, device->id),
			.tickets = device->tickets,
			.jobs = device->jobs,
			.jobs_unticketed = device->jobs_unticketed,
			.some_ns = METRICS_NONE,
			.full_ns = METRICS_NONE,
		};
		set_health(row, health_of(input, device->name));
		if (!row->labels || !row->info)
			return -ENOMEM;
	}
	return add_unseen(input, snapshot);
}

int metrics_engines_add(const struct metrics_input *input, const struct metrics_names *devices,
			struct metrics_names *names, struct metrics_snapshot *snapshot)
{
	const struct headgate_lanes *lanes = &input->lanes;

	for (size_t i = 0; i < lanes->count; i++) {
		const struct headgate_lane *lane = &lanes->items[i];
		struct metrics_name *name = metrics_names_find(names, lane->id);
		struct metrics_engine *row;

		if (!name)
			continue;
		row = add_row(snapshot, METRICS_ENGINE, name);
		if (!row)
			return -ENOMEM;
		*row = (struct metrics_engine){
			.labels = METRICS_LABELS(lane->id, "gpu", metrics_names_text(devices, lane->device_id),
						 "engine", name->name),
			.jobs = lane->jobs,
			.busy_ns = lane->busy_ns,
			.ungoverned_ns = lane->ungoverned_ns,
			.held_idle_ns = lane->held_idle_ns,
			.idle_ns = lane->idle_ns,
			.waiting = lane->waiting,
			.outstanding = lane->outstanding,
			.some_ns = METRICS_NONE,
			.full_ns = METRICS_NONE,
		};
		if (!row->labels)
			return -ENOMEM;
	}
	return 0;
}
