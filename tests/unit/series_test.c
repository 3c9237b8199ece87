// SPDX-License-Identifier: GPL-2.0-or-later
/* The detector on made-up times: what it notices and how soon, and what it leaves alone. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "series.h"

#define ALONE	HEADGATE_SERIES_ALONE
#define BESIDE	HEADGATE_SERIES_BESIDE

static bool is_slower(const struct headgate_series *series, double factor)
{
	return headgate_series_judges(series) && headgate_series_exceeds(series) &&
	       headgate_series_above(series, factor) >= HEADGATE_SERIES_AGREE;
}

struct dice {
	unsigned short state[3];
};

/* Standard normal: Irwin and Hall. */
static double normal(struct dice *dice)
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += erand48(dice->state);
	return sum;
}

static void learn(struct headgate_series *series, struct dice *dice, int count, double spread)
{
	for (int i = 0; i < count; i++)
		headgate_series_add(series, ALONE, 2e6 * exp(spread * normal(dice)), true);
}

/* Samples until it is noticed, or 1000. */
static int delay(struct headgate_series *series, struct dice *dice, double spread, double factor,
		 double limit)
{
	int count = 0;

	while (count < 1000 && !is_slower(series, limit)) {
		headgate_series_add(series, ALONE, 2e6 * factor * exp(spread * normal(dice)),
				    false);
		count++;
	}
	return count;
}

static void what_gets_slower__is_noticed_within_five_samples(void **state)
{
	static const double factors[] = { 1.2, 1.5, 2, 100 };
	struct dice dice = { { 1 } };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct headgate_series series = { 0 };
		double factor = factors[i % 4];

		learn(&series, &dice, 600, 0.02);
		assert_in_range(delay(&series, &dice, 0.02, factor, 1.15), 3, 5);
		assert_true(fabs(headgate_series_factor(&series) / factor - 1) < 0.1);
	}
}

static void noise__is_no_slowness(void **state)
{
	static const double spreads[] = { 0.001, 0.03, 0.1, 0.5 };
	struct dice dice = { { 2 } };
	long alarms = 0;

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct headgate_series series = { 0 };

		learn(&series, &dice, 600, spreads[i]);
		for (int j = 0; j < 100000; j++) {
			learn(&series, &dice, 1, spreads[i]);
			alarms += is_slower(&series, 1.15);
		}
	}
	print_message("%ld of 400000 samples of noise were taken for slowness\n", alarms);
	assert_in_range(alarms, 0, 20);
}

/* Four of 100 take ten times as long, as when an interrupt is late: these say nothing. */
static void outliers__are_no_slowness(void **state)
{
	struct headgate_series series = { 0 };
	struct dice dice = { { 3 } };

	(void)state;
	for (int i = 0; i < 50000; i++) {
		double outlier = i % 25 == 7 ? 10 : 1;

		headgate_series_add(&series, ALONE, 2e6 * outlier * exp(0.02 * normal(&dice)),
				    true);
		assert_false(is_slower(&series, 1.15));
	}
	assert_in_range(delay(&series, &dice, 0.02, 2, 1.15), 3, 8);
}

static void what_takes_little_longer__is_left_alone(void **state)
{
	struct headgate_series series = { 0 };
	struct dice dice = { { 4 } };

	(void)state;
	learn(&series, &dice, 600, 0.02);
	assert_int_equal(delay(&series, &dice, 0.02, 1.07, 1.15), 1000);
}

/* By a twentieth of a per cent a sample. */
/* Nothing is so regular that its deviation is known to be less than some hundredths. */
static void what_never_varied__may_vary_a_little(void **state)
{
	struct headgate_series series = { 0 };
	struct dice dice = { { 9 } };

	(void)state;
	learn(&series, &dice, 600, 0);
	delay(&series, &dice, 0, 1.02, 1.15);
	assert_false(headgate_series_exceeds(&series));
}

static void slowness_that_creeps__is_not_learned(void **state)
{
	struct headgate_series series = { 0 };
	struct dice dice = { { 5 } };
	int i;

	(void)state;
	learn(&series, &dice, HEADGATE_SERIES_SETTLED + 10, 0.02);
	for (i = 0; i < 1000 && !is_slower(&series, 1.15); i++)
		headgate_series_add(&series, ALONE,
				    2e6 * pow(1.0005, i) * exp(0.02 * normal(&dice)), true);
	assert_in_range(i, 200, 400);
}

/* It was learned while the device was slow. */
static void past_that_was_slow__is_learned_anew(void **state)
{
	struct headgate_series series = { 0 };
	struct dice dice = { { 8 } };

	(void)state;
	for (int i = 0; i < 600; i++)
		headgate_series_add(&series, ALONE, 4e6 * exp(0.02 * normal(&dice)), true);
	/* For a while it says little. */
	learn(&series, &dice, 20, 0.02);
	assert_int_equal(series.pasts[ALONE].learned, HEADGATE_SERIES_SETTLED);
	learn(&series, &dice, 200, 0.02);
	assert_true(fabs(series.pasts[ALONE].mean - log(2e6)) < 0.05);
	assert_in_range(delay(&series, &dice, 0.02, 2, 1.15), 3, 5);
}

static void before_enough_is_learned__nothing_is_said(void **state)
{
	struct headgate_series series = { 0 };

	(void)state;
	for (int i = 0; i < 50; i++)
		headgate_series_add(&series, ALONE, 1000, true);
	for (int i = 0; i < 20; i++)
		headgate_series_add(&series, ALONE, 5000, false);
	assert_false(headgate_series_judges(&series));
	assert_false(headgate_series_exceeds(&series));
}

/* A device has lower clocks alone: neither is slow for what it is. */
static void alone_and_beside__have_pasts_of_their_own(void **state)
{
	struct headgate_series series = { 0 };
	struct dice dice = { { 6 } };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		bool beside = erand48(dice.state) < 0.5;

		headgate_series_add(&series, beside ? BESIDE : ALONE, beside ? 1000 : 1600, true);
		assert_false(is_slower(&series, 1.15));
	}
	for (int i = 0; i < 5; i++)
		headgate_series_add(&series, BESIDE, 1600, false);
	assert_true(is_slower(&series, 1.4));
}

static void after_a_restart__the_past_is_known_and_the_present_is_not(void **state)
{
	struct headgate_series series = { 0 };
	struct dice dice = { { 7 } };

	(void)state;
	learn(&series, &dice, 100, 0.02);
	delay(&series, &dice, 0.02, 2, 1.15);
	headgate_series_restart(&series);
	assert_false(headgate_series_judges(&series));
	assert_in_range(series.pasts[ALONE].learned, 90, 100);
	assert_in_range(delay(&series, &dice, 0.02, 2, 1.15), 5, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_gets_slower__is_noticed_within_five_samples),
		cmocka_unit_test(noise__is_no_slowness),
		cmocka_unit_test(outliers__are_no_slowness),
		cmocka_unit_test(what_takes_little_longer__is_left_alone),
		cmocka_unit_test(what_never_varied__may_vary_a_little),
		cmocka_unit_test(slowness_that_creeps__is_not_learned),
		cmocka_unit_test(past_that_was_slow__is_learned_anew),
		cmocka_unit_test(before_enough_is_learned__nothing_is_said),
		cmocka_unit_test(alone_and_beside__have_pasts_of_their_own),
		cmocka_unit_test(after_a_restart__the_past_is_known_and_the_present_is_not),
	};

	return cmocka_run_group_tests_name("series", tests, NULL, NULL);
}
