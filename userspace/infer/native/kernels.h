/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the native leg has once for each set of instructions.
 *
 * What a row of a batch gives does not depend on which other rows are in it, nor on the number of
 * threads: for one row of weights and one of activations each kernel does the same operations in the
 * same order, however many of them it works on at once. So a request's tokens do not depend on who
 * else is served.
 */
#ifndef NATIVE_KERNELS_H
#define NATIVE_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leg.h"

/**
 * struct native_product - a matrix times some rows of activations
 * @row_bytes: of @weight
 * @x: [n], rows of activations, as prepare() left them
 * @y: [n], where results go: of matrix row r to y[i][r]
 * @bias: NULL, or [rows]
 * @add: to what is in @y
 * @next: weights that are multiplied after these by the same thread, to be prefetched; NULL if none are
 */
struct native_product {
	enum infer_type type;
	const uint8_t *weight;
	size_t row_bytes;
	uint32_t columns, n;
	const float *const *x;
	float *const *y;
	const float *bias;
	bool add;
	const uint8_t *next;
};

/**
 * struct native_heads - query heads that share their keys and values, and what they have seen
 * @head_dim: of which values are stored padded to whole lanes, @padded
 * @group: heads
 * @q: [group][head_dim], scaled by 1 / sqrt(head_dim)
 * @max: [group], greatest score
 * @sum: [group], of exp(score - max)
 * @out: [group][padded], of exp(score - max) * value
 */
struct native_heads {
	uint32_t head_dim, padded, group;
	const float *q;
	float *max, *sum, *out;
};

struct native_kernels {
	const char *name;
	bool (*supported)(void);

	/* Floats that prepare() writes for a row of so many activations; 0 if product() takes them as they are. */
	size_t (*prepared)(enum infer_type type, uint32_t columns);
	/* A row of activations in the order, and with the sums, that product() wants. @prepared: aligned to 64 bytes */
	void (*prepare)(enum infer_type type, const float *x, uint32_t columns, float *prepared);
	/* Rows @first to @end - 1 */
	void (*product)(const struct native_product *product, uint32_t first, uint32_t end);

	void (*rms_norm)(float *dst, const float *src, const float *weight, uint32_t n, float epsilon);
	void (*swiglu)(float *gate, const float *up, uint32_t n);
	void (*to_halves)(uint16_t *halves, const float *values, uint32_t n);
	/*
	 * One page more: @keys [head_dim][INFER_PAGE], @values [INFER_PAGE][padded], both F16, of which the first @n
	 * tokens count.
	 */
	void (*attend)(const struct native_heads *heads, const uint16_t *keys, const uint16_t *values, uint32_t n);
	/* For measuring: @fmas multiplications with additions in each of so many rounds; what it returns is of no meaning. */
	float (*fma)(uint32_t rounds);
	uint32_t fmas;
	/* What @more has seen is added to what @heads have. */
	void (*merge)(const struct native_heads *heads, const struct native_heads *more);
};

extern const struct native_kernels native_kernels_plain;
#ifdef __x86_64__
extern const struct native_kernels native_kernels_avx2, native_kernels_avx512;
#endif
#ifdef __aarch64__
extern const struct native_kernels native_kernels_neon;
#endif

/**
 * native_kernels_named() - the kernels of that name that this processor has; NULL for the best
 *
 * Return: NULL if there are none.
 */
const struct native_kernels *native_kernels_named(const char *name);

#endif
