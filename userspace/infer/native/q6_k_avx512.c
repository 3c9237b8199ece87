// SPDX-License-Identifier: GPL-2.0-or-later
/* Q6_K with AVX-512: a unit is a block, whose quarters, of four groups of 16 values each, are four vectors. */
#ifdef __x86_64__

#include "planes.h"

/* A lane's sum is 16 * 32 * limit at most once the offset is in it. A scale is put as the highest byte of its lane. */
static const struct planes_type type = {
	.bytes = sizeof(struct infer_q6_k), .groups = 16,
	.order = { 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15 },
	.limit = 63 << 16, .factor = 0x1p-24f, .zero = 32,
};

static void prepare(const float *x, float *prepared)
{
	planes_prepare(&type, x, prepared);
}

INLINE __m512 scales(const struct infer_q6_k *block)
{
	const __m512i places = _mm512_setr_epi32(
		0x00ffffff, 0x04ffffff, 0x08ffffff, 0x0cffffff, 0x01ffffff, 0x05ffffff, 0x09ffffff, 0x0dffffff,
		0x02ffffff, 0x06ffffff, 0x0affffff, 0x0effffff, 0x03ffffff, 0x07ffffff, 0x0bffffff, 0x0fffffff);
	__m512i all = _mm512_broadcast_i32x4(_mm_loadu_si128((const void *)block->scales));

	return _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_shuffle_epi8(all, places)),
			     _mm512_cvtph_ps(_mm256_set1_epi16((int16_t)block->d)));
}

/* quarter(): 0 and 2 are the low nibbles of each half's ql, 1 and 3 the high ones. */
INLINE __m512i quarter(const struct infer_q6_k *block, uint32_t k)
{
	const __m512i nibble = _mm512_set1_epi8(15), six = _mm512_set1_epi8(63);
	__m512i low = _mm512_loadu_si512(block->ql + 64 * (k / 2));
	__m512i high = _mm512_broadcast_i64x4(_mm256_loadu_si256((const void *)(block->qh + 32 * (k / 2))));

	/* Bits that a shift takes over from the neighbouring byte are masked out. */
	if (k & 1) {
		low = _mm512_srli_epi16(low, 4);
		high = _mm512_srlv_epi64(high, _mm512_setr_epi64(0, 0, 0, 0, 2, 2, 2, 2));
	} else {
		high = _mm512_sllv_epi64(high, _mm512_setr_epi64(4, 4, 4, 4, 2, 2, 2, 2));
	}
	/* 0xca: the first bit chooses between second and third */
	return _mm512_and_si512(_mm512_ternarylogic_epi32(nibble, low, high, 0xca), six);
}

/* Of the quarters' groups, four double words each, the v-th go to vector v: four times four are transposed. */
INLINE struct planes_weights unpack(const uint8_t *unit, size_t left)
{
	const struct infer_q6_k *block = (const struct infer_q6_k *)unit;
	__m512i a = quarter(block, 0), b = quarter(block, 1), c = quarter(block, 2), d = quarter(block, 3);
	__m512i ab = _mm512_unpacklo_epi32(a, b), cd = _mm512_unpacklo_epi32(c, d);
	struct planes_weights weights;

	(void)left;
	weights.w[0] = _mm512_unpacklo_epi64(ab, cd);
	weights.w[1] = _mm512_unpackhi_epi64(ab, cd);
	ab = _mm512_unpackhi_epi32(a, b);
	cd = _mm512_unpackhi_epi32(c, d);
	weights.w[2] = _mm512_unpacklo_epi64(ab, cd);
	weights.w[3] = _mm512_unpackhi_epi64(ab, cd);
	weights.scale = scales(block);
	return weights;
}

INLINE void q6_k_tile(const struct native_product *product, const uint8_t *weight, const uint8_t *ahead,
		      const float *const *x, float *sums, const uint32_t rows, const uint32_t batch)
{
	planes_tile(&type, unpack, product, weight, ahead, x, sums, rows, batch);
}

TILES(q6_k);

const struct native_layout native_q6_k_avx512 = { PLANES_VALUES, PLANES_FLOATS, prepare, &q6_k };

#endif
