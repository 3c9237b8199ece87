/* SPDX-License-Identifier: GPL-2.0 */
/* Pressure as it follows from a trace, by the definitions of Documentation/pressure.rst. */
#ifndef TRACECHECK_PRESSURE_H
#define TRACECHECK_PRESSURE_H

#include "json.h"

/* A job, or a wait at the gate: then from @queued_at to @done_at. */
struct unit {
	uint64_t agent_id, lane_id;
	uint64_t queued_at, run_at, done_at;
	bool is_job;
	bool waits;
};

struct units {
	struct unit *items;
	size_t count, room;
};

void units_add(struct units *units, const struct unit *unit);

/*
 * Compares with how the totals grew between two outputs of "headgate pressure --json", and
 * prints the difference of each and the worst; @agents is of "headgate agent list --json".
 */
void pressure_compare(struct units *units, const struct json *before, const struct json *after,
		      const struct json *agents);

#endif
