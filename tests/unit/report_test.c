// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reports: all that was recorded is in one of their rows, and a device's cost is that of its rows,
 * to the last unit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "config_load.h"
#include "history.h"
#include "history_rollup.h"
#include "report.h"

#define FILE_NAME "h.db"
#define SECOND UINT64_C(1000000000)

static void read_report(struct report *report, int64_t since, int64_t until,
			const struct headgate_config *config)
{
	struct history_db db;

	*report = (struct report){ .since_s = since, .until_s = until };
	if (history_open(&db, FILE_NAME, false))
		fail_msg("%s", db.error);
	if (report_read(report, &db, config))
		fail_msg("%s", db.error);
	history_close(&db);
}

/* Two devices, one with two lanes, for six days and a half; the last day is one of rest. */
static void record(void)
{
	struct ledger ledger;
	struct headgate_flow *flows[5];
	struct history_db db;

	ledger_init(&ledger, "boot:1");
	ledger_device(&ledger, "gpu0");
	ledger_device(&ledger, "gpu1");
	ledger_lane(&ledger, 1, "e0");
	ledger_lane(&ledger, 1, "e1");
	ledger_lane(&ledger, 2, "e0");
	ledger_agent(&ledger, 11, "/a");
	ledger_agent(&ledger, 12, "/b");
	flows[0] = ledger_flow(&ledger, 1, 0);
	flows[1] = ledger_flow(&ledger, 1, 11);
	flows[2] = ledger_flow(&ledger, 2, 11);
	flows[3] = ledger_flow(&ledger, 2, 12);
	flows[4] = ledger_flow(&ledger, 3, 12);
	assert_int_equal(history_open(&db, FILE_NAME, true), 0);
	srand(3);
	for (int step = 0; step < 156; step++) {
		for (size_t i = 0; i < 5 && step < 144; i++)
			ledger_job(&ledger, flows[i], (uint64_t)rand() % (900 * SECOND));
		/* Something that nobody has seen of the agents, now and then. */
		if (step % 20 == 5)
			ledger.lanes[0].busy_ns += SECOND / 7;
		for (int i = 0; i < 3; i++)
			ledger.lanes[i].time_ns += 3600 * SECOND;
		assert_int_equal(history_write(&db, &ledger.totals, NULL), 0);
		ledger.totals.time_s += 3600;
	}
	history_close(&db);
}

/* What the prices make of it: not round, another from the fourth day on, none for gpu1 before. */
#define PRICES "[price gpu0]\nper-gpu-hour = 2.493337 USD\n[price *]\nper-gpu-hour = 0.777777 USD\nfrom = 2024-10-07\n"

static void check_devices(const struct report *report)
{
	size_t part = 0;

	for (size_t i = 0; i < report->n_devices; i++) {
		const struct report_device *device = &report->devices[i];
		uint64_t busy = 0, idle = 0, ungoverned = 0, time = 0;
		int64_t cost = 0;

		for (; part < report->n_parts && report->parts[part].day == device->day &&
		     !strcmp(report->parts[part].device, device->device); part++) {
			const struct report_part *p = &report->parts[part];

			busy += p->sums[HISTORY_BUSY_NS];
			idle += p->idle_ns;
			time += p->device_ns;
			cost += p->cost;
			ungoverned += p->kind == REPORT_UNGOVERNED ? p->sums[HISTORY_BUSY_NS] : 0;
			assert_ptr_equal(p->price, device->price);
			/* Alike from the costliest to the cheapest: by what each had. */
			if (device->price) {
				__int128 had = p->sums[HISTORY_BUSY_NS] + p->idle_ns;
				__int128 all = device->lanes_ns;
				__int128 error = p->cost * all - device->cost * had;

				assert_true(error < all && -error < all);
			}
		}
		/* agents + ungoverned + idle = device, in time and in money */
		assert_int_equal(busy + idle, device->lanes_ns);
		assert_int_equal(time, device->time_ns);
		assert_int_equal(cost, device->cost);
		assert_int_equal(ungoverned, device->ungoverned_ns);
		assert_int_equal(device->cost, device->price ?
				 headgate_cost(device->price->micros, device->time_ns) : 0);
	}
	assert_int_equal(part, report->n_parts);
}

static void rows__add_up_to_the_device_to_the_last_unit(void **state)
{
	struct headgate_config config = load(PRICES);
	struct report report;

	(void)state;
	record();
	read_report(&report, START_S, START_S + 7 * DAY_S, &config);
	assert_int_equal(report.n_devices, 14);
	check_devices(&report);
	/* The price of a day is that of the day: gpu1 had none for the first three days. */
	assert_null(report.devices[1].price);
	assert_non_null(report.devices[7].price);
	assert_int_equal(report.devices[0].price->micros, 2493337);
	assert_int_equal(report.devices[6].price->micros, 777777);
	report_free(&report);
	headgate_config_free(&config);
}

static void groups__have_the_same_sum_however_they_are_made(void **state)
{
	struct headgate_config config = load(PRICES);
	struct report_groups groups;
	int64_t cost[3] = {};
	uint64_t busy[3] = {}, idle[3] = {};
	struct report report;

	(void)state;
	record();
	read_report(&report, START_S, START_S + 7 * DAY_S, &config);
	for (enum report_by by = REPORT_BY_AGENT; by <= REPORT_BY_DEVICE; by++) {
		assert_int_equal(report_group(&report, by, &groups), 0);
		for (size_t i = 0; i < groups.count; i++) {
			cost[by] += groups.items[i].cost;
			busy[by] += groups.items[i].sums[HISTORY_BUSY_NS];
			idle[by] += groups.items[i].idle_ns;
		}
		free(groups.items);
		assert_true(cost[by] > 0 && busy[by] > 0);
		assert_int_equal(cost[by], cost[0]);
		assert_int_equal(busy[by], busy[0]);
		assert_int_equal(idle[by], idle[0]);
	}
	assert_int_equal(busy[0], number(FILE_NAME, "SELECT sum(busy_ns) FROM flow_use"));
	report_free(&report);
	headgate_config_free(&config);
}

