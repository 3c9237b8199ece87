// SPDX-License-Identifier: GPL-2.0-or-later
/* Budgets: the calendar, clocks that are set, what is told when, and sums that lose nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "budget.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define NS_PER_S INT64_C(1000000000)

static int64_t at(const char *text)
{
	struct tm tm = {};
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

	assert_non_null(end);
	assert_int_equal(*end, '\0');
	return timegm(&tm);
}

static void period__is_of_the_calendar_in_utc(void **state)
{
	static const struct {
		enum headgate_budget_per per;
		const char *now, *start, *end;
		const char *sentence;
	} cases[] = {
		{ HEADGATE_BUDGET_HOUR, "2026-11-28T17:28:49", "2026-11-28T17:00:00", "2026-11-28T18:00:00", "an hour" },
		{ HEADGATE_BUDGET_HOUR, "2026-11-28T17:00:00", "2026-11-28T17:00:00", "2026-11-28T18:00:00", "its first second is its own" },
		{ HEADGATE_BUDGET_HOUR, "2026-11-28T17:59:59", "2026-11-28T17:00:00", "2026-11-28T18:00:00", "and so is its last" },
		{ HEADGATE_BUDGET_HOUR, "2026-03-29T01:30:00", "2026-03-29T01:00:00", "2026-03-29T02:00:00", "summer time begins elsewhere" },
		{ HEADGATE_BUDGET_DAY, "2026-12-31T23:59:59", "2026-12-31T00:00:00", "2027-01-01T00:00:00", "a year ends" },
		{ HEADGATE_BUDGET_DAY, "2028-02-28T12:00:00", "2028-02-28T00:00:00", "2028-02-29T00:00:00", "a leap day comes" },
		{ HEADGATE_BUDGET_DAY, "2026-10-25T12:00:00", "2026-10-25T00:00:00", "2026-10-26T00:00:00", "summer time ends elsewhere" },
		{ HEADGATE_BUDGET_MONTH, "2026-01-31T23:59:59", "2026-01-01T00:00:00", "2026-02-01T00:00:00", "31 days" },
		{ HEADGATE_BUDGET_MONTH, "2026-02-28T23:59:59", "2026-02-01T00:00:00", "2026-03-01T00:00:00", "28 days" },
		{ HEADGATE_BUDGET_MONTH, "2028-02-29T00:00:00", "2028-02-01T00:00:00", "2028-03-01T00:00:00", "29 days" },
		{ HEADGATE_BUDGET_MONTH, "2100-02-28T23:59:59", "2100-02-01T00:00:00", "2100-03-01T00:00:00", "no leap year by the century" },
		{ HEADGATE_BUDGET_MONTH, "2026-04-30T23:59:59", "2026-04-01T00:00:00", "2026-05-01T00:00:00", "30 days" },
		{ HEADGATE_BUDGET_MONTH, "2026-12-15T00:00:00", "2026-12-01T00:00:00", "2027-01-01T00:00:00", "December ends a year" },
		{ HEADGATE_BUDGET_HOUR, "1969-12-31T23:30:00", "1969-12-31T23:00:00", "1970-01-01T00:00:00", "a clock before 1970" },
	};
	int64_t start_s, end_s;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		headgate_budget_period(cases[i].per, at(cases[i].now), &start_s, &end_s);
		if (start_s != at(cases[i].start) || end_s != at(cases[i].end))
			fail_msg("%s: %s", cases[i].sentence, cases[i].now);
	}
}

static struct headgate_budget_state begun(const char *now, uint64_t used)
{
	struct headgate_budget_state state = { .used = used, .known = true };

	assert_int_equal(headgate_budget_turn(HEADGATE_BUDGET_HOUR, &state, at(now)), 0);
	return state;
}

static unsigned int turn(struct headgate_budget_state *state, const char *now)
{
	return headgate_budget_turn(HEADGATE_BUDGET_HOUR, state, at(now));
}

static void new_period__has_nothing_used_and_nothing_told(void **state)
{
	struct headgate_budget budget = { .limit = 100, .warn_ppm = 800000 };
	struct headgate_budget_state s = begun("2026-11-28T17:59:59", 120);

	(void)state;
	assert_int_equal(headgate_budget_judge(&budget, &s), HEADGATE_BUDGET_OVER);
	assert_int_equal(turn(&s, "2026-11-28T17:59:59"), 0);
	assert_true(s.over);
	assert_int_equal(turn(&s, "2026-11-28T18:00:00"), HEADGATE_BUDGET_RENEWED);
	assert_int_equal(s.used, 0);
	assert_false(s.over);
	assert_int_equal(s.start_s, at("2026-11-28T18:00:00"));
	assert_int_equal(headgate_budget_judge(&budget, &s), 0);
	assert_int_equal(turn(&s, "2026-11-28T18:00:01"), 0);
	headgate_budget_use(&s, 80);
	assert_int_equal(headgate_budget_judge(&budget, &s), HEADGATE_BUDGET_WARN);
}

static void period_without_anything_told__ends_silently(void **state)
{
	struct headgate_budget budget = { .limit = 100, .warn_ppm = 800000 };
	struct headgate_budget_state s = begun("2026-11-28T17:30:00", 79);

	(void)state;
	assert_int_equal(headgate_budget_judge(&budget, &s), 0);
	assert_int_equal(turn(&s, "2026-11-30T04:00:00"), 0);
	assert_int_equal(s.used, 0);
	assert_int_equal(s.end_s, at("2026-11-30T05:00:00"));
	/* Of the next hour it is known that nothing was used, of another it is not. */
	assert_false(s.known);
	s.known = true;
	assert_int_equal(turn(&s, "2026-11-30T05:30:00"), 0);
	assert_true(s.known);
}

