// SPDX-License-Identifier: GPL-2.0-or-later
/* Layouts of blocks, and how near their values come to what was to be stored. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "half.h"
#include "quant.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* By the definition of the format, in doubles: one sign, five exponent, ten fraction bits. */
static double half_value(uint16_t half)
{
	int exponent = half >> 10 & 31, fraction = half & 1023;
	double value = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);

	return half & 0x8000 ? -value : value;
}

static bool is_nan_half(uint16_t half)
{
	return (half & 0x7fff) > 0x7c00;
}

static void each_half__is_the_float_that_the_format_defines(void **state)
{
	(void)state;
	for (uint32_t half = 0; half < 0x10000; half++) {
		float value = infer_half_to_float((uint16_t)half);

		if (is_nan_half((uint16_t)half))
			assert_true(isnan(value));
		else if ((half & 0x7fff) == 0x7c00)
			assert_true(isinf(value));
		else
			assert_true((double)value == half_value((uint16_t)half));
		assert_int_equal(!!signbit(value), half >> 15);
	}
}

static void each_half__comes_back_from_its_float(void **state)
{
	(void)state;
	for (uint32_t half = 0; half < 0x10000; half++) {
		uint16_t back = infer_half_from_float(infer_half_to_float((uint16_t)half));

		if (is_nan_half((uint16_t)half))
			assert_true(is_nan_half(back) && back >> 15 == half >> 15);
		else
			assert_int_equal(back, half);
	}
}

/* Between each two halves: the middle goes to the even one, what is beside it to the nearer. */
static void float_between_two_halves__goes_to_the_nearer_or_the_even(void **state)
{
	(void)state;
	for (uint32_t half = 0; half < 0x7bff; half++) {
		float low = infer_half_to_float((uint16_t)half),
		      high = infer_half_to_float((uint16_t)(half + 1));
		float middle = low + (high - low) / 2;

		assert_int_equal(infer_half_from_float(middle), half + (half & 1));
		assert_int_equal(infer_half_from_float(nextafterf(middle, 0)), half);
		assert_int_equal(infer_half_from_float(nextafterf(middle, INFINITY)), half + 1);
		assert_int_equal(infer_half_from_float(-middle), 0x8000 | (half + (half & 1)));
	}
}

static void float_beyond_the_greatest_half__is_infinite(void **state)
{
	(void)state;
	assert_int_equal(infer_half_from_float(65504), 0x7bff);
	assert_int_equal(infer_half_from_float(nextafterf(65520, 0)), 0x7bff);
	assert_int_equal(infer_half_from_float(65520), 0x7c00);
	assert_int_equal(infer_half_from_float(-3e38f), 0xfc00);
	assert_int_equal(infer_half_from_float(INFINITY), 0x7c00);
	assert_int_equal(infer_half_from_float(1e-45f), 0);
	assert_int_equal(infer_half_from_float(-0.0f), 0x8000);
}

static void q4_0_block__holds_value_i_low_and_value_i_plus_16_high(void **state)
{
	struct infer_q4_0 block = { .d = 0x3c00 /* 1 */ };
	float values[32];

	(void)state;
	for (int i = 0; i < 16; i++)
		block.qs[i] = (uint8_t)(i | (15 - i) << 4);
	infer_dequantise(INFER_Q4_0, &block, values, 32);
	for (int i = 0; i < 16; i++) {
		assert_true(values[i] == (float)(i - 8));
		assert_true(values[16 + i] == (float)(7 - i));
	}
}

static void q8_0_block__holds_bytes_with_a_sign(void **state)
{
	struct infer_q8_0 block = { .d = 0x3800 /* 0.5 */ };
	float values[32];

	(void)state;
	for (int i = 0; i < 32; i++)
		block.qs[i] = (int8_t)(8 * i - 128);
	infer_dequantise(INFER_Q8_0, &block, values, 32);
	for (int i = 0; i < 32; i++)
		assert_true(values[i] == (float)(4 * i - 64));
}

