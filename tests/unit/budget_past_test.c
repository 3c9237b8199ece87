// SPDX-License-Identifier: GPL-2.0-or-later
/* What was used before is in the history: each nanosecond once, whatever was rolled up. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "budget_learn.h"
#include "config_load.h"
#include "history.h"
#include "history_rollup.h"
#include "watch.h"

#define FILE_NAME "h.db"
#define SECOND UINT64_C(1000000000)
#define HOUR_S INT64_C(3600)

/* A ledger of two agents on a device of two lanes: 7 s and 2 s of work in each hour of two days. */
struct world {
	struct ledger ledger;
	struct headgate_flow *flows[2];
	struct history_db db;
	int64_t now_s;
};

static void record(struct world *w, int hours)
{
	for (int i = 0; i < hours; i++) {
		ledger_job(&w->ledger, w->flows[0], 7 * SECOND);
		ledger_job(&w->ledger, w->flows[1], 2 * SECOND);
		for (int j = 0; j < 2; j++)
			w->ledger.lanes[j].time_ns += 3600 * SECOND;
		w->ledger.totals.time_s = w->now_s;
		assert_int_equal(history_write(&w->db, &w->ledger.totals, NULL), 0);
		w->now_s += HOUR_S;
	}
}

static void begin(struct world *w)
{
	ledger_init(&w->ledger, "boot:1");
	ledger_device(&w->ledger, "gpu0");
	ledger_lane(&w->ledger, 1, "e0");
	ledger_lane(&w->ledger, 1, "e1");
	ledger_agent(&w->ledger, 11, "/team/a");
	ledger_agent(&w->ledger, 12, "/b");
	w->flows[0] = ledger_flow(&w->ledger, 1, 11);
	w->flows[1] = ledger_flow(&w->ledger, 2, 12);
	assert_int_equal(history_open(&w->db, FILE_NAME, true), 0);
	w->now_s = START_S;
}

/* The one budget of @config, at @now_s, which is known from the history and @totals. */
static struct headgate_budget_state learn(const struct headgate_config *config, int64_t now_s,
					  const char *instance,
					  const struct headgate_budget_seen *totals,
					  size_t n_totals)
{
	struct headgate_budgets b = { .n_records = 1 };
	struct headgate_budget_state state;
	struct budget_since since = { 0 };
	struct budget_prices prices = { 0 };
	struct budget_past past;
	const struct headgate_agent agents[] = { { .id = 11, .path = "/team/a" }, { .id = 12, .path = "/b" } };

	b.records = calloc(1, sizeof(*b.records));
	assert_int_equal(headgate_budget_copy(&b.records->budget, &config->budgets[0]), 0);
	strcpy(b.instance, instance);
	b.seen = calloc(n_totals + 1, sizeof(*b.seen));
	b.n_seen = n_totals;
	if (n_totals)
		memcpy(b.seen, totals, n_totals * sizeof(*totals));
	assert_int_equal(budget_agents(&b, &(struct headgate_agents){ (void *)agents, 2 }, config,
				       NULL, true), 1);
	headgate_budget_turn(config->budgets[0].per, &b.records->state, now_s);
	since.wanted[config->budgets[0].per] = true;
	since.since_s[config->budgets[0].per] = b.records->state.start_s;
	since.until_s[config->budgets[0].per] = b.records->state.end_s;
	budget_past_read(&past, FILE_NAME, &since);
	if (past.err)
		fail_msg("%s", past.error);
	budget_learn(&b, &past, config, &prices);
	assert_true(b.records->state.known);
	state = b.records->state;
	budget_past_free(&past);
	headgate_budgets_free(&b);
	return state;
}

static uint64_t used(const char *text, int64_t now_s)
{
	struct headgate_config config = load(text);
	uint64_t ret = learn(&config, now_s, "boot:9", NULL, 0).used;

	headgate_config_free(&config);
	return ret;
}

