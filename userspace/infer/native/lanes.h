/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernels that are the same for each set of instructions, in lanes of floats. A file of kernels
 * includes this with LANES defined, 4, 8 or 16, as its registers have, and defines the three functions
 * that are declared below.
 */
#ifndef NATIVE_LANES_H
#define NATIVE_LANES_H

#include <math.h>
#include <string.h>

#include "rows.h"

typedef float lanes __attribute__((vector_size(4 * LANES)));
typedef int32_t lanes_int __attribute__((vector_size(4 * LANES)));

INLINE lanes lanes_from_halves(const uint16_t *halves);
INLINE void lanes_to_halves(uint16_t *halves, lanes values);
/* a * b + c, rounded once where the processor can */
INLINE lanes lanes_mul_add(lanes a, lanes b, lanes c);

/* The same number in each lane. */
INLINE lanes lanes_all(float value)
{
	return (lanes) { 0 } + value;
}

INLINE lanes lanes_load(const float *values)
{
	lanes result;

	memcpy(&result, values, sizeof(result));
	return result;
}

INLINE void lanes_store(float *values, lanes from)
{
	memcpy(values, &from, sizeof(from));
}

/* The first @n; the rest is zero. */
INLINE lanes lanes_load_some(const float *values, uint32_t n)
{
	lanes result = { 0 };

	memcpy(&result, values, n * sizeof(*values));
	return result;
}

/* @yes where @which is all ones, @no where it is zero */
INLINE lanes lanes_select(lanes_int which, lanes yes, lanes no)
{
	return (lanes)((which & (lanes_int)yes) | (~which & (lanes_int)no));
}

INLINE float lanes_sum(lanes values)
{
	float some[LANES];

	lanes_store(some, values);
	for (unsigned int half = LANES / 2; half; half /= 2)
		for (unsigned int i = 0; i < half; i++)
			some[i] += some[i + half];
	return some[0];
}

/*
 * lanes_exp(): e^x = 2^k e^r, k = x / ln 2 to the nearest, |r| <= ln(2) / 2. ln 2 is taken off in two
 * parts, the first of which has few enough bits for k times it to be exact; e^r by its Taylor series
 * to r^7, whose rest is below 2^-27. From -87 to 88; beyond it stays at the bound.
 */
INLINE lanes lanes_exp(lanes x)
{
	const float to_nearest = 0x1.8p23f;
	lanes k, r, sum;
	lanes_int bits;

	x = lanes_select(x < -87.0f, lanes_all(-87), x);
	x = lanes_select(x > 88.0f, lanes_all(88), x);
	k = x * 0x1.715476p0f + to_nearest;
	bits = ((lanes_int)k << 23) + 0x3f800000;
	k -= to_nearest;
	r = x - k * 0x1.62e4p-1f - k * 0x1.7f7d1cp-20f;
	sum = r * (1.0f / 5040) + 1.0f / 720;
	sum = sum * r + 1.0f / 120;
	sum = sum * r + 1.0f / 24;
	sum = sum * r + 1.0f / 6;
	sum = sum * r + 0.5f;
	sum = sum * (r * r) + r + 1.0f;
	return sum * (lanes)bits;
}

static void rms_norm(float *dst, const float *src, const float *weight, uint32_t n, float epsilon)
{
	lanes squares = { 0 };
	uint32_t i;
	float scale;

	for (i = 0; i + LANES <= n; i += LANES)
		squares += lanes_load(src + i) * lanes_load(src + i);
	if (i < n) {
		lanes rest = lanes_load_some(src + i, n - i);

		squares += rest * rest;
	}
	scale = 1 / sqrtf(lanes_sum(squares) / (float)n + epsilon);
	for (i = 0; i < n; i++)
		dst[i] = src[i] * scale * weight[i];
}

INLINE lanes silu(lanes x)
{
	return x / (1.0f + lanes_exp(-x));
}

static void swiglu(float *gate, const float *up, uint32_t n)
{
	uint32_t i;

	for (i = 0; i + LANES <= n; i += LANES)
		lanes_store(gate + i, silu(lanes_load(gate + i)) * lanes_load(up + i));
	if (i < n) {
		lanes rest = silu(lanes_load_some(gate + i, n - i)) * lanes_load_some(up + i, n - i);

		memcpy(gate + i, &rest, (n - i) * sizeof(*gate));
	}
}

static void to_halves(uint16_t *halves, const float *values, uint32_t n)
{
	uint16_t rest[LANES];
	uint32_t i;

	for (i = 0; i + LANES <= n; i += LANES)
		lanes_to_halves(halves + i, lanes_load(values + i));
	if (i < n) {
		lanes_to_halves(rest, lanes_load_some(values + i, n - i));
		memcpy(halves + i, rest, (n - i) * sizeof(*halves));
	}
}

/* Lanes of a page's scores, and heads that keys and values are loaded once for: so many that registers hold them. */
#define PARTS (INFER_PAGE / LANES)
#define HEADS (LANES / 4)

