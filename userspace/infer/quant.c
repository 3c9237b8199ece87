// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>

#include "half.h"
#include "quant.h"

static void dequantise_q4_0(const struct infer_q4_0 *block, float *values)
{
	float d = infer_half_to_float(block->d);

	for (int i = 0; i < 16; i++) {
		values[i] = d * (float)((block->qs[i] & 15) - 8);
		values[i + 16] = d * (float)((block->qs[i] >> 4) - 8);
	}
}

static void dequantise_q8_0(const struct infer_q8_0 *block, float *values)
{
	float d = infer_half_to_float(block->d);

	for (int i = 0; i < 32; i++)
		values[i] = d * (float)block->qs[i];
}

static void dequantise_q4_k(const struct infer_q4_k *block, float *values)
{
	float d = infer_half_to_float(block->d), dmin = infer_half_to_float(block->dmin);
	uint8_t scale, min;

	for (unsigned int group = 0; group < 8; group++) {
		const uint8_t *qs = &block->qs[32 * (group / 2)];

		infer_q4_k_scale(block->scales, group, &scale, &min);
		for (int i = 0; i < 32; i++)
			*values++ = d * (float)scale * (float)(qs[i] >> 4 * (group & 1) & 15) - dmin * (float)min;
	}
}

static void dequantise_q6_k(const struct infer_q6_k *block, float *values)
{
	float d = infer_half_to_float(block->d);

	for (int i = 0; i < 256; i++) {
		int half = i / 128, k = i % 128 / 32, j = i % 32;
		int low = block->ql[64 * half + 32 * (k & 1) + j] >> 4 * (k >> 1) & 15;
		int high = block->qh[32 * half + j] >> 2 * k & 3;

		values[i] = d * (float)block->scales[i / 16] * (float)((low | high << 4) - 32);
	}
}

void infer_dequantise(enum infer_type type, const void *row, float *values, uint32_t columns)
{
	uint32_t blocks = columns / infer_block_values(type);

	switch (type) {
	case INFER_F32:
		memcpy(values, row, columns * sizeof(*values));
		break;
	case INFER_F16:
		for (uint32_t i = 0; i < columns; i++)
			values[i] = infer_half_to_float(((const uint16_t *)row)[i]);
		break;
	case INFER_Q4_0:
		for (uint32_t i = 0; i < blocks; i++)
			dequantise_q4_0((const struct infer_q4_0 *)row + i, values + 32 * i);
		break;
	case INFER_Q8_0:
		for (uint32_t i = 0; i < blocks; i++)
			dequantise_q8_0((const struct infer_q8_0 *)row + i, values + 32 * i);
		break;
	case INFER_Q4_K:
		for (uint32_t i = 0; i < blocks; i++)
			dequantise_q4_k((const struct infer_q4_k *)row + i, values + 256 * i);
		break;
	case INFER_Q6_K:
		for (uint32_t i = 0; i < blocks; i++)
			dequantise_q6_k((const struct infer_q6_k *)row + i, values + 256 * i);
		break;
	}
}

static float greatest(const float *values, int n)
{
	float most = 0;

	for (int i = 0; i < n; i++)
		most = fmaxf(most, fabsf(values[i]));
	return most;
}

/* round_to(): x to a whole number from low to high. */
static int round_to(float x, int low, int high)
{
	return (int)fminf(fmaxf(nearbyintf(x), (float)low), (float)high);
}

static float reciprocal(float x)
{
	return x != 0 ? 1 / x : 0;
}

static void quantise_q4_0(const float *values, struct infer_q4_0 *block)
{
	float inverse;

	block->d = infer_half_from_float(greatest(values, 32) / 7);
	inverse = reciprocal(infer_half_to_float(block->d));
	for (int i = 0; i < 16; i++)
		block->qs[i] = (uint8_t)(round_to(values[i] * inverse, -8, 7) + 8) |
			       (uint8_t)(round_to(values[i + 16] * inverse, -8, 7) + 8) << 4;
}

