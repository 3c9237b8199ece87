// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "top_view.h"

/* Least widths keep the columns still from one table to the next. */
static const struct table_column columns[] = {
	{ .title = "AGENT", .shrink = true, .width = 16 },
	{ .title = "WEIGHT", .right = true, .drop = 3 },
	{ .title = "CLASS", .drop = 7, .width = 11 },
	{ .title = "MAX", .right = true, .drop = 6, .width = 5 },
	{ .title = "SHARE", .right = true, .width = 6 },
	{ .title = "DUE", .right = true, .drop = 1, .width = 6 },
	{ .title = "JOBS/S", .right = true, .drop = 4, .width = 6 },
	{ .title = "WAIT-P50", .right = true, .drop = 5, .width = 8 },
	{ .title = "WAIT-P99", .right = true, .drop = 2, .width = 8 },
	{ .title = "STATE", .drop = 2, .width = 8 },
};

#define N_COLUMNS (sizeof(columns) / sizeof(columns[0]))

static void add_percent(struct table *table, double fraction)
{
	if (isnan(fraction))
		table_add(table, "-");
	else
		table_add(table, "%.1f%%", fraction * 100);
}

static void add_wait(struct table *table, bool waited, uint64_t ns)
{
	char text[32];

	table_add(table, "%s", waited ? headgate_duration_format(ns, text, sizeof(text)) : "-");
}

static void add_row(struct table *table, const struct top_row *row)
{
	char cap[32];

	table_add(table, "%s", row->agent);
	if (row->policy) {
		table_add(table, "%" PRIu32, row->policy->weight);
		table_add(table, "%s", headgate_class_name(row->policy->class));
		table_add(table, "%s", headgate_cap_format(row->policy->max_quota_ns,
			  row->policy->max_period_ns, cap, sizeof(cap)));
	} else {
		table_add(table, "-");
		table_add(table, "-");
		table_add(table, "-");
	}
	add_percent(table, row->share_now);
	if (row->agent_id)
		add_percent(table, row->share_due);
	else
		table_add(table, "-");
	table_add(table, row->jobs_per_second < 99.95 ? "%.1f" : "%.0f", row->jobs_per_second);
	add_wait(table, row->waited, row->wait_p50_ns);
	add_wait(table, row->waited, row->wait_p99_ns);
	table_add(table, "%s", top_row_state(row));
}

static const char *style(size_t row, const void *data)
{
	const struct top_lane *lane = data;

	switch (lane->rows[row].state) {
	case TOP_IDLE:
		return "\033[2m";
	case TOP_WAITING:
		return "\033[33m";
	case TOP_WORKING:
		break;
	}
	return NULL;
}

static void print_header(const struct top_lane *lane, FILE *file, int width, bool colour)
{
	const char *driver = lane->device ? lane->device->driver : "?";
	bool named_so = !strcmp(driver, lane->lane->name);
	char line[512];

	/* Of drivers without drm_sched the lane has the driver's name: once is enough. */
	snprintf(line, sizeof(line),
		 "%s%s%s  %s  busy %.1f%%  ungoverned %.1f%%  held idle %.1f%%",
		 lane->device ? lane->device->name : "?", named_so ? "" : "  ", named_so ? "" : driver,
		 lane->lane->name, lane->busy * 100, lane->ungoverned * 100,
		 lane->held_idle * 100);
	if (width > 0 && width < (int)sizeof(line))
		line[width] = '\0';
	table_sanitize(line);
	fprintf(file, "%s%s%s\n", colour ? "\033[1m" : "", line, colour ? "\033[0m" : "");
}

void top_view_text(const struct top_model *model, FILE *file, int width, bool colour)
{
	if (!model->count)
		fputs("No lanes yet: nothing has been submitted since the module was loaded.\n", file);
	for (size_t i = 0; i < model->count; i++) {
		const struct top_lane *lane = &model->lanes[i];
		struct table table = { .columns = columns, .n_columns = N_COLUMNS };

		if (i)
			fputc('\n', file);
		print_header(lane, file, width, colour);
		for (size_t j = 0; j < lane->count; j++)
			add_row(&table, &lane->rows[j]);
		table_print(&table, file, width, colour ? style : NULL, lane);
		table_clear(&table);
	}
}

static void row_json(struct headgate_json *json, const struct top_row *row)
{
	headgate_json_object(json, NULL);
	headgate_json_uint(json, "agent_id", row->agent_id);
	headgate_json_string(json, "agent", row->agent);
	if (row->policy) {
		headgate_json_uint(json, "weight", row->policy->weight);
		headgate_json_string(json, "class", headgate_class_name(row->policy->class));
		headgate_json_uint(json, "max_quota_ns", row->policy->max_quota_ns);
		headgate_json_uint(json, "max_period_ns", row->policy->max_period_ns);
	}
	headgate_json_uint(json, "busy_ns", row->busy_ns);
	headgate_json_double(json, "share_now", row->share_now);
	headgate_json_double(json, "share_due", row->share_due);
	headgate_json_double(json, "jobs_per_second", row->jobs_per_second);
	headgate_json_double(json, "wait_p50_ns", row->waited ? (double)row->wait_p50_ns : NAN);
	headgate_json_double(json, "wait_p99_ns", row->waited ? (double)row->wait_p99_ns : NAN);
	headgate_json_string(json, "state", top_state_name(row->state));
	if (row->life)
		headgate_json_string(json, "agent_state", headgate_life_name(row->life->state));
	headgate_json_close(json);
}

int top_view_json(const struct top_model *model, FILE *file)
{
	struct headgate_json json;

	headgate_json_begin(&json, file, false);
	headgate_json_uint(&json, "interval_ns", model->interval_ns);
	headgate_json_array(&json, "lanes");
	for (size_t i = 0; i < model->count; i++) {
		const struct top_lane *lane = &model->lanes[i];

		headgate_json_object(&json, NULL);
		headgate_json_uint(&json, "lane_id", lane->lane->id);
		headgate_json_string(&json, "lane", lane->lane->name);
		headgate_json_uint(&json, "device_id", lane->lane->device_id);
		headgate_json_string(&json, "device", lane->device ? lane->device->name : "");
		headgate_json_string(&json, "driver", lane->device ? lane->device->driver : "");
		headgate_json_double(&json, "busy", lane->busy);
		headgate_json_double(&json, "ungoverned", lane->ungoverned);
		headgate_json_double(&json, "held_idle", lane->held_idle);
		headgate_json_array(&json, "agents");
		for (size_t j = 0; j < lane->count; j++)
			row_json(&json, &lane->rows[j]);
		headgate_json_close(&json);
		headgate_json_close(&json);
	}
	headgate_json_close(&json);
	return headgate_json_end(&json);
}
