/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices and lanes by their ids, each with a name that no other has: two lines of the same labels are none. */
#ifndef HEADGATE_DAEMON_METRICS_NAMES_H
#define HEADGATE_DAEMON_METRICS_NAMES_H

#include "calls.h"

/**
 * struct metrics_name - a device, or a lane
 * @id: of it
 * @device_id: of a lane: its device
 * @name: its own, or with #ID after it, where another one has it as well
 * @row: where its row is
 */
struct metrics_name {
	uint32_t id;
	uint32_t device_id;
	char *name;
	size_t row;
};

/* In the order of their ids. */
struct metrics_names {
	struct metrics_name *items;
	size_t count;
};

/* Those that are there, not those that are gone. 0 or -ENOMEM. */
int metrics_names_of_devices(const struct headgate_devices *devices, struct metrics_names *names);
/* Those of these @devices. */
int metrics_names_of_lanes(const struct headgate_lanes *lanes, const struct metrics_names *devices,
			   struct metrics_names *names);

struct metrics_name *metrics_names_find(const struct metrics_names *names, uint32_t id);

/* The name of it, "" of one that is not there. */
const char *metrics_names_text(const struct metrics_names *names, uint32_t id);

void metrics_names_free(struct metrics_names *names);

#endif