static void quantise_q8_0(const float *values, struct infer_q8_0 *block)
{
	float inverse;

	block->d = infer_half_from_float(greatest(values, 32) / 127);
	inverse = reciprocal(infer_half_to_float(block->d));
	for (int i = 0; i < 32; i++)
		block->qs[i] = (int8_t)round_to(values[i] * inverse, -127, 127);
}

static void put_q4_k_scale(uint8_t scales[12], unsigned int group, uint8_t scale, uint8_t min)
{
	if (group < 4) {
		scales[group] |= scale;
		scales[group + 4] |= min;
	} else {
		scales[group + 4] |= (scale & 15) | min << 4;
		scales[group - 4] |= scale >> 4 << 6;
		scales[group] |= min >> 4 << 6;
	}
}

static void quantise_q4_k(const float *values, struct infer_q4_k *block)
{
	float scale[8], min[8], d, dmin;

	for (int g = 0; g < 8; g++) {
		float low = 0, high = 0;

		for (int i = 0; i < 32; i++) {
			low = fminf(low, values[32 * g + i]);
			high = fmaxf(high, values[32 * g + i]);
		}
		scale[g] = (high - low) / 15;
		min[g] = -low;
	}
	memset(block, 0, sizeof(*block));
	block->d = infer_half_from_float(greatest(scale, 8) / 63);
	block->dmin = infer_half_from_float(greatest(min, 8) / 63);
	d = infer_half_to_float(block->d);
	dmin = infer_half_to_float(block->dmin);
	for (unsigned int g = 0; g < 8; g++) {
		uint8_t s = (uint8_t)round_to(scale[g] * reciprocal(d), 0, 63);
		uint8_t m = (uint8_t)round_to(min[g] * reciprocal(dmin), 0, 63);

		put_q4_k_scale(block->scales, g, s, m);
		for (int i = 0; i < 32; i++) {
			float x = (values[32 * g + (unsigned int)i] + dmin * m) * reciprocal(d * s);

			block->qs[32 * (g / 2) + (unsigned int)i] |= (uint8_t)(round_to(x, 0, 15) << 4 * (g & 1));
		}
	}
}

static void quantise_q6_k(const float *values, struct infer_q6_k *block)
{
	float scale[16], d;

	for (int g = 0; g < 16; g++)
		scale[g] = greatest(values + 16 * g, 16) / 31;
	memset(block, 0, sizeof(*block));
	block->d = infer_half_from_float(greatest(scale, 16) / 127);
	d = infer_half_to_float(block->d);
	for (int g = 0; g < 16; g++)
		block->scales[g] = (int8_t)round_to(scale[g] * reciprocal(d), 0, 127);
	for (int i = 0; i < 256; i++) {
		int half = i / 128, k = i % 128 / 32, j = i % 32;
		int q = round_to(values[i] * reciprocal(d * block->scales[i / 16]), -32, 31) + 32;

		block->ql[64 * half + 32 * (k & 1) + j] |= (uint8_t)((q & 15) << 4 * (k >> 1));
		block->qh[32 * half + j] |= (uint8_t)(q >> 4 << 2 * k);
	}
}

void infer_quantise(enum infer_type type, const float *values, void *row, uint32_t columns)
{
	uint32_t blocks = columns / infer_block_values(type);

	switch (type) {
	case INFER_F32:
		memcpy(row, values, columns * sizeof(*values));
		break;
	case INFER_F16:
		for (uint32_t i = 0; i < columns; i++)
			((uint16_t *)row)[i] = infer_half_from_float(values[i]);
		break;
	case INFER_Q4_0:
		for (uint32_t i = 0; i < blocks; i++)
			quantise_q4_0(values + 32 * i, (struct infer_q4_0 *)row + i);
		break;
	case INFER_Q8_0:
		for (uint32_t i = 0; i < blocks; i++)
			quantise_q8_0(values + 32 * i, (struct infer_q8_0 *)row + i);
		break;
	case INFER_Q4_K:
		for (uint32_t i = 0; i < blocks; i++)
			quantise_q4_k(values + 256 * i, (struct infer_q4_k *)row + i);
		break;
	case INFER_Q6_K:
		for (uint32_t i = 0; i < blocks; i++)
			quantise_q6_k(values + 256 * i, (struct infer_q6_k *)row + i);
		break;
	}
}
