// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sections [history] and [price PATTERN]: what is understood, which price holds when, and every
 * error with its line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config_load.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static void history__is_on_unless_it_is_switched_off(void **state)
{
	struct headgate_config config = load("");

	(void)state;
	assert_true(config.history.enabled);
	assert_string_equal(config.history.path, "/var/lib/headgate/history.db");
	assert_int_equal(config.history.keep_s[0], 2 * 86400);
	assert_int_equal(config.history.keep_s[3], 1095 * 86400);
	headgate_config_free(&config);
	config = load("[history]\nenabled = no\npath = /x/y\nkeep-10s = 6h\nkeep-1m = 30d\nkeep-1h = 1y\nkeep-1d = 10y\n");
	assert_false(config.history.enabled);
	assert_string_equal(config.history.path, "/x/y");
	assert_int_equal(config.history.keep_s[0], 6 * 3600);
	assert_int_equal(config.history.keep_s[1], 30 * 86400);
	assert_int_equal(config.history.keep_s[2], 365 * 86400);
	assert_int_equal(config.history.keep_s[3], INT64_C(3650) * 86400);
	headgate_config_free(&config);
}

static int64_t price_of(const struct headgate_config *config, const char *device, const char *date)
{
	const struct headgate_price *price;
	int64_t day;

	assert_int_equal(headgate_day_parse(date, &day), 0);
	price = headgate_config_price(config, device, day);
	return price ? price->micros : -1;
}

static void price__is_the_last_that_matches_and_holds(void **state)
{
	struct headgate_config config = load("[price 0000:*]\nper-gpu-hour = 1 USD\nfrom = 2026-01-01\n"
					     "[price 0000:*]\nper-gpu-hour = 2.5 USD\nfrom = 2026-07-01\n"
					     "[price 0000:03:00.0]\nper-gpu-hour = 7 EUR\nfrom = 2026-03-01\n");

	(void)state;
	assert_int_equal(config.n_prices, 3);
	assert_int_equal(price_of(&config, "0000:01:00.0", "2025-12-31"), -1);
	assert_int_equal(price_of(&config, "0000:01:00.0", "2026-01-01"), 1000000);
	assert_int_equal(price_of(&config, "0000:01:00.0", "2026-06-30"), 1000000);
	assert_int_equal(price_of(&config, "0000:01:00.0", "2026-07-01"), 2500000);
	assert_int_equal(price_of(&config, "0000:03:00.0", "2026-02-28"), 1000000);
	assert_int_equal(price_of(&config, "0000:03:00.0", "2026-08-01"), 7000000);
	assert_int_equal(price_of(&config, "simgpu", "2026-08-01"), -1);
	headgate_config_free(&config);
	/* Without a date it holds ever since. */
	config = load("[price *]\nper-gpu-hour = 0.000001 XAF\n");
	assert_int_equal(price_of(&config, "simgpu", "1970-01-01"), 1);
	headgate_config_free(&config);
}

static const struct {
	const char *text, *error;
} faults[] = {
	{ "[history]\n[history]\n", "f:2: section [history] is there twice in this file, first on line 1" },
	{ "[history]\npath = h.db\n", "f:2: path: \"h.db\" does not begin with a slash" },
	{ "[history]\nenabled = 1\n", "f:2: enabled: \"1\" is neither yes nor no" },
	{ "[history]\nkeep-1m = 2w\n", "f:2: keep-1m: \"2w\" is not a whole number with h, d or y, such as 14d" },
	{ "[history]\nkeep-1m = -2d\n", "f:2: keep-1m: \"-2d\" is not a whole number with h, d or y, such as 14d" },
	{ "[history]\nkeep-1h = 0d\n", "f:2: keep-1h: 0d is out of range, 1h to 100y are allowed" },
	{ "[history]\nkeep-1d = 99999999999999999999y\n",
	  "f:2: keep-1d: 99999999999999999999y is out of range, 1h to 100y are allowed" },
	{ "[history]\nkeep-1d = 3y\nkeep-1d = 3y\n", "f:3: keep-1d is set twice in this section" },
	{ "[history]\nfile = x\n",
	  "f:2: unknown key file in [history]; there are enabled, keep-10s, keep-1m, keep-1h, keep-1d and path" },
	{ "[price]\nper-gpu-hour = 1 USD\n",
	  "f:1: [price] needs a pattern of device names, such as [price 0000:03:00.0] or [price *]" },
	{ "[price *]\nfrom = 2026-01-01\n\n[gate]\n", "f:1: section [price *] says no per-gpu-hour" },
	{ "[gate]\n[price *]\n", "f:2: section [price *] says no per-gpu-hour" },
	{ "[price *]\nper-gpu-hour = 2.49\n",
	  "f:2: per-gpu-hour: \"2.49\" is not an amount with at most six decimals and a currency of three capital letters, such as 2.49 USD" },
	{ "[price *]\nper-gpu-hour = 1 USD\nfrom = 2026-02-30\n", "f:3: from: \"2026-02-30\" is not a date such as 2026-01-31" },
	{ "[price *]\nper-gpu-hour = 1 USD\nfor = x\n", "f:3: unknown key for in [price]; there are from and per-gpu-hour" },
};

static void errors__are_told_with_their_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		refuse(faults[i].text, faults[i].error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(history__is_on_unless_it_is_switched_off),
		IN_HOME(price__is_the_last_that_matches_and_holds),
		IN_HOME(errors__are_told_with_their_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