static void q4_k_block__has_scales_and_minima_of_6_bits(void **state)
{
	/*
	 * Of groups 0 to 3 the low six bits of bytes 0 to 3 and 4 to 7; of groups 4 to 7 the
	 * nibbles of bytes 8 to 11, and above them the high two bits of bytes 0 to 3 and 4 to 7.
	 */
	static const uint8_t packed[12] = {
		0x41, 0x82, 0xc3, 0xbf, 0x45, 0x86, 0xc7, 0xbe, 0x10, 0x21, 0x32, 0x0f,
	};
	static const uint8_t scales[8] = { 1, 2, 3, 63, 16, 33, 50, 47 },
			     minima[8] = { 5, 6, 7, 62, 17, 34, 51, 32 };
	struct infer_q4_k block = { .d = 0x4000 /* 2 */, .dmin = 0x3400 /* 0.25 */ };
	float values[256];

	(void)state;
	memcpy(block.scales, packed, sizeof(packed));
	for (int i = 0; i < 128; i++)
		block.qs[i] = (uint8_t)((i + i / 32) % 16 | (i * 3 + i / 32) % 16 << 4);
	infer_dequantise(INFER_Q4_K, &block, values, 256);
	for (int group = 0; group < 8; group++) {
		for (int i = 0; i < 32; i++) {
			int pair = group / 2, n = 32 * pair + i;
			int q = group % 2 ? (n * 3 + pair) % 16 : (n + pair) % 16;

			assert_true(values[32 * group + i] ==
				    2.0f * scales[group] * (float)q - 0.25f * minima[group]);
		}
	}
}

static void q6_k_block__has_four_values_in_two_bytes_and_one_of_high_bits(void **state)
{
	struct infer_q6_k block = { .d = 0x3400 /* 0.25 */ };
	float values[256];

	(void)state;
	for (int i = 0; i < 128; i++)
		block.ql[i] = (uint8_t)(i * 37 + 11);
	for (int i = 0; i < 64; i++)
		block.qh[i] = (uint8_t)(i * 91 + 5);
	for (int i = 0; i < 16; i++)
		block.scales[i] = (int8_t)(i * 15 - 120);
	infer_dequantise(INFER_Q6_K, &block, values, 256);
	for (int half = 0; half < 2; half++) {
		const uint8_t *ql = block.ql + 64 * half, *qh = block.qh + 32 * half;
		const int8_t *scales = block.scales + 8 * half;

		for (int i = 0; i < 32; i++) {
			int q[4] = {
				(ql[i] & 15) + 16 * (qh[i] & 3),
				(ql[i + 32] & 15) + 16 * (qh[i] / 4 & 3),
				ql[i] / 16 + 16 * (qh[i] / 16 & 3),
				ql[i + 32] / 16 + 16 * (qh[i] / 64),
			};

			for (int k = 0; k < 4; k++)
				assert_true(values[128 * half + 32 * k + i] ==
					    0.25f * scales[2 * k + i / 16] * (float)(q[k] - 32));
		}
	}
}

static float next_value(uint32_t *random)
{
	float sum = 0;

	/* The sum of three is nearly normal. */
	for (int i = 0; i < 3; i++) {
		*random = *random * 1664525 + 1013904223;
		sum += (float)(*random >> 8) / 16777216.0f - 0.5f;
	}
	return sum;
}

/* allowed(): half a step, and what the rounding of scales and minima to few bits can cost. */
static float allowed(enum infer_type type, const void *row, uint32_t i)
{
	const struct infer_q4_0 *q4_0 = row;
	const struct infer_q8_0 *q8_0 = row;
	const struct infer_q4_k *q4_k = row;
	const struct infer_q6_k *q6_k = row;
	uint8_t scale, min;
	float d;

	switch (type) {
	case INFER_Q4_0:
		return infer_half_to_float(q4_0[i / 32].d) / 2;
	case INFER_Q8_0:
		return infer_half_to_float(q8_0[i / 32].d) / 2;
	case INFER_Q4_K:
		d = infer_half_to_float(q4_k[i / 256].d);
		infer_q4_k_scale(q4_k[i / 256].scales, i % 256 / 32, &scale, &min);
		return d * scale / 2 + 15 * d / 2 + infer_half_to_float(q4_k[i / 256].dmin) / 2;
	case INFER_Q6_K:
		d = infer_half_to_float(q6_k[i / 256].d);
		return fabsf(d * q6_k[i / 256].scales[i % 256 / 16]) / 2 + 31 * d / 2;
	default:
		return 0;
	}
}

/*
 * Mean square errors over mean squares: (step / 2)^2 / 3 for steps of about 2.4 deviations over 7,
 * 127, and 31, and over 15 of the whole range; with a third more allowed.
 */
