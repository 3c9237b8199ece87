/* SPDX-License-Identifier: GPL-2.0 */
/* Sums per agent and lane: of a trace, and of the ledger. */
#ifndef TRACECHECK_FLOWS_H
#define TRACECHECK_FLOWS_H

#include "json.h"

struct flow {
	uint64_t agent_id;
	uint64_t lane_id;
	uint64_t jobs;
	uint64_t failed;
	uint64_t busy_ns;
	uint64_t queued_ns;
	uint64_t wait_ns;
	uint64_t engine_ns;	/* of slices on the engine's track; not in the ledger */
};

struct flows {
	struct flow *items;
	size_t count;
};

/* Made when it is not there. */
struct flow *flows_get(struct flows *flows, uint64_t agent_id, uint64_t lane_id);

/* What "headgate flow list --json" told: adds @sign times that. */
void flows_add_ledger(struct flows *flows, const struct json *ledger, int sign);

/*
 * Exits where the sums of a trace are not those of the ledger. Of a trace that lost
 * something no flow may have more, and all together must have what is missing.
 */
void flows_compare(const struct flows *trace, struct flows *ledger, const struct json *lost);

#endif