static void clock_set_back__ends_no_period_and_tells_nothing_twice(void **state)
{
	struct headgate_budget budget = { .limit = 100, .warn_ppm = 800000 };
	struct headgate_budget_state s = begun("2026-11-28T18:00:02", 100);

	(void)state;
	assert_int_equal(headgate_budget_judge(&budget, &s), HEADGATE_BUDGET_OVER);
	/* Within the period, before it, and past its start again. */
	assert_int_equal(turn(&s, "2026-11-28T18:00:00"), 0);
	assert_int_equal(turn(&s, "2026-11-28T17:59:58"), 0);
	assert_int_equal(s.start_s, at("2026-11-28T18:00:00"));
	assert_int_equal(headgate_budget_judge(&budget, &s), 0);
	assert_int_equal(turn(&s, "2026-11-28T18:00:00"), 0);
	assert_int_equal(s.used, 100);
	assert_true(s.over);
	assert_true(s.known);
	assert_int_equal(headgate_budget_judge(&budget, &s), 0);
}

static void clock_that_was_years_off__does_not_hold_for_years(void **state)
{
	struct headgate_budget budget = { .limit = 100, .warn_ppm = 800000 };
	struct headgate_budget_state s = begun("2036-02-07T06:28:16", 100);

	(void)state;
	assert_int_equal(headgate_budget_judge(&budget, &s), HEADGATE_BUDGET_OVER);
	assert_int_equal(turn(&s, "2026-11-28T18:30:00"), 0);
	assert_int_equal(s.end_s, at("2026-11-28T19:00:00"));
	assert_int_equal(s.used, 100);
	assert_false(s.known);
	assert_int_equal(headgate_budget_judge(&budget, &s), 0);
	assert_true(s.over);
	assert_int_equal(turn(&s, "2026-11-28T19:00:00"), HEADGATE_BUDGET_RENEWED);
	assert_true(s.known);
}

static void each_limit__is_told_once(void **state)
{
	struct headgate_budget budget = { .limit = 1000, .warn_ppm = 800000 };
	struct headgate_budget_state s = begun("2026-11-28T17:30:00", 799);

	(void)state;
	assert_int_equal(headgate_budget_judge(&budget, &s), 0);
	headgate_budget_use(&s, 1);
	assert_int_equal(headgate_budget_judge(&budget, &s), HEADGATE_BUDGET_WARN);
	assert_int_equal(headgate_budget_judge(&budget, &s), 0);
	headgate_budget_use(&s, 199);
	assert_int_equal(headgate_budget_judge(&budget, &s), 0);
	assert_false(s.over);
	headgate_budget_use(&s, 1);
	assert_int_equal(headgate_budget_judge(&budget, &s), HEADGATE_BUDGET_OVER);
	assert_true(s.over);
	headgate_budget_use(&s, 5000);
	assert_int_equal(headgate_budget_judge(&budget, &s), 0);
	/* It is spent: nobody need be warned. */
	budget.warn_ppm = 900000;
	assert_int_equal(headgate_budget_judge(&budget, &s), 0);
}

static void use_that_passes_both__is_told_to_be_over_alone(void **state)
{
	struct headgate_budget budget = { .limit = 1000, .warn_ppm = 800000 };
	struct headgate_budget_state s = begun("2026-11-28T17:30:00", 1500);

	(void)state;
	assert_int_equal(headgate_budget_judge(&budget, &s), HEADGATE_BUDGET_OVER);
	assert_int_equal(headgate_budget_judge(&budget, &s), 0);
	/* The warning of that limit has nothing to say any more. */
	budget.limit = 1600;
	budget.warn_ppm = 500000;
	assert_int_equal(headgate_budget_judge(&budget, &s), HEADGATE_BUDGET_EASED);
}

