// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "json.h"
#include "report.h"
#include "screen.h"

static const char *const names[] = {
	[REPORT_BY_AGENT] = "agent", [REPORT_BY_OWNER] = "owner", [REPORT_BY_DEVICE] = "device",
};

/* What the second column is of, if there is one. */
static const char *const others[] = {
	[REPORT_BY_AGENT] = "owner", [REPORT_BY_OWNER] = NULL, [REPORT_BY_DEVICE] = "driver",
};

static const char *const titles[] = {
	[REPORT_BY_AGENT] = "AGENT", [REPORT_BY_OWNER] = "OWNER", [REPORT_BY_DEVICE] = "DEVICE",
};

static const char *const other_titles[] = {
	[REPORT_BY_AGENT] = "OWNER", [REPORT_BY_DEVICE] = "DRIVER",
};

static const char *const sums[HISTORY_SUMS] = {
	[HISTORY_BUSY_NS] = "busy_ns", [HISTORY_WAIT_NS] = "wait_ns", [HISTORY_TICKETS] = "tickets",
	[HISTORY_JOBS] = "jobs", [HISTORY_FAILED] = "failed", [HISTORY_FORCED] = "forced",
};

/* ---- table ---- */

static void add_row(struct table *table, const struct report_group *group, enum report_by by)
{
	char text[32];

	table_add(table, "%s", group->name);
	if (others[by])
		table_add(table, "%s", group->other[0] ? group->other : "-");
	cell_duration(table, group->sums[HISTORY_BUSY_NS]);
	cell_duration(table, group->idle_ns);
	cell_count(table, group->sums[HISTORY_JOBS]);
	cell_duration(table, group->sums[HISTORY_WAIT_NS]);
	cell_count(table, group->sums[HISTORY_FAILED]);
	cell_count(table, group->sums[HISTORY_FORCED]);
	if (group->currency[0])
		table_add(table, "%s %s", headgate_money_format(group->cost, text), group->currency);
	else
		table_add(table, "-");
}

int report_print_table(const struct report *report, enum report_by by)
{
	struct table_column columns[] = {
		{ .title = titles[by], .shrink = true },
		{ .title = other_titles[by] },
		{ .title = "BUSY", .right = true },
		{ .title = "IDLE", .right = true },
		{ .title = "JOBS", .right = true },
		{ .title = "WAITED", .right = true, .drop = 1 },
		{ .title = "FAILED", .right = true, .drop = 2 },
		{ .title = "FORCED", .right = true, .drop = 3 },
		{ .title = "COST", .right = true },
	};
	headgate_cleanup(table_clear) struct table table = {
		.columns = columns, .n_columns = sizeof(columns) / sizeof(columns[0]),
	};
	struct report_groups groups = {};
	char since[32], until[32];
	int ret = report_group(report, by, &groups);

	if (ret)
		return ret;
	if (!others[by]) {
		columns[1] = columns[0];
		table.columns++;
		table.n_columns--;
	}
	printf("From %s to %s, by %s.\n", report_time_format(report->since_s, since),
	       report_time_format(report->until_s, until), names[by]);
	for (size_t i = 0; i < groups.count; i++)
		add_row(&table, &groups.items[i], by);
	if (groups.count)
		table_print(&table, stdout, screen_line(), NULL, NULL);
	else
		printf("Nothing was recorded.\n");
	free(groups.items);
	return 0;
}

/* ---- CSV ---- */

void report_csv_field(FILE *file, bool first, const char *text)
{
	bool formula = *text && strchr("=+-@\t\r", *text);

	if (!first)
		fputc(',', file);
	if (!formula && !strpbrk(text, ",\"\r\n")) {
		fputs(text, file);
		return;
	}
	fputs(formula ? "\"'" : "\"", file);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', file);
		fputc(*text, file);
	}
	fputc('"', file);
}

static void csv_number(uint64_t number)
{
	printf(",%" PRIu64, number);
}

int report_print_csv(const struct report *report, enum report_by by)
{
	struct report_groups groups = {};
	int ret = report_group(report, by, &groups);
	char text[32];

	if (ret)
		return ret;
	fputs(names[by], stdout);
	if (others[by])
		report_csv_field(stdout, false, others[by]);
	for (int i = 0; i < HISTORY_SUMS; i++)
		report_csv_field(stdout, false, sums[i]);
	fputs(",idle_ns,some_ns,full_ns,cost,currency\r\n", stdout);
	for (size_t i = 0; i < groups.count; i++) {
		const struct report_group *group = &groups.items[i];

		report_csv_field(stdout, true, group->name);
		if (others[by])
			report_csv_field(stdout, false, group->other);
		for (int j = 0; j < HISTORY_SUMS; j++)
			csv_number(group->sums[j]);
		csv_number(group->idle_ns);
		csv_number(group->some_ns);
		csv_number(group->full_ns);
		report_csv_field(stdout, false, group->currency[0] ? headgate_money_format(group->cost, text) : "");
		report_csv_field(stdout, false, group->currency);
		fputs("\r\n", stdout);
	}
	free(groups.items);
	return 0;
}

/* ---- JSON ---- */

static void cost_json(struct headgate_json *json, int64_t cost, const char *currency)
{
	if (currency[0]) {
		headgate_json_int(json, "cost_micros", cost);
		headgate_json_string(json, "currency", currency);
	} else {
		headgate_json_null(json, "cost_micros");
		headgate_json_null(json, "currency");
	}
}

static void group_json(struct headgate_json *json, const struct report_group *group, enum report_by by)
{
	headgate_json_object(json, NULL);
	headgate_json_string(json, names[by], group->name);
	if (others[by])
		headgate_json_string(json, others[by], group->other);
	for (int i = 0; i < HISTORY_SUMS; i++)
		headgate_json_uint(json, sums[i], group->sums[i]);
	headgate_json_uint(json, "idle_ns", group->idle_ns);
	if (by == REPORT_BY_DEVICE) {
		headgate_json_uint(json, "time_ns", group->time_ns);
		headgate_json_uint(json, "lanes_ns", group->lanes_ns);
	} else {
		headgate_json_uint(json, "some_ns", group->some_ns);
		headgate_json_uint(json, "full_ns", group->full_ns);
	}
	cost_json(json, group->cost, group->currency);
	headgate_json_close(json);
}

int report_print_json(const struct report *report, enum report_by by)
{
	struct report_groups groups = {};
	struct headgate_json json;
	char text[32];
	int ret = report_group(report, by, &groups);

	if (ret)
		return ret;
	headgate_json_begin(&json, stdout, true);
	headgate_json_string(&json, "since", report_time_format(report->since_s, text));
	headgate_json_string(&json, "until", report_time_format(report->until_s, text));
	headgate_json_string(&json, "by", names[by]);
	headgate_json_array(&json, "rows");
	for (size_t i = 0; i < groups.count; i++)
		group_json(&json, &groups.items[i], by);
	headgate_json_close(&json);
	free(groups.items);
	return headgate_json_end(&json);
}
