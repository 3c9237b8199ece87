// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <inttypes.h>
#include <string.h>

#include "../load.h"
#include "flows.h"

struct flow *flows_get(struct flows *flows, uint64_t agent_id, uint64_t lane_id)
{
	size_t i;

	for (i = 0; i < flows->count; i++)
		if (flows->items[i].agent_id == agent_id && flows->items[i].lane_id == lane_id)
			return &flows->items[i];
	flows->items = reallocarray(flows->items, i + 1, sizeof(*flows->items));
	if (!flows->items)
		die("no memory");
	flows->items[i] = (struct flow){ .agent_id = agent_id, .lane_id = lane_id };
	flows->count++;
	return &flows->items[i];
}

void flows_add_ledger(struct flows *flows, const struct json *ledger, int sign)
{
	const struct json *entry;
	struct flow *flow;

	for (entry = json_need(ledger, "flows", JSON_ARRAY)->first; entry; entry = entry->next) {
		flow = flows_get(flows, json_uint(entry, "agent_id"), json_uint(entry, "lane_id"));
		flow->jobs += sign * json_uint(entry, "jobs");
		flow->failed += sign * json_uint(entry, "failed");
		flow->busy_ns += sign * json_uint(entry, "busy_ns");
		flow->queued_ns += sign * json_uint(entry, "queued_ns");
		flow->wait_ns += sign * json_uint(entry, "wait_ns");
	}
}

static void compare(const char *what, const struct flow *flow, uint64_t trace, uint64_t ledger,
		    bool lossy)
{
	if (trace > ledger || (trace < ledger && !lossy))
		die("%s of agent %" PRIu64 " on lane %" PRIu64 " are %" PRIu64 ", in the ledger %"
		    PRIu64, what, flow->agent_id, flow->lane_id, trace, ledger);
}

void flows_compare(const struct flows *trace, struct flows *ledger, const struct json *lost)
{
	uint64_t jobs = json_uint(lost, "jobs_buffer_full") + json_uint(lost, "jobs_unwritten");
	uint64_t busy = json_uint(lost, "busy_ns_buffer_full");
	uint64_t waits = json_uint(lost, "waits_buffer_full");
	uint64_t missing_jobs = 0, missing_busy = 0;
	const struct flow *had;
	struct flow *flow;
	size_t i;

	for (i = 0; i < trace->count; i++) {
		had = &trace->items[i];
		flow = flows_get(ledger, had->agent_id, had->lane_id);
		compare("jobs", had, had->jobs, flow->jobs, jobs);
		compare("failed jobs", had, had->failed, flow->failed, jobs);
		compare("ns busy", had, had->busy_ns, flow->busy_ns, jobs);
		compare("ns queued", had, had->queued_ns, flow->queued_ns, jobs);
		compare("ns waited", had, had->wait_ns, flow->wait_ns, waits);
		flow->jobs -= had->jobs;
		flow->busy_ns -= had->busy_ns;
	}
	for (i = 0; i < ledger->count; i++) {
		missing_jobs += ledger->items[i].jobs;
		missing_busy += ledger->items[i].busy_ns;
	}
	if (missing_jobs != jobs || missing_busy != busy)
		die("%" PRIu64 " jobs (%" PRIu64 " ns) are missing, and %" PRIu64 " (%" PRIu64
		    ") are told to be lost", missing_jobs, missing_busy, jobs, busy);
}
