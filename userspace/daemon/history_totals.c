// SPDX-License-Identifier: GPL-2.0-or-later
#include "history_totals.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

/* The module's number is one of this boot. */
int history_instance(char *instance, size_t size, uint64_t module_instance)
{
	FILE *file = fopen(BOOT_ID, "re");
	char boot[48] = "";
	int ret = 0;

	if (!file)
		return -errno;
	if (!fgets(boot, sizeof(boot), file))
		ret = -EIO;
	fclose(file);
	boot[strcspn(boot, "\n")] = '\0';
	snprintf(instance, size, "%s:%" PRIu64, boot, module_instance);
	return ret;
}

static int copy_agents(const struct headgate_agents *from, struct headgate_agents *to)
{
	to->items = calloc(from->count ?: 1, sizeof(*to->items));
	if (!to->items)
		return -ENOMEM;
	for (; to->count < from->count; to->count++) {
		struct headgate_agent *agent = &to->items[to->count];

		*agent = from->items[to->count];
		agent->path = strdup(agent->path);
		if (!agent->path)
			return -ENOMEM;
	}
	return 0;
}

static int copy_flows(const struct headgate_flows *from, struct headgate_flows *to)
{
	to->items = calloc(from->count ?: 1, sizeof(*to->items));
	if (!to->items)
		return -ENOMEM;
	to->count = from->count;
	memcpy(to->items, from->items, from->count * sizeof(*to->items));
	return 0;
}

int history_totals_read(struct history_totals *totals, struct look *seen, struct headgate_client *client,
			uint64_t module_instance)
{
	struct timespec now;
	int ret;

	memset(totals, 0, sizeof(*totals));
	ret = history_instance(totals->instance, sizeof(totals->instance), module_instance);
	totals->time_s = time(NULL);
	clock_gettime(CLOCK_BOOTTIME, &now);
	totals->read_ns = now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
	/* Lanes before flows: see "what nobody told" in history_write.c. */
	if (!ret)
		ret = look_read(seen, client);
	if (!ret) {
		totals->lanes = seen->lanes;
		seen->lanes = (struct headgate_lanes){ 0 };
		totals->devices = seen->devices;
		seen->devices = (struct headgate_devices){ 0 };
		ret = copy_flows(&seen->flows, &totals->flows);
	}
	if (!ret)
		ret = copy_agents(&seen->agents, &totals->agents);
	if (!ret)
		ret = headgate_pressure_dump(client, &totals->pressures);
	if (ret)
		history_totals_free(totals);
	return ret;
}

void history_totals_free(struct history_totals *totals)
{
	headgate_lanes_free(&totals->lanes);
	headgate_flows_free(&totals->flows);
	headgate_devices_free(&totals->devices);
	headgate_agents_free(&totals->agents);
	headgate_pressures_free(&totals->pressures);
	headgate_labels_free(&totals->labels);
}
