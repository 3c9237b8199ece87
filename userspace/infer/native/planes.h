/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Weights of 4 and 6 bits by AVX-512: as unsigned bytes, with activations that are integers.
 *
 * As floats, 64 weights take four conversions and four multiplications beside what it takes to part their bits, and a core
 * then reads 30 to 38 GB/s from its own caches: two of them less than memory has. VPDPBUSD multiplies 64 bytes, and adds
 * up four products in each of 16 lanes.
 *
 * A unit is 256 values of a row. Its activations become integers of one scale, 22 or 23 bits and a sign, of which a float has
 * 24: no more is lost than where floats are added up. Each is three signed bytes, 65536 a + 256 b + c, in three planes, whose
 * sums are put together with shifts. All is exact until a unit's whole sum becomes floats.
 *
 * A unit's values are of 8 or 16 groups that have a scale each. It is four vectors of 64 bytes, and the same lanes of each are
 * of the same group, so that a lane has one scale for all: vector v has of each group the v-th run of as many values as
 * there is room for.
 *
 *	                 8 groups, two lanes each             16 groups, a lane each
 *	vector 0         0-7    32-39  ... 224-231            0-3    16-19  ... 240-243
 *	vector 1         8-15   40-47  ... 232-239            4-7    20-23  ... 244-247
 */
#ifndef NATIVE_PLANES_H
#define NATIVE_PLANES_H

#include <float.h>

#include "avx512.h"

#define PLANES 3u
#define PLANES_VALUES 256u
#define PLANES_VECTORS (PLANES_VALUES / 64)
/* Rows whose products are interleaved: activations are loaded once for both, and registers suffice. */
#define PLANES_ROWS 2u

/**
 * struct planes_type - what differs between types
 * @bytes: of a unit's weights
 * @groups: of a unit, 8 or 16
 * @order: which group is the first of a vector, the second, and so on
 * @limit: greatest activation as an integer: so that a lane's sum fits into 32 bits, and its highest plane into 8
 * @factor: times the scale of weights is what they are
 * @zero: the byte of weight 0, for types without minima
 * @minima: each of the groups, 8, has one, too
 */
struct planes_type {
	uint32_t bytes, groups;
	uint8_t order[16];
	float limit, factor;
	int32_t zero;
	bool minima;
};

/**
 * struct planes_unit - a unit's activations
 * @offset: -zero times the sum of each lane's integers
 * @sums: with minima instead: in odd lanes each group's negative sum, in even ones 0
 * @scale: of the integers, times the type's factor
 */
struct planes_unit {
	int8_t bytes[PLANES][PLANES_VECTORS][64];
	union {
		int32_t offset[16];
		float sums[16];
	};
	float scale, pad[15];
};

#define PLANES_FLOATS ((uint32_t)(sizeof(struct planes_unit) / sizeof(float)))

/**
 * struct planes_weights - a unit's weights
 * @w: a byte each
 * @scale: of each lane's group
 * @minima: of each group, in its odd lane
 */
struct planes_weights {
	__m512i w[PLANES_VECTORS];
	__m512 scale, minima;
};

/* Unpacks a unit, of which @left bytes are in the row: less than a whole one at the end of some. */
typedef struct planes_weights planes_unpack(const uint8_t *unit, size_t left);

/* Where a unit's greatest activation is below this, integers are less exact: so neither the scale is lost, nor one by it. */
#define PLANES_LEAST 0x1p-80f

/*
 * planes_integers(): to the nearest. The greatest is looked for in bits, where infinity and what is no number are above all
 * else: they become the scale, and so each result.
 *
 * Return: the scale.
 */
static inline float planes_integers(const struct planes_type *type, const float *x, int32_t *integers)
{
	const __m512i positive = _mm512_set1_epi32(0x7fffffff);
	__m512i most = _mm512_castps_si512(_mm512_set1_ps(PLANES_LEAST));
	__mmask16 finite;
	float greatest;
	int32_t bits;

	for (uint32_t i = 0; i < PLANES_VALUES; i += 16)
		most = _mm512_max_epi32(most, _mm512_and_si512(_mm512_loadu_si512(x + i), positive));
	bits = _mm512_reduce_max_epi32(most);
	memcpy(&greatest, &bits, sizeof(greatest));
	finite = greatest <= FLT_MAX ? 0xffff : 0;
	for (uint32_t i = 0; i < PLANES_VALUES; i += 16)
		_mm512_store_si512(integers + i, _mm512_maskz_cvtps_epi32(finite, _mm512_mul_ps(
			_mm512_loadu_ps(x + i), _mm512_set1_ps(type->limit / greatest))));
	return greatest / type->limit * type->factor;
}

/* planes_split(): from the lowest plane up; each byte is the nearest, and what it lacks is left to the next. */
static inline void planes_split(const int32_t *integers, int8_t bytes[PLANES][PLANES_VALUES])
{
	for (uint32_t i = 0; i < PLANES_VALUES; i += 16) {
		__m512i rest = _mm512_load_si512(integers + i);

		for (uint32_t plane = PLANES; plane--;) {
			_mm_store_si128((void *)(bytes[plane] + i), _mm512_cvtepi32_epi8(rest));
			rest = _mm512_srai_epi32(_mm512_add_epi32(rest, _mm512_set1_epi32(128)), 8);
		}
	}
}

