// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <time.h>

#include "snapshot.h"
#include "states.h"

int snapshot_take(struct headgate_client *client, struct snapshot *snapshot)
{
	struct timespec now;
	int ret;

	memset(snapshot, 0, sizeof(*snapshot));
	/* Ledger and clock first and together: rates are made of these two. */
	ret = headgate_flow_dump(client, &snapshot->flows);
	clock_gettime(CLOCK_MONOTONIC, &now);
	snapshot->time_ns = (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
	if (!ret)
		ret = headgate_lane_dump(client, &snapshot->lanes);
	if (!ret)
		ret = headgate_device_dump(client, &snapshot->devices);
	if (!ret)
		ret = headgate_agent_dump(client, &snapshot->agents);
	if (!ret)
		ret = states_read(&snapshot->agents, &snapshot->flows, &snapshot->lives);
	if (ret)
		snapshot_free(snapshot);
	return ret;
}

void snapshot_free(struct snapshot *snapshot)
{
	headgate_lives_free(&snapshot->lives);
	headgate_agents_free(&snapshot->agents);
	headgate_devices_free(&snapshot->devices);
	headgate_lanes_free(&snapshot->lanes);
	headgate_flows_free(&snapshot->flows);
}

void snapshot_drop_gone(struct snapshot *snapshot)
{
	struct headgate_flows *flows = &snapshot->flows;
	size_t kept = 0;

	for (size_t i = 0; i < flows->count; i++)
		if (!flows->items[i].gone)
			flows->items[kept++] = flows->items[i];
	flows->count = kept;
}

const struct headgate_agent *snapshot_agent(const struct snapshot *snapshot, uint64_t id)
{
	for (size_t i = 0; i < snapshot->agents.count; i++)
		if (snapshot->agents.items[i].id == id)
			return &snapshot->agents.items[i];
	return NULL;
}

const struct headgate_device *snapshot_device(const struct snapshot *snapshot, uint32_t id)
{
	for (size_t i = 0; i < snapshot->devices.count; i++)
		if (snapshot->devices.items[i].id == id)
			return &snapshot->devices.items[i];
	return NULL;
}

const struct headgate_lane *snapshot_lane(const struct snapshot *snapshot, uint32_t id)
{
	for (size_t i = 0; i < snapshot->lanes.count; i++)
		if (snapshot->lanes.items[i].id == id)
			return &snapshot->lanes.items[i];
	return NULL;
}

const char *snapshot_agent_path(const struct snapshot *snapshot, uint64_t id)
{
	const struct headgate_agent *agent = snapshot_agent(snapshot, id);

	if (!id)
		return "(ungoverned)";
	return agent ? agent->path : "(gone)";
}
