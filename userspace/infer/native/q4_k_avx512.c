// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Q4_K with AVX-512: a unit is a block, two lanes of each vector are of a group. A lane's sum is 16 * 15 * limit at most.
 */
#ifdef __x86_64__

#include "planes.h"

static const struct planes_type type = {
	.bytes = sizeof(struct infer_q4_k), .groups = 8, .order = { 0, 1, 2, 3, 4, 5, 6, 7 },
	.limit = 127 << 16, .factor = 1, .minima = true,
};

static void prepare(const float *x, float *prepared)
{
	planes_prepare(&type, x, prepared);
}

/*
 * scales(): d * scale of group 0, dmin * min of group 0, and so on. infer_q4_k_scale() in all lanes: each gets the byte with
 * the lower bits and, of the last four groups, that with the two upper ones above it.
 */
INLINE __m512 scales(const struct infer_q4_k *block)
{
	/* Which of a block's first 16 bytes; 0xff: zero */
	const __m512i places = _mm512_setr_epi32(
		(int)0xffffff04, (int)0xffffff08, (int)0xffffff05, (int)0xffffff09,
		(int)0xffffff06, (int)0xffffff0a, (int)0xffffff07, (int)0xffffff0b,
		(int)0xffff040c, (int)0xffff080c, (int)0xffff050d, (int)0xffff090d,
		(int)0xffff060e, (int)0xffff0a0e, (int)0xffff070f, (int)0xffff0b0f);
	const __m512i lower = _mm512_setr_epi32(63, 63, 63, 63, 63, 63, 63, 63, 15, 15, 15, 15, 15, 15, 15, 15);
	const __m512i shift = _mm512_setr_epi32(0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 4, 0, 4, 0, 4);
	__m512i bits = _mm512_shuffle_epi8(_mm512_broadcast_i32x4(_mm_loadu_si128((const void *)block)), places);
	int32_t both;

	/* 0xca: the first bit chooses between second and third */
	bits = _mm512_ternarylogic_epi32(lower, _mm512_srlv_epi32(bits, shift), _mm512_srli_epi32(bits, 10), 0xca);
	memcpy(&both, block, sizeof(both));
	return _mm512_mul_ps(_mm512_cvtepi32_ps(bits), _mm512_cvtph_ps(_mm256_set1_epi32(both)));
}

/* unpack(): of each 32 bytes, two groups' nibbles, the vectors get eight bytes each in turn. */
INLINE struct planes_weights unpack(const uint8_t *unit, size_t left)
{
	const struct infer_q4_k *block = (const struct infer_q4_k *)unit;
	const __m512i nibble = _mm512_set1_epi8(15);
	__m512i first = _mm512_loadu_si512(block->qs), second = _mm512_loadu_si512(block->qs + 64);
	struct planes_weights weights;

	(void)left;
#pragma GCC unroll 2
	for (uint32_t half = 0; half < 2; half++) {
		__m512i bytes = half ? _mm512_shuffle_i32x4(first, second, 0xdd) :
				       _mm512_shuffle_i32x4(first, second, 0x88);
		__m512i low = _mm512_and_si512(bytes, nibble);
		__m512i high = _mm512_and_si512(_mm512_srli_epi16(bytes, 4), nibble);

		weights.w[2 * half] = _mm512_unpacklo_epi64(low, high);
		weights.w[2 * half + 1] = _mm512_unpackhi_epi64(low, high);
	}
	weights.minima = scales(block);
	weights.scale = _mm512_moveldup_ps(weights.minima);
	return weights;
}

INLINE void q4_k_tile(const struct native_product *product, const uint8_t *weight, const uint8_t *ahead,
		      const float *const *x, float *sums, const uint32_t rows, const uint32_t batch)
{
	planes_tile(&type, unpack, product, weight, ahead, x, sums, rows, batch);
}

TILES(q4_k);

const struct native_layout native_q4_k_avx512 = { PLANES_VALUES, PLANES_FLOATS, prepare, &q4_k };

#endif