#define BUDGET(_whom, _per) "[budget x]\ngpu-time = 1h\n" _whom "\nper = " _per "\n"

static void check_sums(int64_t now_s, uint64_t first_hour)
{
	/* 48 hours from a midnight, of which the last is at hand. */
	assert_int_equal(used(BUDGET("agent = team/*", "hour"), now_s), 7 * SECOND);
	assert_int_equal(used(BUDGET("agent = team/*", "day"), now_s), 24 * 7 * SECOND);
	assert_int_equal(used(BUDGET("agent = b", "day"), now_s), 24 * 2 * SECOND);
	assert_int_equal(used(BUDGET("agent = **", "day"), now_s), 24 * 9 * SECOND);
	assert_int_equal(used(BUDGET("agent = team", "month"), now_s), 48 * 7 * SECOND);
	assert_int_equal(used(BUDGET("agent = nobody", "month"), now_s), 0);
	/* What is of a later time is none of it: the clock was wrong then, or is now. */
	assert_int_equal(used(BUDGET("agent = team/*", "hour"), START_S + 60), first_hour);
	assert_int_equal(used(BUDGET("agent = team/*", "day"), START_S + 60), 24 * 7 * SECOND);
}

static void sums__are_those_of_the_period_whatever_was_rolled_up(void **state)
{
	static const int64_t keep[HISTORY_LEVELS] = {
		HOUR_S, 2 * HOUR_S, 5 * HOUR_S, 1000 * DAY_S,
	};
	struct world w;
	int64_t now_s;

	(void)state;
	begin(&w);
	record(&w, 48);
	now_s = w.now_s - HOUR_S + 1800;
	check_sums(now_s, 7 * SECOND);
	for (int64_t at_s = START_S + HOUR_S; at_s <= now_s; at_s += HOUR_S)
		assert_int_equal(history_roll_up(&w.db, at_s, keep), 0);
	/* The first hour is a part of a row of its day. */
	check_sums(now_s, 24 * 7 * SECOND);
	history_close(&w.db);
}

static void labels__are_those_that_the_history_or_the_policy_has(void **state)
{
	struct headgate_labelled *item;
	struct world w;
	int64_t now_s;

	(void)state;
	begin(&w);
	item = headgate_labels_add(&w.ledger.totals.labels, 11);
	strcpy(item->labels.values[HEADGATE_LABEL_OWNER], "anna");
	record(&w, 2);
	now_s = w.now_s - 1;
	assert_int_equal(used(BUDGET("owner = anna", "day"), now_s), 2 * 7 * SECOND);
	assert_int_equal(used(BUDGET("owner = bob", "day"), now_s), 0);
	assert_int_equal(used("[agent b]\nowner = bob\n" BUDGET("owner = bob", "day"), now_s), 2 * 2 * SECOND);
	/* Of who had an owner the policy says nothing afterwards. */
	assert_int_equal(used("[agent team/a]\nowner = bob\n" BUDGET("owner = bob", "day"), now_s), 0);
	assert_int_equal(used("[agent team]\nproject = p\n" BUDGET("project = p", "day"), now_s), 2 * 7 * SECOND);
	headgate_labels_free(&w.ledger.totals.labels);
	history_close(&w.db);
}

static void money__is_that_of_a_report(void **state)
{
	struct world w;
	const char *text = "[budget x]\nmoney = 1\nagent = team/a\nper = month\n"
			   "[price gpu0]\nper-gpu-hour = 3600 EUR\n[price gpu0]\nper-gpu-hour = 7200 EUR\nfrom = 2024-10-05\n";

	(void)state;
	begin(&w);
	record(&w, 48);
	/* A device of two lanes has half the time of both; the second day is twice as dear. */
	assert_int_equal(used(text, w.now_s - 1), 24 * 3500000 + 24 * 7000000);
	history_close(&w.db);
}

