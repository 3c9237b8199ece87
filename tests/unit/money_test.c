// SPDX-License-Identifier: GPL-2.0-or-later
/* Money: whole units, rounded once, shared out to the last of them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "money.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define HOUR_NS UINT64_C(3600000000000)

static void amounts__are_read_to_the_millionth(void **state)
{
	static const struct {
		const char *text;
		int64_t micros;
	} good[] = {
		{ "2.49 USD", 2490000 }, { "0 EUR", 0 }, { "0.000001 EUR", 1 }, { "1000000000 JPY", INT64_C(1000000000000000) },
		{ "12.345678\tCHF", 12345678 },
	};
	static const char *const bad[] = {
		"", "USD", "2.49", "2.49USD", "2.49 usd", "2.49 US", "2.49 USDX", "-1 USD", "+1 USD", "2. USD", ".5 USD",
		"1.0000001 USD", "1000000001 USD", "1e3 USD", "2,49 USD", "99999999999999999999 USD", "1 USD ",
	};
	char currency[4];
	int64_t micros;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(headgate_money_parse(good[i].text, &micros, currency), 0);
		assert_int_equal(micros, good[i].micros);
	}
	assert_string_equal(currency, "CHF");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (headgate_money_parse(bad[i], &micros, currency) != -EINVAL)
			fail_msg("'%s' is taken", bad[i]);
}

static void amounts__are_written_with_what_they_need(void **state)
{
	static const struct {
		int64_t micros;
		const char *text;
	} cases[] = {
		{ 0, "0.00" }, { 1, "0.000001" }, { 2490000, "2.49" }, { 2500000, "2.50" }, { -1500001, "-1.500001" },
		{ INT64_MAX, "9223372036854.775807" },
	};
	char text[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(headgate_money_format(cases[i].micros, text), cases[i].text);
}

static void time__costs_to_the_nearest_unit(void **state)
{
	(void)state;
	assert_int_equal(headgate_cost(2490000, HOUR_NS), 2490000);
	assert_int_equal(headgate_cost(1, HOUR_NS / 2), 1);
	assert_int_equal(headgate_cost(1, HOUR_NS / 2 - 1), 0);
	/* A century of the dearest. */
	assert_int_equal(headgate_cost(INT64_C(10000000), HOUR_NS * 24 * 365 * 100),
			 INT64_C(8760000000000));
}

static void check_split(int64_t cost, const uint64_t *parts, const int64_t *wanted, size_t count)
{
	int64_t costs[8];

	assert_int_equal(headgate_cost_split(cost, parts, costs, count), 0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(costs[i], wanted[i]);
}

static void rest__goes_to_those_who_lost_most_by_rounding(void **state)
{
	(void)state;
	check_split(10, (uint64_t[]){ 1, 1, 1 }, (int64_t[]){ 4, 3, 3 }, 3);
	/* 1.67, 3.33, 5: the unit goes to the first. */
	check_split(10, (uint64_t[]){ 1, 2, 3 }, (int64_t[]){ 2, 3, 5 }, 3);
	/* 0.5, 1.5: of equal losses the larger part's. */
	check_split(2, (uint64_t[]){ 1, 3 }, (int64_t[]){ 0, 2 }, 2);
	check_split(5, (uint64_t[]){ 0, 0, 0 }, (int64_t[]){ 0, 0, 5 }, 3);
	check_split(0, (uint64_t[]){ 3, 4 }, (int64_t[]){ 0, 0 }, 2);
	check_split(7, (uint64_t[]){ 0, 9 }, (int64_t[]){ 0, 7 }, 2);
}

static void any_split__adds_up_and_is_fair_to_a_unit(void **state)
{
	uint64_t parts[40], sum;
	int64_t costs[40], all;

	(void)state;
	srand(1);
	for (int round = 0; round < 20000; round++) {
		size_t count = 1 + rand() % 40;
		int64_t cost = (int64_t)rand() * (rand() % 3 ? 1 : rand());

		sum = 0;
		all = 0;
		for (size_t i = 0; i < count; i++) {
			parts[i] = rand() % 4 ? (uint64_t)rand() * (rand() % 1000) : 0;
			sum += parts[i];
		}
		assert_int_equal(headgate_cost_split(cost, parts, costs, count), 0);
		for (size_t i = 0; i < count; i++) {
			__int128 due = (__int128)cost * parts[i];
			__int128 error = sum ? (__int128)costs[i] * sum - due : 0;

			all += costs[i];
			if (error >= (__int128)sum && sum)
				fail_msg("%zu of %zu has a unit too much", i, count);
			if (-error >= (__int128)sum && sum)
				fail_msg("%zu of %zu lacks a unit", i, count);
		}
		assert_int_equal(all, cost);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(amounts__are_read_to_the_millionth),
		cmocka_unit_test(amounts__are_written_with_what_they_need),
		cmocka_unit_test(time__costs_to_the_nearest_unit),
		cmocka_unit_test(rest__goes_to_those_who_lost_most_by_rounding),
		cmocka_unit_test(any_split__adds_up_and_is_fair_to_a_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