static void limit_raised__eases_and_the_next_is_told(void **state)
{
	struct headgate_budget budget = { .limit = 1000, .warn_ppm = 800000 };
	struct headgate_budget_state s = begun("2026-11-28T17:30:00", 1000);

	(void)state;
	assert_int_equal(headgate_budget_judge(&budget, &s), HEADGATE_BUDGET_OVER);
	budget.limit = 2000;
	assert_int_equal(headgate_budget_judge(&budget, &s), HEADGATE_BUDGET_EASED);
	assert_false(s.over);
	/* To and fro: it is in force, and that was told. */
	budget.limit = 1000;
	assert_int_equal(headgate_budget_judge(&budget, &s), 0);
	assert_true(s.over);
	budget.limit = 2000;
	assert_int_equal(headgate_budget_judge(&budget, &s), HEADGATE_BUDGET_EASED);
	headgate_budget_use(&s, 600);
	assert_int_equal(headgate_budget_judge(&budget, &s), HEADGATE_BUDGET_WARN);
	headgate_budget_use(&s, 400);
	assert_int_equal(headgate_budget_judge(&budget, &s), HEADGATE_BUDGET_OVER);
	budget.limit = 1500;
	assert_int_equal(headgate_budget_judge(&budget, &s), 0);
}

static void money__loses_nothing_to_rounding(void **state)
{
	struct headgate_budget_state s = begun("2026-11-28T17:30:00", 0);

	(void)state;
	/* 2.49 an hour in pieces of a millisecond: 0.69 millionths each. */
	for (int i = 0; i < 3600 * 1000; i++)
		headgate_budget_pay(&s, 2490000, 1000000);
	assert_int_equal(s.used, 2490000);
	assert_int_equal(s.rest, 0);
}

static void sums__do_not_run_over(void **state)
{
	struct headgate_budget budget = { .limit = 1, .warn_ppm = 800000 };
	struct headgate_budget_state s = begun("2026-11-28T17:30:00", UINT64_MAX - 1);

	(void)state;
	headgate_budget_use(&s, 5);
	assert_true(s.used == UINT64_MAX);
	headgate_budget_pay(&s, INT64_MAX, UINT64_MAX);
	assert_true(s.used == UINT64_MAX);
	assert_int_equal(headgate_budget_judge(&budget, &s), HEADGATE_BUDGET_OVER);
	assert_int_equal(headgate_budget_percent(&budget, &s), 1000000);
	budget.limit = UINT64_MAX;
	assert_int_equal(headgate_budget_percent(&budget, &s), 100);
}

static void amounts__are_told_in_their_unit(void **state)
{
	struct headgate_budget budget = { .limit = 1, .money = true, .currency = "EUR" };
	char text[48];

	(void)state;
	assert_string_equal(headgate_budget_format(&budget, 2490000, text), "2.49 EUR");
	budget.money = false;
	assert_string_equal(headgate_budget_format(&budget, UINT64_C(5400000000000), text), "1.5 h");
}

static void same_budget__may_have_another_limit_and_act(void **state)
{
	struct headgate_budget a = { .name = "n", .of = "/x", .limit = 1, .act = HEADGATE_BUDGET_CAP };
	struct headgate_budget b = { .name = "n", .of = "/x", .limit = 2, .warn_ppm = 3 };

	(void)state;
	assert_true(headgate_budget_same(&a, &b));
	b.per = HEADGATE_BUDGET_MONTH;
	assert_false(headgate_budget_same(&a, &b));
	b = a;
	b.whom = HEADGATE_BUDGET_OWNER;
	assert_false(headgate_budget_same(&a, &b));
	b = a;
	b.of = "/y";
	assert_false(headgate_budget_same(&a, &b));
	b = a;
	b.money = true;
	assert_false(headgate_budget_same(&a, &b));
	b = a;
	strcpy(b.currency, "EUR");
	assert_false(headgate_budget_same(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(period__is_of_the_calendar_in_utc),
		cmocka_unit_test(new_period__has_nothing_used_and_nothing_told),
		cmocka_unit_test(period_without_anything_told__ends_silently),
		cmocka_unit_test(clock_set_back__ends_no_period_and_tells_nothing_twice),
		cmocka_unit_test(clock_that_was_years_off__does_not_hold_for_years),
		cmocka_unit_test(each_limit__is_told_once),
		cmocka_unit_test(use_that_passes_both__is_told_to_be_over_alone),
		cmocka_unit_test(limit_raised__eases_and_the_next_is_told),
		cmocka_unit_test(money__loses_nothing_to_rounding),
		cmocka_unit_test(sums__do_not_run_over),
		cmocka_unit_test(amounts__are_told_in_their_unit),
		cmocka_unit_test(same_budget__may_have_another_limit_and_act),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