static void what_came_since__is_counted_on(void **state)
{
	struct headgate_config config = load(BUDGET("agent = team/a", "day"));
	struct headgate_budget_seen totals[] = {
		{ 11, 1, 14 * SECOND + 5 }, { 11, 2, 3 }, { 12, 2, 99 * SECOND },
	};
	struct world w;

	(void)state;
	begin(&w);
	record(&w, 2);
	/* The history has 14 s of this module. */
	assert_int_equal(learn(&config, w.now_s - 1, "boot:1", totals, 3).used, 14 * SECOND + 8);
	/* Another one has begun at nothing. */
	totals[0].busy_ns = 5;
	assert_int_equal(learn(&config, w.now_s - 1, "boot:2", totals, 3).used, 14 * SECOND + 8);
	headgate_config_free(&config);
	history_close(&w.db);
}

static void what_was_told__is_not_told_again(void **state)
{
	struct headgate_config config = load("[budget x]\ngpu-time = 10s\nagent = team/a\nper = day\n");
	struct history_events events = { 0 };
	struct headgate_budget_state s;
	struct world w;
	int64_t now_s = time(NULL), day_s = now_s - now_s % DAY_S;

	(void)state;
	begin(&w);
	w.now_s = day_s;
	record(&w, 2);
	history_events_add(&events, "budget-warn", 0, NULL, "budget y: spent");
	assert_int_equal(history_write(&w.db, NULL, &events), 0);
	s = learn(&config, now_s, "boot:1", NULL, 0);
	assert_int_equal(s.warned_at, 0);
	history_events_add(&events, "budget-over", 0, NULL, "budget x: spent");
	assert_int_equal(history_write(&w.db, NULL, &events), 0);
	s = learn(&config, now_s, "boot:1", NULL, 0);
	assert_int_equal(s.over_at, 10 * SECOND);
	assert_int_equal(s.warned_at, 8 * SECOND);
	assert_int_equal(headgate_budget_judge(&config.budgets[0], &s), 0);
	assert_true(s.over);
	history_events_drop(&events, events.count);
	headgate_config_free(&config);
	history_close(&w.db);
}

static void history_that_is_not_there_or_damaged__is_told(void **state)
{
	struct budget_since since = { .wanted = { true } };
	struct budget_past past;

	(void)state;
	budget_past_read(&past, FILE_NAME, &since);
	assert_int_equal(past.err, -ENOENT);
	budget_past_free(&past);
	write_file(FILE_NAME, "this is no database, and it is longer than a header of SQLite has to be: that is 100 bytes long, I am told");
	budget_past_read(&past, FILE_NAME, &since);
	assert_int_equal(past.err, -EUCLEAN);
	assert_non_null(strstr(past.error, "is damaged"));
	budget_past_free(&past);
}

static void seed__is_read_beside(void **state)
{
	struct budget_since since = { .wanted = { true }, .since_s = { START_S },
				      .until_s = { START_S + HOUR_S } };
	const struct budget_past *past;
	struct budget_seed *seed;
	struct world w;

	(void)state;
	begin(&w);
	record(&w, 1);
	history_close(&w.db);
	seed = budget_seed_start(FILE_NAME, &since);
	assert_non_null(seed);
	past = budget_seed_wait(seed, 60000);
	assert_non_null(past);
	assert_int_equal(past->err, 0);
	assert_int_equal(past->n_rows, 2);
	assert_int_equal(past->n_seen, 2);
	budget_seed_free(seed);
	budget_seed_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(sums__are_those_of_the_period_whatever_was_rolled_up),
		IN_HOME(labels__are_those_that_the_history_or_the_policy_has),
		IN_HOME(money__is_that_of_a_report),
		IN_HOME(what_came_since__is_counted_on),
		IN_HOME(what_was_told__is_not_told_again),
		IN_HOME(history_that_is_not_there_or_damaged__is_told),
		IN_HOME(seed__is_read_beside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
