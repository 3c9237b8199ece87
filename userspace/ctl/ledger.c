// SPDX-License-Identifier: GPL-2.0-or-later
/* `lane list` and `flow list`: totals since the module was loaded. */
#include <inttypes.h>

#include "commands.h"
#include "screen.h"
#include "session.h"
#include "snapshot.h"
#include "table.h"

static void lane_json(struct headgate_json *json, const struct headgate_lane *lane)
{
	headgate_json_object(json, NULL);
	headgate_json_uint(json, "id", lane->id);
	headgate_json_uint(json, "device_id", lane->device_id);
	headgate_json_string(json, "name", lane->name);
	headgate_json_uint(json, "jobs", lane->jobs);
	headgate_json_uint(json, "busy_ns", lane->busy_ns);
	headgate_json_uint(json, "ungoverned_ns", lane->ungoverned_ns);
	headgate_json_uint(json, "held_idle_ns", lane->held_idle_ns);
	headgate_json_uint(json, "outstanding", lane->outstanding);
	headgate_json_uint(json, "waiting", lane->waiting);
	headgate_json_close(json);
}

static void lane_text(struct table *table, const struct snapshot *snapshot,
		      const struct headgate_lane *lane)
{
	const struct headgate_device *device = snapshot_device(snapshot, lane->device_id);
	char text[32];

	table_add(table, "%" PRIu32, lane->id);
	table_add(table, "%s", device ? device->name : "?");
	table_add(table, "%s", device ? device->driver : "?");
	table_add(table, "%s", lane->name);
	table_add(table, "%s", headgate_count_format(lane->jobs, text, sizeof(text)));
	table_add(table, "%s", headgate_duration_format(lane->busy_ns, text, sizeof(text)));
	table_add(table, "%s", headgate_duration_format(lane->ungoverned_ns, text, sizeof(text)));
	table_add(table, "%s", headgate_duration_format(lane->held_idle_ns, text, sizeof(text)));
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
		{ .title = "UNGOVERNED", .right = true },
		{ .title = "HELD-IDLE", .right = true, .drop = 1 },
		{ .title = "OUTSTANDING", .right = true, .drop = 3 },
		{ .title = "WAITING", .right = true, .drop = 2 },
	};
	headgate_cleanup(headgate_client_free) struct headgate_client *client = NULL;
	headgate_cleanup(snapshot_free) struct snapshot snapshot = { 0 };
	headgate_cleanup(table_clear) struct table table = { .columns = columns, .n_columns = 10 };
	struct headgate_json json;
	int ret = session_open(&client);

	if (ret)
		return ret;
	ret = snapshot_take(client, &snapshot);
	if (ret)
		return session_fail(client, ret, "cannot list the lanes");
	if (arguments->values[OPTION_JSON]) {
		headgate_json_begin(&json, stdout, true);
		headgate_json_array(&json, "lanes");
		for (size_t i = 0; i < snapshot.lanes.count; i++)
			lane_json(&json, &snapshot.lanes.items[i]);
		headgate_json_close(&json);
		return headgate_json_end(&json) ? EXIT_FAILED : EXIT_OK;
	}
	if (!snapshot.lanes.count)
		puts("No lanes yet: nothing has been submitted since the module was loaded.");
	for (size_t i = 0; i < snapshot.lanes.count; i++)
		lane_text(&table, &snapshot, &snapshot.lanes.items[i]);
	if (snapshot.lanes.count)
		table_print(&table, stdout, screen_line(), NULL, NULL);
	return EXIT_OK;
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

static void flow_json(struct headgate_json *json, const struct snapshot *snapshot,
		      const struct headgate_flow *flow)
{
	headgate_json_object(json, NULL);
	headgate_json_uint(json, "agent_id", flow->agent_id);
	headgate_json_string(json, "agent", snapshot_agent_path(snapshot, flow->agent_id));
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
	percentile_json(json, "wait_p50_ns", flow, 50);
	percentile_json(json, "wait_p99_ns", flow, 99);
	headgate_json_array(json, "wait_histogram");
	for (unsigned int i = 0; i < HEADGATE_WAIT_BUCKETS; i++) {
		if (!flow->wait_histogram[i])
			continue;
		headgate_json_object(json, NULL);
		headgate_json_uint(json, "from_ns", headgate_histogram_edge(i));
		headgate_json_uint(json, "count", flow->wait_histogram[i]);
		headgate_json_close(json);
	}
	headgate_json_close(json);
	headgate_json_close(json);
}

static void flow_text(struct table *table, const struct snapshot *snapshot,
		      const struct headgate_flow *flow)
{
	char text[32];
	uint64_t p99;

	table_add(table, "%s", snapshot_agent_path(snapshot, flow->agent_id));
	table_add(table, "%" PRIu32, flow->lane_id);
	table_add(table, "%.1f%%", flow->due_ppm / 1e4);
	table_add(table, "%s", headgate_count_format(flow->tickets, text, sizeof(text)));
	table_add(table, "%s", headgate_count_format(flow->jobs, text, sizeof(text)));
	table_add(table, "%s", headgate_duration_format(flow->busy_ns, text, sizeof(text)));
	table_add(table, "%s", headgate_duration_format(flow->queued_ns, text, sizeof(text)));
	table_add(table, "%s", headgate_duration_format(flow->wait_ns, text, sizeof(text)));
	table_add(table, "%s", headgate_histogram_percentile(flow->wait_histogram, 99, &p99) ?
		  "-" : headgate_duration_format(p99, text, sizeof(text)));
	table_add(table, "%s", headgate_count_format(flow->failed, text, sizeof(text)));
	table_add(table, "%s", headgate_count_format(flow->forced, text, sizeof(text)));
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
	headgate_cleanup(headgate_client_free) struct headgate_client *client = NULL;
	headgate_cleanup(snapshot_free) struct snapshot snapshot = { 0 };
	headgate_cleanup(table_clear) struct table table = { .columns = columns, .n_columns = 11 };
	struct headgate_json json;
	int ret = session_open(&client);

	if (ret)
		return ret;
	ret = snapshot_take(client, &snapshot);
	if (ret)
		return session_fail(client, ret, "cannot list the flows");
	if (arguments->values[OPTION_JSON]) {
		headgate_json_begin(&json, stdout, true);
		headgate_json_array(&json, "flows");
		for (size_t i = 0; i < snapshot.flows.count; i++)
			flow_json(&json, &snapshot, &snapshot.flows.items[i]);
		headgate_json_close(&json);
		return headgate_json_end(&json) ? EXIT_FAILED : EXIT_OK;
	}
	if (!snapshot.flows.count)
		puts("No flows yet: nothing has been submitted since the module was loaded.");
	for (size_t i = 0; i < snapshot.flows.count; i++)
		flow_text(&table, &snapshot, &snapshot.flows.items[i]);
	if (snapshot.flows.count)
		table_print(&table, stdout, screen_line(), NULL, NULL);
	return EXIT_OK;
}
