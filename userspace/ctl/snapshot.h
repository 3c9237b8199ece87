/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that the module tells, read at one moment. */
#ifndef CTL_SNAPSHOT_H
#define CTL_SNAPSHOT_H

#include "headgate.h"
#include "lives.h"

struct snapshot {
	uint64_t time_ns;	/* CLOCK_MONOTONIC */
	struct headgate_agents agents;
	struct headgate_devices devices;
	struct headgate_lanes lanes;
	struct headgate_flows flows;
	struct headgate_lives lives;	/* of all agents, see states.h */
};

/* Negative errno, see headgate_client_error(). */
int snapshot_take(struct headgate_client *client, struct snapshot *snapshot);
void snapshot_free(struct snapshot *snapshot);

/* Without the flows that are left of agents that are gone. */
void snapshot_drop_gone(struct snapshot *snapshot);

/* NULL when there is none with that id. */
const struct headgate_agent *snapshot_agent(const struct snapshot *snapshot, uint64_t id);
const struct headgate_device *snapshot_device(const struct snapshot *snapshot, uint32_t id);
const struct headgate_lane *snapshot_lane(const struct snapshot *snapshot, uint32_t id);

/* Path of an agent; "(ungoverned)" for 0; "(gone)" for one that is no more. */
const char *snapshot_agent_path(const struct snapshot *snapshot, uint64_t id);

#endif