static void parts_of_a_time__add_up_to_the_whole(void **state)
{
	struct headgate_config config = load(PRICES);
	struct report report;
	int64_t whole = 0, cut = 0;
	uint64_t busy = 0, busy_cut = 0;

	(void)state;
	record();
	read_report(&report, START_S, START_S + 7 * DAY_S, &config);
	for (size_t i = 0; i < report.n_parts; i++) {
		whole += report.parts[i].cost;
		busy += report.parts[i].sums[HISTORY_BUSY_NS];
	}
	report_free(&report);
	for (int day = 0; day < 7; day++) {
		read_report(&report, START_S + day * DAY_S, START_S + (day + 1) * DAY_S, &config);
		for (size_t i = 0; i < report.n_parts; i++) {
			cut += report.parts[i].cost;
			busy_cut += report.parts[i].sums[HISTORY_BUSY_NS];
		}
		report_free(&report);
	}
	assert_int_equal(cut, whole);
	assert_int_equal(busy_cut, busy);
	headgate_config_free(&config);
}

static void rolled_up__reports_are_the_same(void **state)
{
	static const int64_t keep[HISTORY_LEVELS] = { 3600, 7200, 10800, 1095 * DAY_S };
	struct headgate_config config = load(PRICES);
	struct report before, after;
	struct history_db db;

	(void)state;
	record();
	read_report(&before, START_S, START_S + 7 * DAY_S, &config);
	assert_int_equal(history_open(&db, FILE_NAME, true), 0);
	assert_int_equal(history_roll_up(&db, START_S + 30 * DAY_S, keep), 0);
	history_close(&db);
	assert_int_equal(number(FILE_NAME, "SELECT count(DISTINCT level) FROM flow_use"), 1);
	read_report(&after, START_S, START_S + 7 * DAY_S, &config);
	assert_int_equal(after.n_parts, before.n_parts);
	for (size_t i = 0; i < before.n_parts; i++) {
		assert_string_equal(after.parts[i].agent, before.parts[i].agent);
		assert_int_equal(after.parts[i].cost, before.parts[i].cost);
		assert_memory_equal(after.parts[i].sums, before.parts[i].sums,
				    sizeof(before.parts[i].sums));
	}
	report_free(&before);
	report_free(&after);
	headgate_config_free(&config);
}

/* A job is charged when it is done: one of two days makes more than the second has. */
static void more_work_than_time__is_scaled_to_the_device(void **state)
{
	struct headgate_config config = load("[price *]\nper-gpu-hour = 1 USD\n");
	struct ledger ledger;
	struct headgate_flow *a, *b;
	struct history_db db;
	struct report report;

	(void)state;
	a = ledger_begin(&ledger);
	ledger_agent(&ledger, 12, "/b");
	b = ledger_flow(&ledger, 1, 12);
	ledger_job(&ledger, a, 7200 * SECOND);
	ledger_job(&ledger, b, 3600 * SECOND);
	ledger.lanes[0].time_ns = 3600 * SECOND;
	assert_int_equal(history_open(&db, FILE_NAME, true), 0);
	assert_int_equal(history_write(&db, &ledger.totals, NULL), 0);
	history_close(&db);
	read_report(&report, START_S, START_S + DAY_S, &config);
	assert_int_equal(report.n_parts, 3);
	assert_int_equal(report.parts[0].cost, 666667);
	assert_int_equal(report.parts[1].cost, 333333);
	assert_int_equal(report.parts[2].cost, 0);
	assert_int_equal(report.parts[2].kind, REPORT_IDLE);
	report_free(&report);
	headgate_config_free(&config);
}

static void times__are_read_as_they_are_written(void **state)
{
	static const struct {
		const char *text;
		int64_t time_s;
	} good[] = {
		{ "2026-01-31", 1769817600 }, { "2026-01-31T12:34", 1769862840 }, { "2026-01-31T12:34:56", 1769862896 },
		{ "2026-01-31T12:34:56Z", 1769862896 }, { "now", 1000000 }, { "90m", 994600 }, { "2d", 827200 }, { "24h", 913600 },
	};
	static const char *const bad[] = {
		"", "x", "2026-02-30", "2026-1-1", "2026-01-31Z", "2026-01-31T25:00", "5", "5w", "-5d", "99999999d", "2026-01-31 12:00",
	};
	int64_t time_s;
	char text[32];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		if (report_time_parse(good[i].text, 1000000, &time_s))
			fail_msg("'%s' is refused", good[i].text);
		assert_int_equal(time_s, good[i].time_s);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (!report_time_parse(bad[i], 1000000, &time_s))
			fail_msg("'%s' is taken", bad[i]);
	assert_string_equal(report_time_format(1769862896, text), "2026-01-31T12:34:56Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(rows__add_up_to_the_device_to_the_last_unit),
		IN_HOME(groups__have_the_same_sum_however_they_are_made),
		IN_HOME(parts_of_a_time__add_up_to_the_whole),
		IN_HOME(rolled_up__reports_are_the_same),
		IN_HOME(more_work_than_time__is_scaled_to_the_device),
		cmocka_unit_test(times__are_read_as_they_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
