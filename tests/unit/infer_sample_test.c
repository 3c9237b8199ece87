// SPDX-License-Identifier: GPL-2.0-or-later
/* Which token is drawn, how often, and from which. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sample.h"

#define DRAWS 20000

static const struct infer_sampling plain = { .temperature = 1, .top_p = 1, .seed = 7 };

/* Counts of DRAWS draws, a position each. */
static void draw_many(const struct infer_sampling *sampling, const float *logits, uint32_t n,
		      uint32_t *counts)
{
	float *scratch = malloc(n * sizeof(*scratch));

	memset(counts, 0, n * sizeof(*counts));
	for (uint32_t position = 0; position < DRAWS; position++) {
		uint32_t token = infer_sample(sampling, logits, n, position, scratch);

		assert_true(token < n);
		counts[token]++;
	}
	free(scratch);
}

/* Pearson's, of counts against parts of one; none of 0 may have been drawn. */
static double chi_square(const uint32_t *counts, const double *parts, uint32_t n)
{
	double sum = 0;

	for (uint32_t i = 0; i < n; i++) {
		double expected = DRAWS * parts[i], off = counts[i] - expected;

		if (parts[i] > 0)
			sum += off * off / expected;
		else
			assert_int_equal(counts[i], 0);
	}
	return sum;
}

/* Exceeded by one seed in 10,000, for so many degrees of freedom. */
static const double rare[] = { 0, 15.1, 18.4, 21.1, 23.5, 25.7, 27.9, 29.9 };

static void check_drawn(const struct infer_sampling *sampling, const float *logits,
			const double *parts, uint32_t n)
{
	uint32_t counts[8];
	double off;

	draw_many(sampling, logits, n, counts);
	off = chi_square(counts, parts, n);
	if (off > rare[n - 1])
		print_error("chi-square is %g\n", off);
	assert_true(off <= rare[n - 1]);
}

#define assert_drawn_as(sampling, logits, ...)						\
	check_drawn(sampling, logits, (const double[]){ __VA_ARGS__ },			\
		    sizeof((const double[]){ __VA_ARGS__ }) / sizeof(double))

/* Logarithms of .1, .2, .3, .4 */
static const float tenths[] = { -2.302585f, -1.609438f, -1.203973f, -0.916291f };

static void draws__are_as_the_probabilities(void **state)
{
	(void)state;
	assert_drawn_as(&plain, tenths, .1, .2, .3, .4);
}

/* A test that cannot fail would pass this too. */
static void the_chi_square__tells_other_probabilities(void **state)
{
	const double parts[] = { .12, .2, .28, .4 };
	uint32_t counts[4];

	(void)state;
	draw_many(&plain, tenths, 4, counts);
	assert_true(chi_square(counts, parts, 4) > rare[3]);
}

static void temperature__sharpens_and_flattens(void **state)
{
	struct infer_sampling sampling = plain;

	(void)state;
	sampling.temperature = .5f; /* squares */
	assert_drawn_as(&sampling, tenths, 1 / 30., 4 / 30., 9 / 30., 16 / 30.);
	sampling.temperature = INFINITY;
	assert_drawn_as(&sampling, tenths, .25, .25, .25, .25);
	sampling.temperature = FLT_MIN;
	assert_drawn_as(&sampling, tenths, 0, 0, 0, 1);
}

static void temperature_0__takes_the_greatest(void **state)
{
	static const float odd[] = { 0, -1, .5f, -0.5f };
	struct infer_sampling sampling = plain;

	(void)state;
	for (int i = 0; i < 4; i++) {
		sampling.temperature = odd[i] > 0 ? NAN : odd[i];
		assert_drawn_as(&sampling, tenths, 0, 0, 0, 1);
	}
}

static void top_k__draws_of_the_k_greatest(void **state)
{
	static const float equal[] = { 3, 5, 3, 3, 5, 3 };
	struct infer_sampling sampling = plain;

	(void)state;
	sampling.top_k = 2;
	assert_drawn_as(&sampling, tenths, 0, 0, 3 / 7., 4 / 7.);
	sampling.top_k = 1;
	assert_drawn_as(&sampling, tenths, 0, 0, 0, 1);
	sampling.top_k = 4;
	assert_drawn_as(&sampling, tenths, .1, .2, .3, .4);
	sampling.top_k = 100;
	assert_drawn_as(&sampling, tenths, .1, .2, .3, .4);
	/* Of those equal to the last the first ones; a high temperature makes all alike. */
	sampling.temperature = INFINITY;
	sampling.top_k = 4;
	assert_drawn_as(&sampling, equal, .25, .25, .25, 0, .25, 0);
}

static void top_p__draws_of_the_fewest_that_reach_it(void **state)
{
	static const float halves[] = { 0, 0, -INFINITY };
	static const float equal[] = { 1, 1, 1, 1 };
	struct infer_sampling sampling = plain;

	(void)state;
	sampling.top_p = .69f;
	assert_drawn_as(&sampling, tenths, 0, 0, 3 / 7., 4 / 7.);
	sampling.top_p = .71f;
	assert_drawn_as(&sampling, tenths, 0, 2 / 9., 3 / 9., 4 / 9.);
	for (int i = 0; i < 4; i++) {
		sampling.top_p = ((const float[]){ FLT_MIN, 0, -1, NAN })[i];
		assert_drawn_as(&sampling, tenths, 0, 0, 0, 1);
	}
	sampling.top_p = .5f;
	assert_drawn_as(&sampling, halves, 1, 0, 0);
	/* Of what top_k leaves: two of four equals, of which the first is half. */
	sampling.top_k = 2;
	assert_drawn_as(&sampling, equal, 1, 0, 0, 0);
}

