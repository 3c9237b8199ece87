// SPDX-License-Identifier: GPL-2.0-or-later
/* Q4_K and Q6_K with AVX2. Activations stay in order; Q4_K takes each group's negative sum beside them. */
#ifdef __x86_64__

#include "avx2.h"
#include "q4_k_scales.h"

#define VALUES 256u
#define Q4_K_FLOATS 272u

static void prepare_q4_k(const float *x, float *prepared)
{
	memcpy(prepared, x, VALUES * sizeof(*x));
	for (uint32_t group = 0; group < 8; group++) {
		float sum = 0;

		for (uint32_t i = 0; i < 32; i++)
			sum += x[32 * group + i];
		/* As scales and minima lie below. */
		prepared[VALUES + 2 * group] = 0;
		prepared[VALUES + 2 * group + 1] = -sum;
	}
}

/* q4_k_scales(): d * scale and dmin * min of each group in turn */
INLINE void q4_k_scales(const struct infer_q4_k *block, float values[16])
{
	uint64_t scale, min;
	uint32_t both;
	__m128i bytes;
	__m256 d;

	q4_k_bytes(block, &scale, &min);
	memcpy(&both, block, sizeof(both));
	bytes = _mm_unpacklo_epi8(_mm_cvtsi64_si128((int64_t)scale), _mm_cvtsi64_si128((int64_t)min));
	d = _mm256_castpd_ps(_mm256_broadcastsd_pd(_mm_castps_pd(_mm_cvtph_ps(_mm_cvtsi32_si128((int32_t)both)))));
	_mm256_store_ps(values, _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes)), d));
	bytes = _mm_unpackhi_epi64(bytes, bytes);
	_mm256_store_ps(values + 8, _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes)), d));
}

/* Of 32 bytes the nibbles of one half, as floats. */
INLINE void q4_k_unpack(const uint8_t *qs, uint32_t high, __m256 w[4])
{
#pragma GCC unroll 4
	for (uint32_t k = 0; k < 4; k++) {
		__m256i wide = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const void *)(qs + 8 * k)));

		w[k] = _mm256_cvtepi32_ps(high ? _mm256_srli_epi32(wide, 4) :
						 _mm256_and_si256(wide, _mm256_set1_epi32(15)));
	}
}

/* sum + scale * (w . x), over @n vectors */
INLINE __m256 add_group(__m256 sum, const __m256 *w, const float *x, const uint32_t n, float scale)
{
	__m256 t = _mm256_mul_ps(w[0], _mm256_loadu_ps(x));

#pragma GCC unroll 4
	for (uint32_t k = 1; k < n; k++)
		t = _mm256_fmadd_ps(w[k], _mm256_loadu_ps(x + 8 * k), t);
	return _mm256_fmadd_ps(t, _mm256_set1_ps(scale), sum);
}

INLINE void q4_k_tile(const struct native_product *product, const uint8_t *weight, const uint8_t *ahead,
		      const float *const *x, float *sums, const uint32_t rows, const uint32_t batch)
{
	const uint32_t blocks = product->columns / VALUES;
	_Alignas(64) float scales[TILE_ROWS][16];
	__m256 sum[TILE_SUMS];

	for (uint32_t i = 0; i < rows * batch; i++)
		sum[i] = _mm256_setzero_ps();
	for (uint32_t i = 0; i < blocks; i++) {
		const struct infer_q4_k *block[TILE_ROWS];

		for (uint32_t r = 0; r < rows; r++) {
			block[r] = (const struct infer_q4_k *)(weight + r * product->row_bytes) + i;
			q4_k_scales(block[r], scales[r]);
			PREFETCH(ahead);
			PREFETCH(ahead + 64);
			PREFETCH(ahead + 128);
			ahead += sizeof(struct infer_q4_k);
		}
#pragma GCC unroll 8
		for (uint32_t group = 0; group < 8; group++)
#pragma GCC unroll 4
			for (uint32_t r = 0; r < rows; r++) {
				__m256 w[4];

				q4_k_unpack(block[r]->qs + 32 * (group / 2), group & 1, w);
#pragma GCC unroll 8
				for (uint32_t b = 0; b < batch; b++)
					sum[r * batch + b] = add_group(sum[r * batch + b], w,
								       x[b] + i * Q4_K_FLOATS + 32 * group, 4,
								       scales[r][2 * group]);
			}
#pragma GCC unroll 8
		for (uint32_t b = 0; b < batch; b++)
#pragma GCC unroll 4
			for (uint32_t r = 0; r < rows; r++)
				for (uint32_t k = 0; k < 16; k += 8)
					sum[r * batch + b] = _mm256_fmadd_ps(
						_mm256_load_ps(scales[r] + k),
						_mm256_loadu_ps(x[b] + i * Q4_K_FLOATS + VALUES + k), sum[r * batch + b]);
	}
	avx2_put(sums, sum, rows * batch);
}

