// SPDX-License-Identifier: GPL-2.0-or-later
/* The budget of one cgroup, in a line: what is understood, and what is said of the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "budget_cgroup.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define HOUR UINT64_C(3600000000000)

static const struct {
	const char *text;
	struct headgate_budget budget;
} good[] = {
	{ "2h per day", { .limit = 2 * HOUR, .per = HEADGATE_BUDGET_DAY, .warn_ppm = 800000,
			  .act = HEADGATE_BUDGET_FLOOR } },
	{ " 1.5h  per  month ,act=none", { .limit = 3 * HOUR / 2, .per = HEADGATE_BUDGET_MONTH, .warn_ppm = 800000,
					   .act = HEADGATE_BUDGET_NONE } },
	{ "100ms per hour, act = cap 12.5%, warn = 50%",
	  { .limit = 100000000, .per = HEADGATE_BUDGET_HOUR, .warn_ppm = 500000,
	    .act = HEADGATE_BUDGET_CAP, .cap_ppm = 125000 } },
	{ "5.25 EUR per month, act = pause", { .money = true, .limit = 5250000, .currency = "EUR",
					       .per = HEADGATE_BUDGET_MONTH, .warn_ppm = 800000,
					       .act = HEADGATE_BUDGET_PAUSE } },
	{ "money = 5, per = day", { .money = true, .limit = 5000000, .per = HEADGATE_BUDGET_DAY,
				    .warn_ppm = 800000, .act = HEADGATE_BUDGET_FLOOR } },
	{ "per = hour, act = floor, gpu-time = 1h", { .limit = HOUR, .per = HEADGATE_BUDGET_HOUR, .warn_ppm = 800000,
						      .act = HEADGATE_BUDGET_FLOOR } },
};

static void text__is_a_budget_that_acts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		const struct headgate_budget *want = &good[i].budget;
		struct headgate_budget b;
		char *error;

		if (headgate_budget_parse(good[i].text, "x", &b, &error))
			fail_msg("%s: %s", good[i].text, error);
		if (b.limit != want->limit || b.money != want->money ||
		    strcmp(b.currency, want->currency) || b.per != want->per ||
		    b.act != want->act || b.cap_ppm != want->cap_ppm ||
		    b.warn_ppm != want->warn_ppm)
			fail_msg("%s is misunderstood", good[i].text);
		assert_null(b.name);
		assert_null(b.of);
		assert_null(b.exec);
		headgate_budget_free(&b);
	}
}

#define SHAPE "x: write how much and for how long, such as \"2h per day\" or \"5.00 EUR per month, act = pause\""

static const struct {
	const char *text, *error;
} bad[] = {
	{ "", SHAPE },
	{ "2h", SHAPE },
	{ "gpu-time = 2h", SHAPE },
	{ "per = day, act = pause", SHAPE },
	{ "2h per week", "x: per: \"week\" is none of hour, day and month" },
	{ "2h per day, per = day", "x: per is set twice in this section" },
	{ "2h per day, money = 1 EUR", "x: money: a budget has one of gpu-time and money" },
	{ "2 gpu-hours per day", "x: gpu-time: \"2 gpu-hours\" is not a time; write a number with ns, us, ms, s, m or h, such as 4ms" },
	{ "much EUR per day", "x: money: \"much EUR\" is not an amount with at most six decimals, such as 5.00 or 5.00 EUR" },
	{ "0 per day", "x: gpu-time: 0 is out of range, 1 ms to 876000 h are allowed" },
	{ "2h per day, act = kill", "x: act: \"kill\" is none of none, floor, cap with a percentage above 0, such as cap 10%, and pause" },
	{ "2h per day, warn = 0%", "x: warn: \"0%\" is not a percentage above 0 and up to 100%, such as 80%" },
	{ "2h per day, pause", "x: \"pause\" is not key = value" },
	{ "2h per day,", "x: \"\" is not key = value" },
	{ "2h per day, act =", "x: act has no value" },
	/* What a section may have, and a cgroup must not. */
	{ "2h per day, exec = /bin/sh", "x: exec is no key of a budget of one cgroup; there are gpu-time, money, per, warn and act" },
	{ "2h per day, agent = /b", "x: agent is no key of a budget of one cgroup; there are gpu-time, money, per, warn and act" },
	{ "2h per day, owner = b", "x: owner is no key of a budget of one cgroup; there are gpu-time, money, per, warn and act" },
	/* It is for a terminal. */
	{ "2h per \033[2J", "x: per: \"\\x1b[2J\" is none of hour, day and month" },
};

static void fault__is_told_in_a_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct headgate_budget b;
		char *error = NULL;

		assert_int_equal(headgate_budget_parse(bad[i].text, "x", &b, &error), -22);
		if (strcmp(error, bad[i].error))
			fail_msg("\n%s\n%s\nexpected:\n%s\n", bad[i].text, error, bad[i].error);
		free(error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text__is_a_budget_that_acts),
		cmocka_unit_test(fault__is_told_in_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