static void min_p__is_a_part_of_the_greatest(void **state)
{
	struct infer_sampling sampling = plain;

	(void)state;
	sampling.min_p = .49f;
	assert_drawn_as(&sampling, tenths, 0, 2 / 9., 3 / 9., 4 / 9.);
	sampling.min_p = .51f;
	assert_drawn_as(&sampling, tenths, 0, 0, 3 / 7., 4 / 7.);
	sampling.min_p = 2;
	assert_drawn_as(&sampling, tenths, 0, 0, 0, 1);
}

static void what_is_no_finite_number__is_never_drawn(void **state)
{
	const float odd[] = { NAN, 1, INFINITY, 1, -INFINITY, -NAN };
	const float none[] = { NAN, INFINITY, -INFINITY };
	const float far[] = { -FLT_MAX, FLT_MAX, NAN };
	struct infer_sampling sampling = plain;
	float scratch[6];

	(void)state;
	for (int top_k = 0; top_k < 8; top_k += 2) {
		sampling.top_k = (uint32_t)top_k;
		sampling.top_p = 1;
		assert_drawn_as(&sampling, odd, 0, .5, 0, .5, 0, 0);
		sampling.top_p = .9f;
		assert_drawn_as(&sampling, odd, 0, .5, 0, .5, 0, 0);
		assert_drawn_as(&sampling, far, 0, 1, 0);
		assert_int_equal(infer_sample(&sampling, none, 3, 0, scratch), UINT32_MAX);
	}
	sampling.temperature = 0;
	assert_int_equal(infer_sample(&sampling, odd, 6, 0, scratch), 1);
	assert_int_equal(infer_sample(&sampling, none, 3, 0, scratch), UINT32_MAX);
	assert_int_equal(infer_sample(&sampling, none, 0, 0, scratch), UINT32_MAX);
	assert_int_equal(infer_sample(&sampling, (const float[]){ -0.f, 0 }, 2, 0, scratch), 0);
}

/* In each place of a vocabulary that is no whole number of blocks. */
static void the_greatest__is_found_wherever_it_is(void **state)
{
	struct infer_sampling sampling = { 0 };
	float logits[200], scratch[200];

	(void)state;
	for (uint32_t at = 0; at < 200; at++) {
		for (uint32_t i = 0; i < 200; i++)
			logits[i] = i % 7 ? -1 - (float)(i * 37 % 101) : NAN;
		logits[at] = 1;
		logits[199 - at % 50] = 1;
		assert_int_equal(infer_sample(&sampling, logits, 200, 0, scratch),
				 at < 199 - at % 50 ? at : 199 - at % 50);
	}
}

static int by_size(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return x < y ? 1 : x > y ? -1 : 0;
}

/* Against sorting, of many logits of all sizes with equals among them. */
static void a_large_vocabulary__is_cut_where_sorting_cuts_it(void **state)
{
	enum { N = 3000 };
	static float logits[N], sorted[N], scratch[N];
	uint32_t number = 1;

	(void)state;
	for (uint32_t k = 1; k < N; k = k * 3 + 1) {
		struct infer_sampling sampling = { 1e9f, .top_k = k, .top_p = 1, .seed = k };
		bool lowest = false;

		for (uint32_t i = 0; i < N; i++) {
			number = number * 1664525 + 1013904223;
			logits[i] = ldexpf((float)(number >> 8 & 0xff) - 128,
					   (int)(number >> 20 & 15) - 8);
		}
		memcpy(sorted, logits, sizeof(sorted));
		qsort(sorted, N, sizeof(*sorted), by_size);
		for (uint32_t position = 0; position < 5 * k && position < DRAWS; position++) {
			uint32_t token = infer_sample(&sampling, logits, N, position, scratch);

			assert_true(logits[token] >= sorted[k - 1]);
			lowest |= logits[token] == sorted[k - 1];
		}
		/* All alike likely: so many draws show the last, or those equal to it. */
		assert_true(lowest);
	}
}

static void a_draw__depends_on_seed_and_position_alone(void **state)
{
	struct infer_sampling sampling = plain;
	uint32_t first[64], same = 0, shifted = 0;
	float flat[1000] = { 0 }, scratch[1000];

	(void)state;
	for (uint32_t i = 0; i < 64; i++)
		first[i] = infer_sample(&sampling, flat, 1000, i, scratch);
	for (uint32_t i = 64; i--; ) /* in another order, with other things in the scratch */
		assert_int_equal(infer_sample(&sampling, flat, 1000, i, scratch), first[i]);
	sampling.seed++;
	for (uint32_t i = 0; i < 64; i++) {
		uint32_t token = infer_sample(&sampling, flat, 1000, i, scratch);

		same += token == first[i];
		shifted += i < 63 && token == first[i + 1];
	}
	assert_true(same < 5 && shifted < 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(draws__are_as_the_probabilities),
		cmocka_unit_test(the_chi_square__tells_other_probabilities),
		cmocka_unit_test(temperature__sharpens_and_flattens),
		cmocka_unit_test(temperature_0__takes_the_greatest),
		cmocka_unit_test(top_k__draws_of_the_k_greatest),
		cmocka_unit_test(top_p__draws_of_the_fewest_that_reach_it),
		cmocka_unit_test(min_p__is_a_part_of_the_greatest),
		cmocka_unit_test(what_is_no_finite_number__is_never_drawn),
		cmocka_unit_test(the_greatest__is_found_wherever_it_is),
		cmocka_unit_test(a_large_vocabulary__is_cut_where_sorting_cuts_it),
		cmocka_unit_test(a_draw__depends_on_seed_and_position_alone),
	};

	return cmocka_run_group_tests_name("infer_sample", tests, NULL, NULL);
}
