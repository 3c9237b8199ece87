// SPDX-License-Identifier: GPL-2.0-or-later
/* `lane list` and `flow list`: totals since the module was loaded. */
#include <errno.h>
#include <inttypes.h>

#include "cells.h"
#include "commands.h"
#include "screen.h"
#include "session.h"
#include "snapshot.h"

/* What is listed. */
struct ledger {
	const char *noun;
	const struct table_column *columns;
	size_t n_columns;
	size_t (*count)(const struct snapshot *snapshot);
	void (*json)(struct headgate_json *json, const struct snapshot *snapshot, size_t i);
	void (*text)(struct table *table, const struct snapshot *snapshot, size_t i);
};

static int list_json(const struct ledger *ledger, const struct snapshot *snapshot)
{
	struct headgate_json json;

	headgate_json_begin(&json, stdout, true);
	headgate_json_array(&json, ledger->noun);
	for (size_t i = 0; i < ledger->count(snapshot); i++)
		ledger->json(&json, snapshot, i);
	headgate_json_close(&json);
	return headgate_json_end(&json) ? EXIT_FAILED : EXIT_OK;
}

static int list_text(const struct ledger *ledger, const struct snapshot *snapshot)
{
	headgate_cleanup(table_clear) struct table table = {
		.columns = ledger->columns, .n_columns = ledger->n_columns,
	};
	size_t count = ledger->count(snapshot);

	if (!count) {
		printf("No %s yet: nothing has been submitted since the module was loaded.\n",
		       ledger->noun);
		return EXIT_OK;
	}
	for (size_t i = 0; i < count; i++)
		ledger->text(&table, snapshot, i);
	table_print(&table, stdout, screen_line(), NULL, NULL);
	return EXIT_OK;
}

/* Only when all was printed. */
static int forget_gone(struct headgate_client *client, const struct snapshot *snapshot)
{
	uint64_t last = 0;
	int ret;

	if (fflush(stdout))
		return session_fail(client, -errno, "cannot print, so nothing is forgotten");
	for (size_t i = 0; i < snapshot->flows.count; i++)
		if (snapshot->flows.items[i].gone > last)
			last = snapshot->flows.items[i].gone;
	ret = last ? headgate_flow_forget_gone(client, last) : 0;
	return ret ? session_fail(client, ret, "cannot forget the agents that are gone") : EXIT_OK;
}

static int list(const struct ledger *ledger, const struct arguments *arguments)
{
	headgate_cleanup(headgate_client_free) struct headgate_client *client = NULL;
	headgate_cleanup(snapshot_free) struct snapshot snapshot = { 0 };
	char what[32];
	int ret = session_open(&client);

	if (ret)
		return ret;
	ret = snapshot_take(client, &snapshot);
	if (ret) {
		snprintf(what, sizeof(what), "cannot list the %s", ledger->noun);
		return session_fail(client, ret, what);
	}
	ret = arguments->values[OPTION_JSON] ? list_json(ledger, &snapshot) :
					       list_text(ledger, &snapshot);
	if (ret || !arguments->values[OPTION_FORGET_GONE])
		return ret;
	return forget_gone(client, &snapshot);
}

static size_t lane_count(const struct snapshot *snapshot)
{
	return snapshot->lanes.count;
}

static void lane_json(struct headgate_json *json, const struct snapshot *snapshot, size_t i)
{
	const struct headgate_lane *lane = &snapshot->lanes.items[i];

	headgate_json_object(json, NULL);
	headgate_json_uint(json, "id", lane->id);
	headgate_json_uint(json, "device_id", lane->device_id);
	headgate_json_string(json, "name", lane->name);
	headgate_json_uint(json, "jobs", lane->jobs);
	headgate_json_uint(json, "busy_ns", lane->busy_ns);
	headgate_json_uint(json, "ungoverned_ns", lane->ungoverned_ns);
	headgate_json_uint(json, "held_idle_ns", lane->held_idle_ns);
	headgate_json_uint(json, "anticipated_ns", lane->anticipated_ns);
	headgate_json_uint(json, "time_ns", lane->time_ns);
	headgate_json_uint(json, "idle_ns", lane->idle_ns);
	headgate_json_uint(json, "running_ns", lane->running_ns);
	headgate_json_uint(json, "outstanding", lane->outstanding);
	headgate_json_uint(json, "waiting", lane->waiting);
	headgate_json_close(json);
}

static void lane_text(struct table *table, const struct snapshot *snapshot, size_t i)
{
	const struct headgate_lane *lane = &snapshot->lanes.items[i];
	const struct headgate_device *device = snapshot_device(snapshot, lane->device_id);

	table_add(table, "%" PRIu32, lane->id);
	table_add(table, "%s%s", device ? device->name : "?", device && device->gone ? " (gone)" : "");
	table_add(table, "%s", device ? device->driver : "?");
	table_add(table, "%s", lane->name);
	cell_count(table, lane->jobs);
	cell_duration(table, lane->busy_ns);
	cell_duration(table, lane->idle_ns);
	cell_duration(table, lane->ungoverned_ns);
	cell_duration(table, lane->held_idle_ns);
	cell_duration(table, lane->anticipated_ns);
	table_add(table, "%" PRIu32, lane->outstanding);
	table_add(table, "%" PRIu32, lane->waiting);
}