static const struct {
	enum infer_type type;
	double error;
} types[] = {
	{ INFER_F32, 0 }, { INFER_F16, 1e-7 }, { INFER_Q4_0, 0.013 },
	{ INFER_Q8_0, 4e-5 }, { INFER_Q4_K, 0.011 }, { INFER_Q6_K, 6e-4 },
};

enum { COLUMNS = 2048 };

static void quantised_values__come_back_within_half_a_step(void **state)
{
	static float values[COLUMNS], back[COLUMNS];
	static uint8_t row[COLUMNS * sizeof(float)];

	(void)state;
	for (size_t t = 0; t < LENGTH(types); t++) {
		enum infer_type type = types[t].type;
		double squares = 0, errors = 0;
		uint32_t random = 7;

		for (uint32_t i = 0; i < COLUMNS; i++)
			values[i] = next_value(&random) * (i / 256 % 2 ? 100 : 0.01f);
		infer_quantise(type, values, row, COLUMNS);
		infer_dequantise(type, row, back, COLUMNS);
		for (uint32_t i = 0; i < COLUMNS; i++) {
			float error = fabsf(back[i] - values[i]);

			if (type == INFER_F16)
				assert_true(error <= fabsf(values[i]) / 2048 + 3e-8f);
			else if (error > allowed(type, row, i) * 1.001f)
				fail_msg("%s: %g is %g", infer_type_name(type), (double)values[i], (double)back[i]);
			squares += (double)values[i] * (double)values[i];
			errors += (double)error * (double)error;
		}
		if (errors > types[t].error * squares)
			fail_msg("%s: %g", infer_type_name(type), errors / squares);
	}
}

static void zeros__stay_zeros(void **state)
{
	static float values[256], back[256];
	static uint8_t row[1024];

	(void)state;
	for (size_t t = 0; t < LENGTH(types); t++) {
		memset(row, 0xff, sizeof(row));
		infer_quantise(types[t].type, values, row, 256);
		for (int i = 0; i < 256; i++)
			back[i] = 1;
		infer_dequantise(types[t].type, row, back, 256);
		for (int i = 0; i < 256; i++)
			assert_true(back[i] == 0);
	}
}

static void row__takes_the_bytes_that_gguf_says(void **state)
{
	(void)state;
	assert_int_equal(infer_row_bytes(INFER_F32, 512), 2048);
	assert_int_equal(infer_row_bytes(INFER_F16, 512), 1024);
	assert_int_equal(infer_row_bytes(INFER_Q4_0, 512), 288);
	assert_int_equal(infer_row_bytes(INFER_Q8_0, 512), 544);
	assert_int_equal(infer_row_bytes(INFER_Q4_K, 512), 288);
	assert_int_equal(infer_row_bytes(INFER_Q6_K, 512), 420);
	assert_int_equal(infer_row_bytes((enum infer_type)3, 512), 0);
}

static void type__has_the_name_it_is_found_by(void **state)
{
	enum infer_type type;

	(void)state;
	for (size_t t = 0; t < LENGTH(types); t++) {
		assert_int_equal(infer_type_named(infer_type_name(types[t].type), &type), 0);
		assert_int_equal(type, types[t].type);
	}
	assert_int_equal(infer_type_named("q4_k", &type), 0);
	assert_int_equal(type, INFER_Q4_K);
	assert_true(infer_type_named("Q4", &type) < 0);
	assert_null(infer_type_name((enum infer_type)3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_half__is_the_float_that_the_format_defines),
		cmocka_unit_test(each_half__comes_back_from_its_float),
		cmocka_unit_test(float_between_two_halves__goes_to_the_nearer_or_the_even),
		cmocka_unit_test(float_beyond_the_greatest_half__is_infinite),
		cmocka_unit_test(q4_0_block__holds_value_i_low_and_value_i_plus_16_high),
		cmocka_unit_test(q8_0_block__holds_bytes_with_a_sign),
		cmocka_unit_test(q4_k_block__has_scales_and_minima_of_6_bits),
		cmocka_unit_test(q6_k_block__has_four_values_in_two_bytes_and_one_of_high_bits),
		cmocka_unit_test(quantised_values__come_back_within_half_a_step),
		cmocka_unit_test(zeros__stay_zeros),
		cmocka_unit_test(row__takes_the_bytes_that_gguf_says),
		cmocka_unit_test(type__has_the_name_it_is_found_by),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
