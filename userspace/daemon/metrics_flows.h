/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the flows of a dump to one record for each agent on a lane. */
#ifndef HEADGATE_DAEMON_METRICS_FLOWS_H
#define HEADGATE_DAEMON_METRICS_FLOWS_H

#include "calls.h"
#include "metrics_others.h"

/*
 * In the order of agents and lanes, of malloc(). Up to three entries of a dump are one agent on a
 * lane, and work moves from one to the next (history_flows.c): it is their sum that never shrinks.
 * Return: 0 or -ENOMEM.
 */
int metrics_flows_merge(const struct headgate_flows *flows, struct metrics_seen **seen, size_t *count);

/* Those of one agent: returns how many, from *first on. */
size_t metrics_flows_of(struct metrics_seen *seen, size_t count, uint64_t agent_id, size_t *first);

#endif