TILES(q4_k);

const struct native_layout native_q4_k_avx2 = { VALUES, Q4_K_FLOATS, prepare_q4_k, &q4_k };

/* Bytes shifted left by 4 to -2 bits, of which bits 4 and 5 are wanted: what comes from a neighbour is masked out. */
INLINE __m256i high_bits(__m256i qh, uint32_t k)
{
	__m256i bits = k == 0 ? _mm256_slli_epi16(qh, 4) : k == 1 ? _mm256_slli_epi16(qh, 2) :
		       k == 2 ? qh : _mm256_srli_epi16(qh, 2);

	return _mm256_and_si256(bits, _mm256_set1_epi8(0x30));
}

/* q6_k_unpack(): 32 values, the k-th of a half's four times 32 */
INLINE void q6_k_unpack(const struct infer_q6_k *block, uint32_t half, uint32_t k, int8_t values[32])
{
	__m256i ql = _mm256_loadu_si256((const void *)(block->ql + 64 * half + 32 * (k & 1)));
	__m256i qh = _mm256_loadu_si256((const void *)(block->qh + 32 * half));
	__m256i low = _mm256_and_si256(k > 1 ? _mm256_srli_epi16(ql, 4) : ql, _mm256_set1_epi8(15));

	_mm256_store_si256((void *)values,
			   _mm256_sub_epi8(_mm256_or_si256(low, high_bits(qh, k)), _mm256_set1_epi8(32)));
}

INLINE void q6_k_scales(const struct infer_q6_k *block, float values[16])
{
	__m256 d = _mm256_set1_ps(_cvtsh_ss(block->d));

	_mm256_store_ps(values, _mm256_mul_ps(avx2_signed(block->scales), d));
	_mm256_store_ps(values + 8, _mm256_mul_ps(avx2_signed(block->scales + 8), d));
}

INLINE void q6_k_tile(const struct native_product *product, const uint8_t *weight, const uint8_t *ahead,
		      const float *const *x, float *sums, const uint32_t rows, const uint32_t batch)
{
	const uint32_t blocks = product->columns / VALUES;
	_Alignas(64) float scales[TILE_ROWS][16];
	_Alignas(32) int8_t values[TILE_ROWS][32];
	__m256 sum[TILE_SUMS];

	for (uint32_t i = 0; i < rows * batch; i++)
		sum[i] = _mm256_setzero_ps();
	for (uint32_t i = 0; i < blocks; i++) {
		const struct infer_q6_k *block[TILE_ROWS];

		for (uint32_t r = 0; r < rows; r++) {
			block[r] = (const struct infer_q6_k *)(weight + r * product->row_bytes) + i;
			q6_k_scales(block[r], scales[r]);
			for (uint32_t line = 0; line < sizeof(struct infer_q6_k); line += 64)
				PREFETCH(ahead + line);
			ahead += sizeof(struct infer_q6_k);
		}
#pragma GCC unroll 8
		for (uint32_t part = 0; part < 8; part++)
#pragma GCC unroll 4
			for (uint32_t r = 0; r < rows; r++) {
				q6_k_unpack(block[r], part / 4, part % 4, values[r]);
#pragma GCC unroll 2
				for (uint32_t group = 0; group < 2; group++) {
					__m256 w[2] = { avx2_signed(values[r] + 16 * group),
							avx2_signed(values[r] + 16 * group + 8) };
#pragma GCC unroll 8
					for (uint32_t b = 0; b < batch; b++)
						sum[r * batch + b] =
							add_group(sum[r * batch + b], w,
								  x[b] + i * VALUES + 32 * part + 16 * group, 2,
								  scales[r][2 * part + group]);
				}
			}
	}
	avx2_put(sums, sum, rows * batch);
}

TILES(q6_k);

const struct native_layout native_q6_k_avx2 = { 0, 0, NULL, &q6_k };

#endif
