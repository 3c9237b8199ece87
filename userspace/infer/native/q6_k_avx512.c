// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Q6_K, 64 values (four groups) at once: lane l is of group l % 4. A value is put as the third byte of 128's float, which
 * makes it 128 + q. Prepared are, for each 64 values, the activations in that order, and -(128 + 32) times each
 * lane's four.
 */
#ifdef __x86_64__

#include "avx512.h"

#define VALUES 256u
#define UNIT_FLOATS 80u
#define FLOATS (4 * UNIT_FLOATS)

static void prepare(const float *x, float *prepared)
{
	for (uint32_t unit = 0; unit < 4; unit++)
		for (uint32_t lane = 0; lane < 16; lane++) {
			float *to = prepared + UNIT_FLOATS * unit + lane, sum = 0;

			for (uint32_t k = 0; k < 4; k++) {
				to[16 * k] = x[64 * unit + 16 * (lane % 4) + 4 * k + lane / 4];
				sum += to[16 * k];
			}
			to[64] = -160 * sum;
		}
}

/* Which of a unit's bytes goes to each lane's third. */
static __m512i bytes_of_lanes(uint32_t k)
{
	uint8_t index[64] = { 0 };

	for (uint32_t lane = 0; lane < 16; lane++)
		index[4 * lane + 2] = (uint8_t)(16 * (lane % 4) + 4 * k + lane / 4);
	return _mm512_loadu_si512(index);
}

/* six_bits(): a unit's values, a byte each; units 0 and 1 are the low nibbles of each half's ql, 1 and 3 the high. */
INLINE __m512i six_bits(const struct infer_q6_k *block, uint32_t unit)
{
	const __m512i nibble = _mm512_set1_epi8(15), six = _mm512_set1_epi8(63);
	__m512i low = _mm512_loadu_si512(block->ql + 64 * (unit / 2));
	__m512i high = _mm512_broadcast_i64x4(_mm256_loadu_si256((const void *)(block->qh + 32 * (unit / 2))));

	/* Bits that a shift takes over from the neighbouring byte are masked out. */
	if (unit & 1) {
		low = _mm512_srli_epi16(low, 4);
		high = _mm512_srlv_epi16(high, _mm512_inserti64x4(_mm512_setzero_si512(), _mm256_set1_epi16(2), 1));
	} else {
		high = _mm512_sllv_epi16(high, _mm512_inserti64x4(_mm512_set1_epi16(4), _mm256_set1_epi16(2), 1));
	}
	/* 0xca: the first bit chooses between second and third */
	return _mm512_and_si512(_mm512_ternarylogic_epi32(nibble, low, high, 0xca), six);
}

INLINE __m512 group_scales(const struct infer_q6_k *block)
{
	__m512i scales = _mm512_cvtepi8_epi32(_mm_loadu_si128((const void *)block->scales));

	return _mm512_mul_ps(_mm512_cvtepi32_ps(scales), _mm512_set1_ps(_cvtsh_ss(block->d)));
}

/* The four scales of a unit, in each four lanes. */
INLINE __m512 unit_scales(__m512 scales, uint32_t unit)
{
	switch (unit) {
	case 0:
		return _mm512_shuffle_f32x4(scales, scales, 0x00);
	case 1:
		return _mm512_shuffle_f32x4(scales, scales, 0x55);
	case 2:
		return _mm512_shuffle_f32x4(scales, scales, 0xaa);
	default:
		return _mm512_shuffle_f32x4(scales, scales, 0xff);
	}
}

INLINE __m512 add_unit(__m512 sum, const __m512 w[4], const float *p, __m512 scale)
{
	__m512 t = _mm512_load_ps(p + 64);

#pragma GCC unroll 4
	for (uint32_t k = 0; k < 4; k++)
		t = _mm512_fmadd_ps(w[k], _mm512_load_ps(p + 16 * k), t);
	return _mm512_fmadd_ps(t, scale, sum);
}

INLINE void q6_k_tile(const struct native_product *product, const uint8_t *weight, const uint8_t *ahead,
		      const float *const *x, float *sums, const uint32_t rows, const uint32_t batch)
{
	const __m512i places[4] = { bytes_of_lanes(0), bytes_of_lanes(1), bytes_of_lanes(2), bytes_of_lanes(3) };
	const __m512i exponent = _mm512_set1_epi32(0x43000000);
	const uint32_t blocks = product->columns / VALUES;
	__m512 sum[TILE_SUMS];

	for (uint32_t i = 0; i < rows * batch; i++)
		sum[i] = _mm512_setzero_ps();
	for (uint32_t i = 0; i < blocks; i++) {
		const struct infer_q6_k *block[4];
		__m512 scales[4];

#pragma GCC unroll 4
		for (uint32_t r = 0; r < rows; r++) {
			block[r] = (const struct infer_q6_k *)(weight + r * product->row_bytes) + i;
			scales[r] = group_scales(block[r]);
		}
#pragma GCC unroll 4
		for (uint32_t unit = 0; unit < 4; unit++) {
			__m512 w[4][4], scale[4];

#pragma GCC unroll 4
			for (uint32_t r = 0; r < rows; r++) {
				__m512i bytes = six_bits(block[r], unit);

				PREFETCH(ahead);
				ahead += unit < 3 ? 53 : 51;
				scale[r] = unit_scales(scales[r], unit);
#pragma GCC unroll 4
				for (uint32_t k = 0; k < 4; k++)
					w[r][k] = _mm512_castsi512_ps(_mm512_mask_permutexvar_epi8(
						exponent, 0x4444444444444444, places[k], bytes));
				if (batch == 1)
					sum[r] = add_unit(sum[r], w[r], x[0] + i * FLOATS + unit * UNIT_FLOATS, scale[r]);
			}
#pragma GCC unroll 8
			for (uint32_t b = 0; b < batch && batch > 1; b++)
#pragma GCC unroll 4
				for (uint32_t r = 0; r < rows; r++)
					sum[r * batch + b] = add_unit(sum[r * batch + b], w[r],
								      x[b] + i * FLOATS + unit * UNIT_FLOATS, scale[r]);
		}
	}
	sums_put(sums, sum, rows * batch);
}

TILES(q6_k);

const struct native_layout native_q6_k_avx512 = { VALUES, FLOATS, prepare, &q6_k };

#endif
