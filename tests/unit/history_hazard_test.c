// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Clocks that are set, another headgated at the same file, a disk that fills while rows are rolled
 * up.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "history.h"
#include "history_rollup.h"
#include "home.h"

#define FILE_NAME "history.db"
#define BUSY "SELECT sum(busy_ns) FROM flow_use"
#define EVENTS "SELECT count(*) FROM event"
#define NS_PER_S INT64_C(1000000000)

static const int64_t keep[HISTORY_LEVELS] = { 2 * DAY_S, 14 * DAY_S, 90 * DAY_S, 1095 * DAY_S };

static struct history_db db;

static struct headgate_flow *start(struct ledger *ledger)
{
	assert_int_equal(history_open(&db, FILE_NAME, true), 0);
	return ledger_begin(ledger);
}

static void look(struct ledger *ledger)
{
	if (history_write(&db, &ledger->totals, NULL))
		fail_msg("%s", db.error);
}

static void check(const char *sql, int64_t wanted)
{
	int64_t got = number(FILE_NAME, sql);

	if (got != wanted)
		fail_msg("%s: got %" PRId64 ", want %" PRId64, sql, got, wanted);
}

static void clock_that_is_set__changes_no_sum(void **state)
{
	/* back by seconds, hours, to 1970; ahead by hours, years; and to where it was */
	static const int64_t steps[] = {
		10, 10, -15, 10, -7200, 10, 10800, 10, -START_S, 10, START_S, 10, 3600 * DAY_S, 10,
		-3600 * DAY_S, 10, 10,
	};
	struct ledger ledger;
	struct headgate_flow *a = start(&ledger);
	bool of_1970 = false;
	int64_t all = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		ledger.totals.time_s += steps[i];
		ledger_job(&ledger, a, 100 + i);
		ledger.lanes[0].time_ns += 1000;
		all += 100 + i;
		look(&ledger);
		/* After 1970 what was counted then is too old to be kept. */
		if (steps[i] == START_S)
			of_1970 = true;
		if (!of_1970)
			assert_int_equal(history_roll_up(&db, ledger.totals.time_s, keep), 0);
		check(BUSY, all);
		check("SELECT sum(time_ns) FROM lane_use", 1000 * ((int64_t)i + 1));
	}
	history_close(&db);
}

static void clock_that_is_wrong_for_an_hour__takes_one_day_of_events(void **state)
{
	struct ledger ledger;
	char sql[160];

	(void)state;
	start(&ledger);
	look(&ledger);
	for (int64_t day = 0; day < 6; day++) {
		snprintf(sql, sizeof(sql), "INSERT INTO event (time_ns, kind, agent, text) VALUES (%" PRId64 ", 'x', '', '')",
			 (START_S + day * DAY_S) * NS_PER_S);
		number(FILE_NAME, sql);
	}
	assert_int_equal(history_roll_up(&db, START_S + 5000 * DAY_S, keep), 0);
	check(EVENTS, 5);
	assert_int_equal(history_roll_up(&db, START_S + 10 * DAY_S, keep), 0);
	check(EVENTS, 5);
	assert_int_equal(history_roll_up(&db, START_S + 93 * DAY_S, keep), 0);
	check(EVENTS, 4);
	history_close(&db);
}

/* Each has read the totals in turn, and the disk lets the later ones in first. */
static void earlier_totals_after_later_ones__are_not_counted_again(void **state)
{
	struct ledger ledger, other;
	struct headgate_flow *a = start(&ledger);
	struct history_db second;

	(void)state;
	assert_int_equal(history_open(&second, FILE_NAME, true), 0);
	ledger.totals.read_ns = 1000;
	ledger_job(&ledger, a, 100);
	other = ledger;
	other.totals.lanes.items = other.lanes;
	other.totals.flows.items = other.flows;
	ledger.totals.read_ns = 2000;
	ledger_job(&ledger, a, 50);
	look(&ledger);
	check(BUSY, 150);
	assert_int_equal(history_write(&second, &other.totals, NULL), 0);
	check(BUSY, 150);
	ledger.totals.read_ns = 3000;
	ledger_job(&ledger, a, 7);
	assert_int_equal(history_write(&second, &ledger.totals, NULL), 0);
	check(BUSY, 157);
	/* Of another insertion of the module, on another boot, any time is later. */
	strcpy(ledger.totals.instance, "boot:2");
	ledger.totals.read_ns = 1;
	look(&ledger);
	check(BUSY, 157 * 2);
	history_close(&second);
	history_close(&db);
}

