// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "histogram.h"

static void edges__are_those_of_the_specification(void **state)
{
	(void)state;
	assert_int_equal(headgate_histogram_edge(0), 0);
	assert_int_equal(headgate_histogram_edge(1), 256);
	assert_int_equal(headgate_histogram_edge(3), 768);
	assert_int_equal(headgate_histogram_edge(4), 1024);
	assert_int_equal(headgate_histogram_edge(5), 1280);
	assert_int_equal(headgate_histogram_edge(8), 2048);
	assert_true(headgate_histogram_edge(95) == UINT64_C(7) << 30);
	for (unsigned int i = 0; i < HEADGATE_WAIT_BUCKETS; i++)
		assert_true(headgate_histogram_edge(i) < headgate_histogram_edge(i + 1));
}

static void empty_histogram__has_no_percentile(void **state)
{
	uint32_t counts[HEADGATE_WAIT_BUCKETS] = { 0 };
	uint64_t ns = 42;

	(void)state;
	assert_int_equal(headgate_histogram_percentile(counts, 50, &ns), -ENODATA);
	assert_int_equal(ns, 42);
}

static void percent_out_of_range__is_rejected(void **state)
{
	uint32_t counts[HEADGATE_WAIT_BUCKETS] = { 1 };
	uint64_t ns;

	(void)state;
	assert_int_equal(headgate_histogram_percentile(counts, 0, &ns), -EINVAL);
	assert_int_equal(headgate_histogram_percentile(counts, -1, &ns), -EINVAL);
	assert_int_equal(headgate_histogram_percentile(counts, 100.1, &ns), -EINVAL);
	assert_int_equal(headgate_histogram_percentile(counts, 0.0 / 0.0, &ns), -EINVAL);
}

static unsigned int bucket_of(uint64_t ns)
{
	unsigned int bucket = 0;

	while (bucket + 1 < HEADGATE_WAIT_BUCKETS && headgate_histogram_edge(bucket + 1) <= ns)
		bucket++;
	return bucket;
}

static int compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

static void percentile__is_within_a_quarter_of_the_exact_one(void **state)
{
	static const double percents[] = { 1, 50, 90, 99, 100 };
	uint64_t waits[1000];

	(void)state;
	srand(1);
	for (int round = 0; round < 100; round++) {
		uint32_t counts[HEADGATE_WAIT_BUCKETS] = { 0 };
		uint64_t ns;

		for (int i = 0; i < 1000; i++) {
			waits[i] = ((uint64_t)rand() << 2) >> rand() % 20;
			counts[bucket_of(waits[i])]++;
		}
		qsort(waits, 1000, sizeof(waits[0]), compare);
		for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++) {
			uint64_t exact = waits[(int)(percents[i] * 10) - 1];
			uint64_t error;

			assert_int_equal(headgate_histogram_percentile(counts, percents[i], &ns),
					 0);
			error = ns > exact ? ns - exact : exact - ns;
			assert_true(error <= (exact < 1024 ? 256 : exact / 4));
		}
	}
}

static void difference__holds_across_a_wrap(void **state)
{
	uint32_t now[HEADGATE_WAIT_BUCKETS] = { 0 }, before[HEADGATE_WAIT_BUCKETS] = { 0 };
	uint64_t ns;

	(void)state;
	before[10] = UINT32_MAX;
	now[10] = 1;
	before[90] = 1000;
	now[90] = 1000;
	headgate_histogram_subtract(now, before);
	assert_int_equal(now[10], 2);
	assert_int_equal(headgate_histogram_percentile(now, 99, &ns), 0);
	assert_true(ns <= headgate_histogram_edge(11));
	headgate_histogram_add(now, before);
	assert_int_equal(now[10], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edges__are_those_of_the_specification),
		cmocka_unit_test(empty_histogram__has_no_percentile),
		cmocka_unit_test(percent_out_of_range__is_rejected),
		cmocka_unit_test(percentile__is_within_a_quarter_of_the_exact_one),
		cmocka_unit_test(difference__holds_across_a_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
