// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "units.h"

static void durations__are_read(void **state)
{
	static const struct { const char *text; uint64_t ns; } cases[] = {
		{ "0", 0 }, { "0s", 0 }, { "250ns", 250 }, { "100us", 100000 }, { "4ms", 4000000 },
		{ "1.5s", 1500000000 }, { "2m", UINT64_C(120000000000) },
		{ "1h", UINT64_C(3600000000000) }, { "0.5h", UINT64_C(1800000000000) },
		{ "4 ms", 4000000 }, { "0.0000000019s", 1 }, { "7µs", 7000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t ns = 77;

		assert_int_equal(headgate_duration_parse(cases[i].text, &ns), 0);
		assert_true(ns == cases[i].ns);
	}
}

static void what_is_no_duration__is_rejected(void **state)
{
	static const char *const bad[] = {
		"", "4", "ms", "-4ms", "+4ms", "4 parsecs", "4ms ", "1.s", ".5s", "1e3ms", "0x4ms",
		"4msx", "1,5s", " 4ms",
	};
	uint64_t ns = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(headgate_duration_parse(bad[i], &ns), -EINVAL);
	assert_int_equal(headgate_duration_parse("99999999999999999999ns", &ns), -ERANGE);
	assert_int_equal(headgate_duration_parse("18446744073709551615s", &ns), -ERANGE);
	assert_int_equal(ns, 77);
}

static void durations__are_printed_in_three_digits(void **state)
{
	uint64_t ns = 0;
	static const struct { uint64_t ns; const char *text; } cases[] = {
		{ 0, "0 ns" }, { 999, "999 ns" }, { 1000, "1 us" }, { 1250, "1.25 us" },
		{ 99940, "99.9 us" }, { 999499, "999 us" }, { 999500, "1 ms" },
		{ 4000000, "4 ms" }, { 16600000, "16.6 ms" }, { 1500000000, "1.5 s" },
		{ UINT64_C(60000000000), "60 s" }, { UINT64_C(599000000000), "599 s" },
		{ UINT64_C(600000000000), "10 min" }, { UINT64_C(1000000000000), "16.7 min" },
		{ UINT64_C(3600000000000), "1 h" }, { UINT64_C(5400000000000), "1.5 h" },
		{ UINT64_C(2592000000000000), "720 h" }, { UINT64_MAX, "5124096 h" },
	};
	char text[32];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(headgate_duration_format(cases[i].ns, text, sizeof(text)),
				    cases[i].text);
	/* What is shown can be given: spaces and units are those that are read. */
	assert_int_equal(headgate_duration_parse("16.7 min", &ns), 0);
	assert_true(ns == UINT64_C(1002000000000));
}

static void caps__are_read(void **state)
{
	uint64_t quota = 0, period = 0;

	(void)state;
	assert_int_equal(headgate_cap_parse("30%", &quota, &period), 0);
	assert_int_equal(quota, 30000000);
	assert_int_equal(period, 100000000);
	assert_int_equal(headgate_cap_parse("12.5%", &quota, &period), 0);
	assert_int_equal(quota, 12500000);
	assert_int_equal(headgate_cap_parse("3ms/10ms", &quota, &period), 0);
	assert_int_equal(quota, 3000000);
	assert_int_equal(period, 10000000);
	assert_int_equal(headgate_cap_parse("max", &quota, &period), 0);
	assert_int_equal(quota, 0);
	assert_int_equal(period, HEADGATE_CAP_PERIOD_NS);
}

static void bad_caps__are_rejected(void **state)
{
	uint64_t quota = 7, period = 8;

	(void)state;
	assert_int_equal(headgate_cap_parse("0%", &quota, &period), -ERANGE);
	assert_int_equal(headgate_cap_parse("101%", &quota, &period), -ERANGE);
	assert_int_equal(headgate_cap_parse("100.5%", &quota, &period), -ERANGE);
	assert_int_equal(headgate_cap_parse("11ms/10ms", &quota, &period), -ERANGE);
	assert_int_equal(headgate_cap_parse("0/10ms", &quota, &period), -ERANGE);
	assert_int_equal(headgate_cap_parse("30", &quota, &period), -EINVAL);
	assert_int_equal(headgate_cap_parse("30ms", &quota, &period), -EINVAL);
	assert_int_equal(headgate_cap_parse("30ms/", &quota, &period), -EINVAL);
	assert_int_equal(headgate_cap_parse("/10ms", &quota, &period), -EINVAL);
	assert_int_equal(headgate_cap_parse("", &quota, &period), -EINVAL);
	assert_int_equal(quota, 7);
	assert_int_equal(period, 8);
}

static void caps__are_printed_as_they_are_read(void **state)
{
	char text[32];

	(void)state;
	assert_string_equal(headgate_cap_format(0, 100, text, sizeof(text)), "max");
	assert_string_equal(headgate_cap_format(100, 100, text, sizeof(text)), "max");
	assert_string_equal(headgate_cap_format(30, 100, text, sizeof(text)), "30%");
	assert_string_equal(headgate_cap_format(125, 1000, text, sizeof(text)), "12.5%");
}

static void counts__are_short(void **state)
{
	char text[32];

	(void)state;
	assert_string_equal(headgate_count_format(0, text, sizeof(text)), "0");
	assert_string_equal(headgate_count_format(999, text, sizeof(text)), "999");
	assert_string_equal(headgate_count_format(1000, text, sizeof(text)), "1k");
	assert_string_equal(headgate_count_format(12345, text, sizeof(text)), "12.3k");
	assert_string_equal(headgate_count_format(999999, text, sizeof(text)), "1M");
	assert_string_equal(headgate_count_format(UINT64_MAX, text, sizeof(text)), "18.4E");
}

static void numbers__are_whole_and_in_range(void **state)
{
	uint64_t value = 0;

	(void)state;
	assert_int_equal(headgate_number_parse("10000", 1, 10000, &value), 0);
	assert_int_equal(value, 10000);
	assert_int_equal(headgate_number_parse("10001", 1, 10000, &value), -ERANGE);
	assert_int_equal(headgate_number_parse("0", 1, 10000, &value), -ERANGE);
	assert_int_equal(headgate_number_parse("99999999999999999999", 0, UINT64_MAX, &value),
			 -ERANGE);
	assert_int_equal(headgate_number_parse("", 0, 9, &value), -EINVAL);
	assert_int_equal(headgate_number_parse("-1", 0, 9, &value), -EINVAL);
	assert_int_equal(headgate_number_parse("1.5", 0, 9, &value), -EINVAL);
	assert_int_equal(value, 10000);
}

static void classes__are_words(void **state)
{
	enum headgate_class class = HEADGATE_CLASS_BATCH;

	(void)state;
	assert_int_equal(headgate_class_parse("interactive", &class), 0);
	assert_int_equal(class, HEADGATE_CLASS_INTERACTIVE);
	assert_int_equal(headgate_class_parse("Batch", &class), -EINVAL);
	assert_string_equal(headgate_class_name(HEADGATE_CLASS_BATCH), "batch");
	assert_string_equal(headgate_class_name((enum headgate_class)99), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations__are_read),
		cmocka_unit_test(what_is_no_duration__is_rejected),
		cmocka_unit_test(durations__are_printed_in_three_digits),
		cmocka_unit_test(caps__are_read),
		cmocka_unit_test(bad_caps__are_rejected),
		cmocka_unit_test(caps__are_printed_as_they_are_read),
		cmocka_unit_test(counts__are_short),
		cmocka_unit_test(numbers__are_whole_and_in_range),
		cmocka_unit_test(classes__are_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
