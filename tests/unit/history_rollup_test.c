// SPDX-License-Identifier: GPL-2.0-or-later
/* What is old is rolled up, a level after the other, and its sums are the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "history_look.h"
#include "history_rollup.h"
#include "home.h"

static const int64_t keep[HISTORY_LEVELS] = { 2 * DAY_S, 14 * DAY_S, 90 * DAY_S, 1095 * DAY_S };

#define SUMS "SELECT sum(busy_ns * 3 + wait_ns * 5 + tickets * 7 + jobs * 11 + failed * 13 + forced) FROM flow_use"

static void rolled_up__sums_are_the_same(void **state)
{
	static const char *const sums[] = {
		SUMS, SUMS " JOIN agent a ON a.id = agent WHERE path = '/b'",
		"SELECT sum(time_ns * 3 + idle_ns * 5 + ungoverned_ns * 7) FROM lane_use",
		"SELECT sum(time_ns) FROM device_use", "SELECT sum(some_ns * 3 + full_ns) FROM pressure_use",
	};
	int64_t before[sizeof(sums) / sizeof(*sums)];
	struct ledger ledger;
	struct headgate_flow *a = start(&ledger), *b = ledger_flow(&ledger, 1, 12);

	(void)state;
	ledger.totals.pressures.count = 1;
	ledger.pressures[0] = (struct headgate_pressure){ .agent_id = 11, .device_id = 1 };
	/* Four days, at odd times: some minutes are in two halves when the first level is cut. */
	for (int i = 0; i < 2000; i++) {
		ledger_job(&ledger, i % 3 ? a : b, 1000003 + i);
		a->failed += i % 5;
		a->forced += i % 3;
		ledger.lanes[0].time_ns += 170 * UINT64_C(1000000000);
		ledger.lanes[0].idle_ns += 7;
		ledger.pressures[0].some_total_ns += 11;
		ledger.pressures[0].full_total_ns += 5;
		look(&ledger);
		ledger.totals.time_s += 163;
	}
	for (size_t i = 0; i < sizeof(sums) / sizeof(*sums); i++) {
		before[i] = number(FILE_NAME, sums[i]);
		assert_true(before[i] > 0);
	}
	for (int64_t days = 0; days < 130; days += 13) {
		assert_int_equal(history_roll_up(&db, ledger.totals.time_s + days * DAY_S + 17,
						 keep), 0);
		for (size_t i = 0; i < sizeof(sums) / sizeof(*sums); i++)
			check(sums[i], before[i]);
		/* A late look, of a clock that was set back, adds to what is rolled up. */
		ledger.totals.time_s -= DAY_S;
		ledger_job(&ledger, a, 1000);
		look(&ledger);
		ledger.totals.time_s += DAY_S;
		for (size_t i = 0; i < sizeof(sums) / sizeof(*sums); i++)
			before[i] = number(FILE_NAME, sums[i]);
	}
	assert_int_equal(history_roll_up(&db, ledger.totals.time_s + 130 * DAY_S, keep), 0);
	history_close(&db);
	for (size_t i = 0; i < sizeof(sums) / sizeof(*sums); i++)
		check(sums[i], before[i]);
	check("SELECT min(level) FROM flow_use", 3);
	check("SELECT count(*) FROM flow_use WHERE slot % 86400", 0);
	check("SELECT count(*) FROM device_use", 5);
}

static void each_level__has_what_is_old_enough(void **state)
{
	struct ledger ledger;
	struct headgate_flow *a = start(&ledger);
	const int64_t now = START_S + 1000 * DAY_S + 12345;
	static const int64_t ages[] = { 0, 1, 3, 13, 15, 89, 91, 900 };

	(void)state;
	for (size_t i = 0; i < sizeof(ages) / sizeof(*ages); i++) {
		ledger.totals.time_s = now - ages[i] * DAY_S;
		ledger_job(&ledger, a, 1);
		look(&ledger);
	}
	assert_int_equal(history_roll_up(&db, now, keep), 0);
	history_close(&db);
	check("SELECT group_concat(n, '') FROM (SELECT count(*) AS n FROM flow_use GROUP BY level ORDER BY level)", 2222);
}

static void what_is_too_old__is_dropped_a_day_at_a_time(void **state)
{
	struct ledger ledger;
	struct headgate_flow *a = start(&ledger);

	(void)state;
	for (int day = 0; day < 5; day++) {
		ledger_job(&ledger, a, 1);
		ledger.totals.time_s = START_S + day * DAY_S;
		look(&ledger);
	}
	/* The clock says that all is too old. */
	assert_int_equal(history_roll_up(&db, START_S + 5000 * DAY_S, keep), 0);
	check(BUSY, 4);
	assert_int_equal(history_roll_up(&db, START_S + 1095 * DAY_S + 2 * DAY_S, keep), 0);
	check(BUSY, 3);
	assert_int_equal(history_roll_up(&db, START_S + 1095 * DAY_S + 2 * DAY_S, keep), 0);
	history_close(&db);
	check(BUSY, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(rolled_up__sums_are_the_same),
		IN_HOME(each_level__has_what_is_old_enough),
		IN_HOME(what_is_too_old__is_dropped_a_day_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
