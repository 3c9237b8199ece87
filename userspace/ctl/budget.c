// SPDX-License-Identifier: GPL-2.0-or-later
/* `budget list`. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "budget_file.h"
#include "commands.h"
#include "evidence.h"
#include "report.h"
#include "screen.h"
#include "session.h"
#include "states.h"
#include "table.h"

static bool in_force(const struct headgate_budget_record *record)
{
	return record->state.over && record->budget.act != HEADGATE_BUDGET_NONE;
}

static void json_time(struct headgate_json *json, const char *key, int64_t time_s)
{
	char text[32];

	headgate_json_string(json, key, report_time_format(time_s, text));
}

static void json_budget(struct headgate_json *json, const struct headgate_budget_record *record)
{
	const struct headgate_budget *budget = &record->budget;
	const struct headgate_budget_state *state = &record->state;

	headgate_json_object(json, NULL);
	headgate_json_string(json, "name", budget->name);
	headgate_json_string(json, "whom", headgate_budget_whom_name(budget->whom));
	headgate_json_string(json, "of", budget->of);
	headgate_json_uint(json, budget->money ? "used_micros" : "used_ns", state->used);
	headgate_json_uint(json, budget->money ? "limit_micros" : "limit_ns", budget->limit);
	if (budget->money)
		headgate_json_string(json, "currency", budget->currency);
	else
		headgate_json_null(json, "currency");
	headgate_json_uint(json, "percent", headgate_budget_percent(budget, state));
	headgate_json_string(json, "per", headgate_budget_per_name(budget->per));
	json_time(json, "period_start", state->start_s);
	json_time(json, "period_end", state->end_s);
	headgate_json_bool(json, "warned", state->warned_at);
	headgate_json_bool(json, "over", state->over);
	headgate_json_string(json, "act", headgate_budget_act_name(budget->act));
	if (budget->act == HEADGATE_BUDGET_CAP)
		headgate_json_uint(json, "cap_ppm", budget->cap_ppm);
	else
		headgate_json_null(json, "cap_ppm");
	headgate_json_bool(json, "in_force", in_force(record));
	/* What the history has before headgated knew of it is counted. */
	headgate_json_bool(json, "complete", state->known);
	headgate_json_close(json);
}

static int list_json(const struct headgate_budgets *budgets, bool kept)
{
	struct headgate_json json;

	headgate_json_begin(&json, stdout, true);
	headgate_json_bool(&json, "judged", kept);
	headgate_json_array(&json, "budgets");
	for (size_t i = 0; i < budgets->n_records; i++)
		json_budget(&json, &budgets->records[i]);
	headgate_json_close(&json);
	return headgate_json_end(&json) ? EXIT_FAILED : EXIT_OK;
}

static void add_row(struct table *table, const struct headgate_budget_record *record)
{
	const struct headgate_budget *budget = &record->budget;
	const struct headgate_budget_state *state = &record->state;
	char amount[48], end[32];

	table_add(table, "%s", budget->name);
	table_add(table, "%s %s", headgate_budget_whom_name(budget->whom), budget->of);
	table_add(table, "%s%s", headgate_budget_format(budget, state->used, amount), state->known ? "" : " or more");
	table_add(table, "%s", headgate_budget_format(budget, budget->limit, amount));
	table_add(table, "%u", headgate_budget_percent(budget, state));
	table_add(table, "%s", headgate_budget_per_name(budget->per));
	table_add(table, "%s", report_time_format(state->end_s, end));
	if (budget->act == HEADGATE_BUDGET_CAP)
		table_add(table, "cap %g%%", budget->cap_ppm * 100.0 / HEADGATE_PPM);
	else
		table_add(table, "%s", headgate_budget_act_name(budget->act));
	table_add(table, "%s", in_force(record) ? "in force" : state->over ? "spent" : "-");
}

static int list_text(const struct headgate_budgets *budgets)
{
	static const struct table_column columns[] = {
		{ .title = "BUDGET" },
		{ .title = "OF", .shrink = true },
		{ .title = "USED", .right = true },
		{ .title = "LIMIT", .right = true },
		{ .title = "%", .right = true },
		{ .title = "PER", .drop = 2 },
		{ .title = "UNTIL", .drop = 1 },
		{ .title = "ACT" },
		{ .title = "STATE" },
	};
	struct table table = { .columns = columns, .n_columns = sizeof(columns) / sizeof(columns[0]) };

	if (!budgets->n_records) {
		puts("No budgets.");
		return EXIT_OK;
	}
	for (size_t i = 0; i < budgets->n_records; i++)
		add_row(&table, &budgets->records[i]);
	table_print(&table, stdout, screen_line(), NULL, NULL);
	table_clear(&table);
	return EXIT_OK;
}

int run_budget_list(const struct arguments *arguments)
{
	struct headgate_budgets budgets = { 0 };
	bool kept = states_are_kept(HEADGATE_BUDGETS_FILE);
	int ret = headgate_budgets_load(HEADGATE_BUDGETS_FILE, &budgets);

	if (ret && ret != -ENOENT)
		return session_error(ret, "cannot read " HEADGATE_BUDGETS_FILE);
	/* Without a budget in the policy headgated keeps no file. */
	if (!kept && (budgets.n_records || !evidence_daemon("")))
		states_note("budgets");
	ret = arguments->values[OPTION_JSON] ? list_json(&budgets, kept) : list_text(&budgets);
	headgate_budgets_free(&budgets);
	return ret;
}
