/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of devices, those that the module does not know among them, and of their engines. */
#ifndef HEADGATE_DAEMON_METRICS_DEVICES_H
#define HEADGATE_DAEMON_METRICS_DEVICES_H

#include "metrics_collect.h"
#include "metrics_names.h"

/* Each of these @names learns where its row is. What they have waited is left at METRICS_NONE. 0 or -ENOMEM. */
int metrics_devices_add(const struct metrics_input *input, struct metrics_names *names,
			struct metrics_snapshot *snapshot);
int metrics_engines_add(const struct metrics_input *input, const struct metrics_names *devices,
			struct metrics_names *names, struct metrics_snapshot *snapshot);

#endif