static void agent_of_whom_nothing_is_left__is_forgotten(void **state)
{
	struct ledger ledger;
	struct headgate_flow *a = start(&ledger), *b, *c;

	(void)state;
	ledger_agent(&ledger, 12, "/b");
	ledger_agent(&ledger, 13, "/c");
	b = ledger_flow(&ledger, 1, 12);
	c = ledger_flow(&ledger, 1, 13);
	ledger_job(&ledger, a, 1);
	ledger_job(&ledger, b, 2);
	ledger_job(&ledger, c, 4);
	look(&ledger);
	/* /c goes, /b works on another day, and /a is still there. */
	ledger.totals.time_s += DAY_S;
	ledger_forget(&ledger, c);
	ledger_job(&ledger, b, 8);
	look(&ledger);
	assert_int_equal(history_roll_up(&db, START_S + 1000 * DAY_S, keep), 0);
	check("SELECT count(*) FROM agent", 3);
	assert_int_equal(history_roll_up(&db, START_S + 1096 * DAY_S, keep), 0);
	check("SELECT count(*) FROM agent", 2);
	check("SELECT count(*) FROM agent WHERE path = '/c'", 0);
	ledger_job(&ledger, a, 16);
	look(&ledger);
	check(BUSY " JOIN agent a ON a.id = agent WHERE path = '/a'", 16);
	/* Keys still hold. */
	assert_int_equal(sqlite3_exec(db.sqlite, "INSERT INTO pressure_use VALUES (0, 0, 1, 99, 1, 1)",
				      NULL, NULL, NULL), SQLITE_CONSTRAINT);
	history_close(&db);
}

static void loss_of_events__has_its_time(void **state)
{
	struct history_events events = {}, more = {};
	struct ledger ledger;

	(void)state;
	start(&ledger);
	for (int i = 0; i < HISTORY_EVENTS_MAX; i++)
		history_events_add(&events, "x", 0, "", "");
	history_events_add(&more, "x", 0, "", "");
	history_events_add(&more, "x", 0, "", "");
	history_events_move(&events, &more);
	assert_int_equal(events.lost, 2);
	assert_int_equal(history_write(&db, NULL, &events), 0);
	history_events_drop(&events, events.count);
	history_close(&db);
	check("SELECT count(*) FROM event WHERE kind = 'lost' AND text = '2 events'", 1);
	check("SELECT max(time_ns) - min(time_ns) < 3600000000000 FROM event", 1);
}

/* Room for ever more pages: it fails elsewhere each time; nothing has gone, or is there twice. */
static void disk_that_fills_while_rolling_up__leaves_all_sums(void **state)
{
	static const char *const sums[] = {
		BUSY, "SELECT sum(jobs) FROM flow_use", "SELECT sum(time_ns) FROM lane_use",
		"SELECT sum(time_ns) FROM device_use",
	};
	int64_t before[4], now = START_S + 2000 * DAY_S, failures = 0, pages;
	struct ledger ledger;
	struct headgate_flow *a = start(&ledger);
	char sql[128];
	int ret;

	(void)state;
	/* A row of each minute: rolled up to minutes they take as much again. */
	ledger.totals.time_s = now - 3 * DAY_S;
	for (int i = 0; i < 1000; i++) {
		ledger_job(&ledger, a, 10 + i);
		ledger.lanes[0].time_ns += 1000;
		ledger.totals.time_s += 60;
		look(&ledger);
	}
	for (size_t i = 0; i < sizeof(sums) / sizeof(*sums); i++)
		before[i] = number(FILE_NAME, sums[i]);
	pages = number(FILE_NAME, "PRAGMA page_count");
	do {
		snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %" PRId64, pages++);
		assert_int_equal(sqlite3_exec(db.sqlite, sql, NULL, NULL, NULL), 0);
		ret = history_roll_up(&db, now, keep);
		if (ret && (ret != -ENOSPC || !strstr(db.error, "the disk is full")))
			fail_msg("%d: %s", ret, db.error);
		failures += !!ret;
		for (size_t i = 0; i < sizeof(sums) / sizeof(*sums); i++)
			check(sums[i], before[i]);
	} while (ret);
	history_close(&db);
	assert_true(failures > 5);
	snprintf(sql, sizeof(sql), BUSY " WHERE level = 0 AND slot < %" PRId64, now - keep[0] - 60);
	check(sql, 0);
	check("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(clock_that_is_set__changes_no_sum),
		IN_HOME(clock_that_is_wrong_for_an_hour__takes_one_day_of_events),
		IN_HOME(earlier_totals_after_later_ones__are_not_counted_again),
		IN_HOME(agent_of_whom_nothing_is_left__is_forgotten),
		IN_HOME(loss_of_events__has_its_time),
		IN_HOME(disk_that_fills_while_rolling_up__leaves_all_sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
