/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A look at the module, once a second, for all who judge by what it has counted.  Of a thousand
 * agents most have done nothing since the last one: only what has changed is read.
 */
#ifndef HEADGATE_DAEMON_LOOK_H
#define HEADGATE_DAEMON_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "calls.h"

/**
 * struct look - what is there; all 0 to begin with
 * @now_ns: when it was begun, CLOCK_MONOTONIC
 * @jobs: with the engines; read first: who is gone from the flows has no job that hangs
 * @lanes: all; read before @flows, whose lanes are known, but for one that is newer
 * @flows: in the order of agents and lanes, and after these what is left of agents that are gone.
 *	due_ppm and anticipated_ns may be old
 * @devices: all
 * @info: read after @flows, which counts as jobs those that it counts as lost
 * @agents: in the order of ids; read last: whoever has flows is one, or is told to be gone
 * @agents_anew: they may be others than at the last look
 * @whole: looks until all is read again, whatever the module says has changed; its own
 * @flow_dumps: of the module, before @flows were read; its own
 */
struct look {
	uint64_t now_ns;
	struct headgate_jobs jobs;
	struct headgate_lanes lanes;
	struct headgate_flows flows;
	struct headgate_devices devices;
	struct headgate_info info;
	struct headgate_agents agents;
	bool agents_anew;
	unsigned int whole;
	uint32_t flow_dumps;
};

/* 0 or a negative errno: it is as it was at the last look. */
int look_read(struct look *look, struct headgate_client *client);

/* Another module, or none. */
void look_clear(struct look *look);

/**
 * look_merge - bring what is known of flows up to date
 * @known: at the last look, in that order
 * @news: what has changed; in that order afterwards
 * @before: all agents, a look before that of @news, in the order of ids: who was missing then has
 *	no flow but what is told
 * @agents: those of the look of @news
 * @devices: all there are
 * @merged: receives the flows
 *
 * Return: 0, -ENOMEM, or 1: which flow of an agent has ended cannot be told, all must be read.
 */
int look_merge(const struct headgate_flows *known, struct headgate_flows *news,
	       const struct headgate_agents *before, const struct headgate_agents *agents,
	       const struct headgate_devices *devices, struct headgate_flows *merged);

#endif