INLINE void planes_prepare_groups(const struct planes_type *type, const uint32_t groups, const float *x,
				  struct planes_unit *unit)
{
	const uint32_t values = PLANES_VALUES / groups, run = 64 / groups, lanes = 16 / groups;
	_Alignas(64) int32_t integers[PLANES_VALUES];
	_Alignas(64) int8_t bytes[PLANES][PLANES_VALUES];

	*unit = (struct planes_unit) { .scale = planes_integers(type, x, integers) };
	for (uint32_t place = 0; place < groups; place++) {
		uint32_t first = type->order[place] * values;

#pragma GCC unroll 32
		for (uint32_t i = 0; i < values; i++)
			if (type->minima)
				unit->sums[lanes * place + 1] -= x[first + i];
			else
				unit->offset[lanes * place + i % run / 4] -= type->zero * integers[first + i];
	}
	planes_split(integers, bytes);
	for (uint32_t plane = 0; plane < PLANES; plane++)
		for (uint32_t v = 0; v < PLANES_VECTORS; v++)
			for (uint32_t place = 0; place < groups; place++)
				memcpy(unit->bytes[plane][v] + place * run,
				       bytes[plane] + type->order[place] * values + v * run, run);
}

INLINE void planes_prepare(const struct planes_type *type, const float *x, float *prepared)
{
	planes_prepare_groups(type, type->groups, x, (struct planes_unit *)prepared);
}

/*
 * planes_add(): to sums[r] the products of weights[r] with a plane of activations. With @keep these are loaded once for all
 * rows; else the compiler makes them operands in memory, which with many activations takes fewer instructions.
 */
INLINE void planes_add(__m512i *sums, const struct planes_weights *weights, const uint32_t rows, const int8_t plane[][64],
		       const bool keep)
{
#pragma GCC unroll 4
	for (uint32_t v = 0; v < PLANES_VECTORS; v++) {
		__m512i x = _mm512_load_si512(plane[v]);

		if (keep)
			__asm__("" : "+v"(x));
#pragma GCC unroll 2
		for (uint32_t r = 0; r < rows; r++)
			sums[r] = _mm512_dpbusd_epi32(sums[r], weights[r].w[v], x);
	}
}

/* planes_products(): to sums[r * stride] the products of weights[r] with a unit of activations. */
INLINE void planes_products(const struct planes_type *type, __m512 *sums, const uint32_t stride,
			    const struct planes_weights *weights, const uint32_t rows, const float *prepared,
			    const bool keep)
{
	const struct planes_unit *unit = (const struct planes_unit *)prepared;
	const __m512 scale = _mm512_set1_ps(unit->scale);
	/* A chain for each plane: one for all is so long that the processor cannot look far enough ahead. */
	__m512i plane[PLANES][PLANES_ROWS];

#pragma GCC unroll 3
	for (uint32_t p = 0; p < PLANES; p++) {
#pragma GCC unroll 2
		for (uint32_t r = 0; r < rows; r++)
			plane[p][r] = p < PLANES - 1 || type->minima ? _mm512_setzero_si512() :
								       _mm512_load_si512(unit->offset);
		planes_add(plane[p], weights, rows, unit->bytes[p], keep);
	}
#pragma GCC unroll 2
	for (uint32_t r = 0; r < rows; r++) {
		__m512i whole = _mm512_add_epi32(_mm512_slli_epi32(plane[0][r], 8), plane[1][r]);
		__m512 *sum = &sums[r * stride];

		whole = _mm512_add_epi32(_mm512_slli_epi32(whole, 8), plane[2][r]);
		if (type->minima)
			*sum = _mm512_fmadd_ps(weights[r].minima, _mm512_load_ps(unit->sums), *sum);
		*sum = _mm512_fmadd_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(whole), scale), weights[r].scale, *sum);
	}
}

INLINE void planes_tile(const struct planes_type *type, planes_unpack *unpack, const struct native_product *product,
			const uint8_t *weight, const uint8_t *ahead, const float *const *x, float *sums,
			const uint32_t rows, const uint32_t batch)
{
	const uint32_t at_once = rows < PLANES_ROWS ? rows : PLANES_ROWS;
	const size_t row_bytes = product->row_bytes;
	__m512 sum[TILE_SUMS];
	size_t xs = 0;

	for (uint32_t i = 0; i < rows * batch; i++)
		sum[i] = _mm512_setzero_ps();
	for (size_t at = 0; at < row_bytes; at += type->bytes, xs += PLANES_FLOATS) {
#pragma GCC unroll 2
		for (uint32_t row = 0; row < rows; row += at_once) {
			struct planes_weights weights[PLANES_ROWS];

#pragma GCC unroll 2
			for (uint32_t r = 0; r < at_once; r++, ahead += type->bytes) {
#pragma GCC unroll 4
				for (uint32_t line = 0; line < type->bytes; line += 64)
					PREFETCH(ahead + line);
				weights[r] = unpack(weight + (row + r) * row_bytes + at, row_bytes - at);
			}
#pragma GCC unroll 8
			for (uint32_t b = 0; b < batch; b++)
				planes_products(type, &sum[row * batch + b], batch, weights, at_once, x[b] + xs,
						batch == 1);
		}
	}
	sums_put(sums, sum, rows * batch);
}

#endif