int run_lane_list(const struct arguments *arguments)
{
	static const struct table_column columns[] = {
		{ .title = "LANE", .right = true },
		{ .title = "DEVICE", .shrink = true },
		{ .title = "DRIVER" },
		{ .title = "ENGINE" },
		{ .title = "JOBS", .right = true },
		{ .title = "BUSY", .right = true },
		{ .title = "IDLE", .right = true, .drop = 5 },
		{ .title = "UNGOVERNED", .right = true },
		{ .title = "HELD-IDLE", .right = true, .drop = 1 },
		{ .title = "ANTICIPATED", .right = true, .drop = 4 },
		{ .title = "OUTSTANDING", .right = true, .drop = 3 },
		{ .title = "WAITING", .right = true, .drop = 2 },
	};
	static const struct ledger lanes = {
		.noun = "lanes",
		.columns = columns,
		.n_columns = sizeof(columns) / sizeof(columns[0]),
		.count = lane_count,
		.json = lane_json,
		.text = lane_text,
	};

	return list(&lanes, arguments);
}

static size_t flow_count(const struct snapshot *snapshot)
{
	return snapshot->flows.count;
}

/* What is left of an agent that is gone is not the agent's that has its path now. */
static const char *flow_agent(const struct snapshot *snapshot, const struct headgate_flow *flow)
{
	return flow->gone ? "(gone)" : snapshot_agent_path(snapshot, flow->agent_id);
}

static void percentile_json(struct headgate_json *json, const char *key,
			    const struct headgate_flow *flow, double percent)
{
	uint64_t ns;

	if (headgate_histogram_percentile(flow->wait_histogram, percent, &ns))
		headgate_json_null(json, key);
	else
		headgate_json_uint(json, key, ns);
}

static void histogram_json(struct headgate_json *json, const uint32_t *counts)
{
	headgate_json_array(json, "wait_histogram");
	for (unsigned int i = 0; i < HEADGATE_WAIT_BUCKETS; i++) {
		if (!counts[i])
			continue;
		headgate_json_object(json, NULL);
		headgate_json_uint(json, "from_ns", headgate_histogram_edge(i));
		headgate_json_uint(json, "count", counts[i]);
		headgate_json_close(json);
	}
	headgate_json_close(json);
}

static void flow_json(struct headgate_json *json, const struct snapshot *snapshot, size_t i)
{
	const struct headgate_flow *flow = &snapshot->flows.items[i];

	headgate_json_object(json, NULL);
	headgate_json_uint(json, "agent_id", flow->agent_id);
	headgate_json_string(json, "agent", flow_agent(snapshot, flow));
	headgate_json_bool(json, "gone", flow->gone);
	headgate_json_uint(json, "lane_id", flow->lane_id);
	headgate_json_uint(json, "device_id", flow->device_id);
	headgate_json_uint(json, "due_ppm", flow->due_ppm);
	headgate_json_uint(json, "tickets", flow->tickets);
	headgate_json_uint(json, "jobs", flow->jobs);
	headgate_json_uint(json, "busy_ns", flow->busy_ns);
	headgate_json_uint(json, "queued_ns", flow->queued_ns);
	headgate_json_uint(json, "wait_ns", flow->wait_ns);
	headgate_json_uint(json, "failed", flow->failed);
	headgate_json_uint(json, "forced", flow->forced);
	headgate_json_uint(json, "waiting", flow->waiting);
	headgate_json_uint(json, "outstanding", flow->outstanding);
	headgate_json_uint(json, "estimate_ns", flow->estimate_ns);
	headgate_json_uint(json, "think_ns", flow->think_ns);
	headgate_json_uint(json, "anticipated_ns", flow->anticipated_ns);
	percentile_json(json, "wait_p50_ns", flow, 50);
	percentile_json(json, "wait_p99_ns", flow, 99);
	histogram_json(json, flow->wait_histogram);
	headgate_json_close(json);
}

static void flow_text(struct table *table, const struct snapshot *snapshot, size_t i)
{
	const struct headgate_flow *flow = &snapshot->flows.items[i];
	uint64_t p99;

	table_add(table, "%s", flow_agent(snapshot, flow));
	table_add(table, "%" PRIu32, flow->lane_id);
	table_add(table, "%.1f%%", flow->due_ppm / 1e4);
	cell_count(table, flow->tickets);
	cell_count(table, flow->jobs);
	cell_duration(table, flow->busy_ns);
	cell_duration(table, flow->queued_ns);
	cell_duration(table, flow->wait_ns);
	if (headgate_histogram_percentile(flow->wait_histogram, 99, &p99))
		table_add(table, "-");
	else
		cell_duration(table, p99);
	cell_count(table, flow->failed);
	cell_count(table, flow->forced);
}

int run_flow_list(const struct arguments *arguments)
{
	static const struct table_column columns[] = {
		{ .title = "AGENT", .shrink = true },
		{ .title = "LANE", .right = true },
		{ .title = "DUE", .right = true, .drop = 2 },
		{ .title = "TICKETS", .right = true, .drop = 4 },
		{ .title = "JOBS", .right = true },
		{ .title = "BUSY", .right = true },
		{ .title = "QUEUED", .right = true, .drop = 5 },
		{ .title = "WAITED", .right = true },
		{ .title = "WAIT-P99", .right = true, .drop = 1 },
		{ .title = "FAILED", .right = true, .drop = 3 },
		{ .title = "FORCED", .right = true },
	};
	static const struct ledger flows = {
		.noun = "flows",
		.columns = columns,
		.n_columns = sizeof(columns) / sizeof(columns[0]),
		.count = flow_count,
		.json = flow_json,
		.text = flow_text,
	};

	return list(&flows, arguments);
}
