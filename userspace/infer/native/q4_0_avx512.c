// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Q4_0, two blocks at once: even lanes are of the first, odd ones of the second, so that one multiplication by the
 * scales serves 64 values.
 *
 * A byte is c = low + 16 high. As
 *
 *	(low - 8) x + (high - 8) z = low (x - z / 16) + c (z / 16) - 8 (x + z),
 *
 * low and c do, and high needs not be taken out. The byte is put third in a double word: so c, times 2^16, is a conversion
 * away, and with 128's exponent the low nibble makes 128 + low. Prepared are, for each half of the bytes, z / 2^20 and
 * x - z / 16; and of each lane's values what undoes the 128s and the 8s.
 */
#ifdef __x86_64__

#include "avx512.h"

#define PAIR_VALUES 64u
#define PAIR_FLOATS 80u
#define BLOCK_BYTES ((uint32_t)sizeof(struct infer_q4_0))

static void prepare(const float *x, float *prepared)
{
	for (uint32_t lane = 0; lane < 16; lane++) {
		float sum = 0;

		for (uint32_t half = 0; half < 2; half++) {
			const float *low = x + 32 * (lane & 1) + 8 * half + lane / 2;
			float *to = prepared + 32 * half + lane;

			to[0] = low[16] * 0x1p-20f;
			to[16] = low[0] - low[16] / 16;
			sum += 8 * (low[0] + low[16]) + 128 * to[16];
		}
		prepared[64 + lane] = -sum;
	}
}

/* Which of a pair's 32 bytes is each lane's; @half: 0 or 1 */
static __m512i bytes_of_lanes(uint32_t half)
{
	uint8_t index[64] = { 0 };

	for (uint32_t lane = 0; lane < 16; lane++)
		index[4 * lane + 2] = (uint8_t)(16 * (lane & 1) + 8 * half + lane / 2);
	return _mm512_loadu_si512(index);
}

/* load(): the bytes of a pair, or of a row's last block alone */
INLINE __m512i load(const struct infer_q4_0 *blocks, bool pair)
{
	__m256i bytes = _mm256_castsi128_si256(_mm_loadu_si128((const void *)blocks[0].qs));

	if (__builtin_expect(pair, 1))
		bytes = _mm256_inserti128_si256(bytes, _mm_loadu_si128((const void *)blocks[1].qs), 1);
	return _mm512_castsi256_si512(bytes);
}

INLINE void q4_0_tile(const struct native_product *product, const uint8_t *weight, const uint8_t *ahead,
		      const float *const *x, float *sums, const uint32_t rows, const uint32_t batch)
{
	const __m512i places[2] = { bytes_of_lanes(0), bytes_of_lanes(1) };
	const __m512i nibble = _mm512_set1_epi32(0xf0000), exponent = _mm512_set1_epi32(0x43000000);
	const uint32_t blocks = product->columns / 32;
	const size_t row_bytes = product->row_bytes;
	struct scales scales;
	__m512 sum[TILE_SUMS];

	for (uint32_t i = 0; i < rows * batch; i++)
		sum[i] = _mm512_setzero_ps();
	for (uint32_t r = 0; r < rows; r++)
		scales_fetch(&scales, r, weight + r * row_bytes, BLOCK_BYTES, blocks);
	for (uint32_t first = 0; first < blocks; first += SCALES) {
		uint32_t n = blocks - first < SCALES ? blocks - first : SCALES;

		for (uint32_t r = 0; r < rows; r++)
			scales_turn(&scales, r, weight + r * row_bytes + (size_t)first * BLOCK_BYTES, BLOCK_BYTES,
				    blocks - first);
		for (uint32_t i = 0; i < n; i += 2) {
			size_t at = (size_t)(first + i) * BLOCK_BYTES;
			size_t xs = (size_t)(first + i) / 2 * PAIR_FLOATS;
			__m512 w[4][4], d[4];

#pragma GCC unroll 4
			for (uint32_t r = 0; r < rows; r++) {
				const uint8_t *pair = weight + r * row_bytes + at;
				__m512i bytes = load((const void *)pair, i + 1 < n);
				__m512i a = _mm512_maskz_permutexvar_epi8(0x4444444444444444, places[0], bytes);
				__m512i b = _mm512_maskz_permutexvar_epi8(0x4444444444444444, places[1], bytes);

				PREFETCH(ahead);
				ahead += 2 * BLOCK_BYTES;
				/* 0xea: (first & second) | third */
				w[r][0] = _mm512_cvtepi32_ps(a);
				w[r][1] = _mm512_castsi512_ps(_mm512_ternarylogic_epi32(a, nibble, exponent, 0xea));
				w[r][2] = _mm512_cvtepi32_ps(b);
				w[r][3] = _mm512_castsi512_ps(_mm512_ternarylogic_epi32(b, nibble, exponent, 0xea));
				d[r] = _mm512_castsi512_ps(_mm512_broadcastq_epi64(
					_mm_loadl_epi64((const void *)&scales.values[r][i])));
			}
#pragma GCC unroll 8
			for (uint32_t b = 0; b < batch; b++) {
				const float *p = x[b] + xs;
#pragma GCC unroll 4
				for (uint32_t r = 0; r < rows; r++) {
					__m512 t = _mm512_load_ps(p + 64);
#pragma GCC unroll 4
					for (uint32_t k = 0; k < 4; k++)
						t = _mm512_fmadd_ps(w[r][k], _mm512_load_ps(p + 16 * k), t);
					sum[r * batch + b] = _mm512_fmadd_ps(t, d[r], sum[r * batch + b]);
				}
			}
		}
	}
	sums_put(sums, sum, rows * batch);
}

TILES(q4_0);

const struct native_layout native_q4_0_avx512 = { PAIR_VALUES, PAIR_FLOATS, prepare, &q4_0 };

#endif
