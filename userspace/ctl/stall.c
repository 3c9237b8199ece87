// SPDX-License-Identifier: GPL-2.0-or-later
/* `stall list`: what headgated has told that is not over yet. */
#include <errno.h>
#include <inttypes.h>
#include <time.h>

#include "commands.h"
#include "screen.h"
#include "session.h"
#include "snapshot.h"
#include "stall_file.h"
#include "states.h"
#include "table.h"

#define NS_PER_S UINT64_C(1000000000)

/* CLOCK_REALTIME of a moment of CLOCK_MONOTONIC. */
static uint64_t wall_ns(uint64_t monotonic_ns)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec - (headgate_lives_now() - monotonic_ns);
}

static uint64_t age_ns(const struct headgate_stall *stall)
{
	uint64_t now_ns = headgate_lives_now();

	return now_ns > stall->since_ns ? now_ns - stall->since_ns : 0;
}

static void json_or_null(struct headgate_json *json, const char *key, uint64_t value)
{
	if (value)
		headgate_json_uint(json, key, value);
	else
		headgate_json_null(json, key);
}

static void json_stall(struct headgate_json *json, const struct headgate_stall *stall,
		       const struct snapshot *snapshot)
{
	const struct headgate_device *device = snapshot_device(snapshot, stall->device_id);
	const struct headgate_lane *lane = snapshot_lane(snapshot, stall->lane_id);

	headgate_json_object(json, NULL);
	headgate_json_string(json, "kind", headgate_stall_kind_name(stall->kind));
	json_or_null(json, "agent_id", stall->agent_id);
	if (stall->agent_id)
		headgate_json_string(json, "agent", snapshot_agent_path(snapshot, stall->agent_id));
	else
		headgate_json_null(json, "agent");
	json_or_null(json, "pid", stall->pid);
	headgate_json_string(json, "comm", stall->comm);
	headgate_json_uint(json, "device_id", stall->device_id);
	headgate_json_string(json, "device", device ? device->name : "");
	json_or_null(json, "lane_id", stall->lane_id);
	headgate_json_string(json, "engine", lane ? lane->name : "");
	headgate_json_uint(json, "age_ns", age_ns(stall));
	headgate_json_uint(json, "since_ns", wall_ns(stall->since_ns));
	json_or_null(json, "deadline_ns", stall->deadline_ns);
	headgate_json_uint(json, "count", stall->count);
	json_or_null(json, "error", stall->error);
	headgate_json_uint(json, "waiting", stall->waiting);
	headgate_json_uint(json, "waiting_agents", stall->waiting_agents);
	headgate_json_close(json);
}

static int list_json(const struct headgate_stalls *stalls, const struct snapshot *snapshot, bool kept)
{
	struct headgate_json json;

	headgate_json_begin(&json, stdout, true);
	headgate_json_bool(&json, "judged", kept);
	headgate_json_array(&json, "stalls");
	for (size_t i = 0; i < stalls->count; i++)
		json_stall(&json, &stalls->items[i], snapshot);
	headgate_json_close(&json);
	return headgate_json_end(&json) ? EXIT_FAILED : EXIT_OK;
}

static void add_row(struct table *table, const struct headgate_stall *stall, const struct snapshot *snapshot)
{
	const struct headgate_device *device = snapshot_device(snapshot, stall->device_id);
	const struct headgate_lane *lane = snapshot_lane(snapshot, stall->lane_id);
	time_t since = (time_t)(wall_ns(stall->since_ns) / NS_PER_S);
	char age[32], when[32] = "?";
	struct tm tm;

	if (localtime_r(&since, &tm))
		strftime(when, sizeof(when), "%FT%T", &tm);
	table_add(table, "%s", headgate_stall_kind_name(stall->kind));
	table_add(table, "%s", stall->kind == HEADGATE_STALL_KIND_WEDGED ? "-" :
		  snapshot_agent_path(snapshot, stall->agent_id));
	if (stall->pid && *stall->comm)
		table_add(table, "%" PRIu32 " %s", stall->pid, stall->comm);
	else if (stall->pid)
		table_add(table, "%" PRIu32, stall->pid);
	else
		table_add(table, "-");
	table_add(table, "%s", device ? device->name : "?");
	if (stall->lane_id)
		table_add(table, "%" PRIu32 " %s", stall->lane_id, lane ? lane->name : "?");
	else
		table_add(table, "-");
	/* Whole seconds: looks are no closer. */
	table_add(table, "%s", headgate_duration_format(age_ns(stall) / NS_PER_S * NS_PER_S, age, sizeof(age)));
	table_add(table, "%s", when);
	table_add(table, "%" PRIu32, stall->waiting);
}

static int list_text(const struct headgate_stalls *stalls, const struct snapshot *snapshot)
{
	static const struct table_column columns[] = {
		{ .title = "KIND" },
		{ .title = "AGENT", .shrink = true },
		{ .title = "PROCESS" },
		{ .title = "DEVICE" },
		{ .title = "LANE", .drop = 1 },
		{ .title = "AGE", .right = true },
		{ .title = "SINCE", .drop = 2 },
		{ .title = "WAITING", .right = true },
	};
	struct table table = { .columns = columns, .n_columns = sizeof(columns) / sizeof(columns[0]) };

	if (!stalls->count) {
		puts("No stalls.");
		return EXIT_OK;
	}
	for (size_t i = 0; i < stalls->count; i++)
		add_row(&table, &stalls->items[i], snapshot);
	table_print(&table, stdout, screen_line(), NULL, NULL);
	table_clear(&table);
	return EXIT_OK;
}

int run_stall_list(const struct arguments *arguments)
{
	headgate_cleanup(headgate_client_free) struct headgate_client *client = NULL;
	struct headgate_stalls stalls = { 0 };
	struct snapshot snapshot;
	bool kept = states_are_kept(HEADGATE_STALLS_FILE);
	int ret = session_open(&client);

	if (ret)
		return ret;
	ret = snapshot_take(client, &snapshot);
	if (ret)
		return session_fail(client, ret, "cannot read what stalls");
	ret = headgate_stalls_load(HEADGATE_STALLS_FILE, &stalls);
	if (ret && ret != -ENOENT) {
		snapshot_free(&snapshot);
		return session_error(ret, "cannot read " HEADGATE_STALLS_FILE);
	}
	if (!kept)
		states_note("stalls");
	if (arguments->values[OPTION_JSON])
		ret = list_json(&stalls, &snapshot, kept);
	else
		ret = list_text(&stalls, &snapshot);
	headgate_stalls_clear(&stalls);
	snapshot_free(&snapshot);
	return ret;
}