/* weigh(): a head's scores to exp(score - max), beside what it has so far; returns what that must be scaled by. */
INLINE float weigh(float scores[INFER_PAGE], uint32_t n, float *max, float *sum)
{
	float most = *max, factor;
	lanes total = { 0 };

	for (uint32_t i = 0; i < n; i++)
		most = scores[i] > most ? scores[i] : most;
	for (uint32_t i = 0; i < INFER_PAGE; i += LANES)
		lanes_store(scores + i, lanes_exp(lanes_load(scores + i) - most));
	/* What lies in the page beyond n may be anything. */
	for (uint32_t i = n; i < INFER_PAGE; i++)
		scores[i] = 0;
	for (uint32_t i = 0; i < INFER_PAGE; i += LANES)
		total += lanes_load(scores + i);
	factor = *max > -INFINITY ? expf(*max - most) : 0;
	*max = most;
	*sum = *sum * factor + lanes_sum(total);
	return factor;
}

/* score(): of @heads queries, a constant, one after the other */
INLINE void score(const float *q, uint32_t head_dim, const uint32_t heads, const uint16_t *keys,
		  float scores[][INFER_PAGE])
{
	lanes sums[HEADS][PARTS] = { 0 };

	for (uint32_t d = 0; d < head_dim; d++)
#pragma GCC unroll 8
		for (uint32_t part = 0; part < PARTS; part++) {
			lanes key = lanes_from_halves(keys + INFER_PAGE * d + LANES * part);

#pragma GCC unroll 4
			for (uint32_t h = 0; h < heads; h++)
				sums[h][part] = lanes_mul_add(key, lanes_all(q[h * head_dim + d]), sums[h][part]);
		}
	for (uint32_t h = 0; h < heads; h++)
		for (uint32_t part = 0; part < PARTS; part++)
			lanes_store(scores[h] + LANES * part, sums[h][part]);
}

/* attend_some(): heads @first to @first + @heads - 1, a constant */
INLINE void attend_some(const struct native_heads *all, uint32_t first, const uint32_t heads, const uint16_t *keys,
			const uint16_t *values, uint32_t n)
{
	float *out = all->out + (size_t)first * all->padded;
	float weights[HEADS][INFER_PAGE], factor[HEADS];

	score(all->q + (size_t)first * all->head_dim, all->head_dim, heads, keys, weights);
	for (uint32_t h = 0; h < heads; h++)
		factor[h] = weigh(weights[h], n, &all->max[first + h], &all->sum[first + h]);
	for (uint32_t d = 0; d < all->padded; d += LANES) {
		lanes sums[HEADS];

		for (uint32_t h = 0; h < heads; h++)
			sums[h] = lanes_load(out + h * all->padded + d) * factor[h];
		for (uint32_t i = 0; i < n; i++) {
			lanes value = lanes_from_halves(values + (size_t)i * all->padded + d);

#pragma GCC unroll 4
			for (uint32_t h = 0; h < heads; h++)
				sums[h] = lanes_mul_add(value, lanes_all(weights[h][i]), sums[h]);
		}
		for (uint32_t h = 0; h < heads; h++)
			lanes_store(out + h * all->padded + d, sums[h]);
	}
}

static void attend(const struct native_heads *heads, const uint16_t *keys, const uint16_t *values, uint32_t n)
{
	uint32_t h = 0;

	for (; h + HEADS <= heads->group; h += HEADS)
		attend_some(heads, h, HEADS, keys, values, n);
	for (; h < heads->group; h++)
		attend_some(heads, h, 1, keys, values, n);
}

static void merge(const struct native_heads *heads, const struct native_heads *more)
{
	for (uint32_t h = 0; h < heads->group; h++) {
		float most = heads->max[h] > more->max[h] ? heads->max[h] : more->max[h];
		float ours = heads->max[h] > -INFINITY ? expf(heads->max[h] - most) : 0;
		float theirs = more->max[h] > -INFINITY ? expf(more->max[h] - most) : 0;
		float *out = heads->out + (size_t)h * heads->padded;
		const float *other = more->out + (size_t)h * heads->padded;

		for (uint32_t d = 0; d < heads->padded; d += LANES)
			lanes_store(out + d, lanes_load(out + d) * ours + lanes_load(other + d) * theirs);
		heads->sum[h] = heads->sum[h] * ours + more->sum[h] * theirs;
		heads->max[h] = most;
	}
}

/* Independent sums: registers enough to keep the processor's multipliers busy, and no more than there are. */
#define FMA_CHAINS 10u

static float fma_rounds(uint32_t rounds)
{
	lanes sums[FMA_CHAINS], factor = lanes_all(0.5f), more = lanes_all((float)rounds);

	for (uint32_t i = 0; i < FMA_CHAINS; i++)
		sums[i] = lanes_all((float)i);
	while (rounds--)
#pragma GCC unroll 16
		for (uint32_t i = 0; i < FMA_CHAINS; i++)
			sums[i] = lanes_mul_add(sums[i], factor, more);
	for (uint32_t i = 1; i < FMA_CHAINS; i++)
		sums[0] += sums[i];
	return lanes_sum(sums[0]);
}

#define KERNELS_IN_LANES                                                                                \
	.rms_norm = rms_norm, .swiglu = swiglu, .to_halves = to_halves, .attend = attend, .merge = merge, \
	.fma = fma_rounds, .fmas = FMA_CHAINS * LANES

#endif
