// SPDX-License-Identifier: GPL-2.0-or-later
/* Q4_0 with AVX-512: a unit is eight blocks, two lanes of each vector are of a block. */
#ifdef __x86_64__

#include "planes.h"

#define BLOCKS 8u
#define BLOCK_BYTES ((uint32_t)sizeof(struct infer_q4_0))
/* Each half of a unit: a vector, and 16 bytes that end with it. */
#define HALF (BLOCKS / 2 * BLOCK_BYTES)
#define LAST (HALF - 16)

static const struct planes_type type = {
	.bytes = BLOCKS * BLOCK_BYTES, .groups = BLOCKS, .order = { 0, 4, 1, 5, 2, 6, 3, 7 },
	.limit = 127 << 16, .factor = 1, .zero = 8,
};

static void prepare(const float *x, float *prepared)
{
	planes_prepare(&type, x, prepared);
}

/* Where in a half's vector and in its last 16 bytes the nibbles are. */
static __m512i places(void)
{
	uint8_t index[64];

	for (uint32_t i = 0; i < 64; i++) {
		uint32_t at = i / 16 * BLOCK_BYTES + 2 + i % 16;

		index[i] = (uint8_t)(at < 64 ? at : 64 + at - LAST);
	}
	return _mm512_loadu_si512(index);
}

/* Where in the two halves' vectors each lane's scale is. */
static __m512i scale_places(void)
{
	uint16_t index[32] = { 0 };

	for (uint32_t lane = 0; lane < 16; lane++)
		index[lane] = (uint16_t)(32 * (type.order[lane / 2] / 4) + type.order[lane / 2] % 4 * BLOCK_BYTES / 2);
	return _mm512_loadu_si512(index);
}

/* load(): a half, of which so many bytes are in the row */
INLINE void load(const uint8_t *half, size_t left, __m512i *first, __m512i *last)
{
	if (__builtin_expect(left >= HALF, 1)) {
		*first = _mm512_loadu_si512(half);
		*last = _mm512_castsi128_si512(_mm_loadu_si128((const void *)(half + LAST)));
	} else {
		/* Three blocks at most: less than a vector. */
		*first = _mm512_maskz_loadu_epi8((1ull << left) - 1, half);
		*last = _mm512_setzero_si512();
	}
}

INLINE struct planes_weights unpack(const uint8_t *unit, size_t left)
{
	const __m512i nibble = _mm512_set1_epi8(15), at = places();
	struct planes_weights weights;
	__m512i a, b, a_last, b_last, first, second;

	load(unit, left, &a, &a_last);
	load(unit + HALF, left > HALF ? left - HALF : 0, &b, &b_last);
	weights.scale = _mm512_cvtph_ps(_mm512_castsi512_si256(_mm512_permutex2var_epi16(a, scale_places(), b)));
	a = _mm512_permutex2var_epi8(a, at, a_last);
	b = _mm512_permutex2var_epi8(b, at, b_last);
	first = _mm512_unpacklo_epi64(a, b);
	second = _mm512_unpackhi_epi64(a, b);
	weights.w[0] = _mm512_and_si512(first, nibble);
	weights.w[1] = _mm512_and_si512(second, nibble);
	weights.w[2] = _mm512_and_si512(_mm512_srli_epi16(first, 4), nibble);
	weights.w[3] = _mm512_and_si512(_mm512_srli_epi16(second, 4), nibble);
	return weights;
}

INLINE void q4_0_tile(const struct native_product *product, const uint8_t *weight, const uint8_t *ahead,
		      const float *const *x, float *sums, const uint32_t rows, const uint32_t batch)
{
	planes_tile(&type, unpack, product, weight, ahead, x, sums, rows, batch);
}

TILES(q4_0);

const struct native_layout native_q4_0_avx512 = { PLANES_VALUES, PLANES_FLOATS, prepare, &q4_0 };

#endif
