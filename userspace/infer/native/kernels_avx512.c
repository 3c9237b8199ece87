// SPDX-License-Identifier: GPL-2.0-or-later
/* AVX-512: F32, F16 and Q8_0, which take activations as they are, and the table of all kernels. */
#ifdef __x86_64__

#define LANES 16u

#include "avx512.h"
#include "f16c.h"
#include "floats.h"

INLINE lanes lanes_from_halves(const uint16_t *halves)
{
	return (lanes)_mm512_cvtph_ps(_mm256_loadu_si256((const void *)halves));
}

INLINE void lanes_to_halves(uint16_t *halves, lanes values)
{
	_mm256_storeu_si256((void *)halves, _mm512_cvtps_ph((__m512)values, _MM_FROUND_TO_NEAREST_INT));
}

INLINE lanes lanes_mul_add(lanes a, lanes b, lanes c)
{
	return (lanes)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}

INLINE lanes load_floats(const void *from, uint32_t n)
{
	return (lanes)(n >= 16 ? _mm512_loadu_ps(from) : _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), from));
}

INLINE lanes load_halves(const void *from, uint32_t n)
{
	return (lanes)_mm512_cvtph_ps(n >= 16 ? _mm256_loadu_si256(from) :
						_mm256_maskz_loadu_epi16((__mmask16)((1u << n) - 1), from));
}

INLINE void put_sums(float *sums, const lanes *from, uint32_t n)
{
	sums_put(sums, (const __m512 *)from, n);
}

INLINE void q8_0_tile(const struct native_product *product, const uint8_t *weight, const uint8_t *ahead,
		      const float *const *x, float *sums, const uint32_t rows, const uint32_t batch)
{
	const uint32_t blocks = product->columns / 32, block_bytes = sizeof(struct infer_q8_0);
	const size_t row_bytes = product->row_bytes;
	struct scales scales;
	__m512 sum[TILE_SUMS];

	for (uint32_t i = 0; i < rows * batch; i++)
		sum[i] = _mm512_setzero_ps();
	for (uint32_t r = 0; r < rows; r++)
		scales_fetch(&scales, r, weight + r * row_bytes, block_bytes, blocks);
	for (uint32_t first = 0; first < blocks; first += SCALES) {
		uint32_t n = blocks - first < SCALES ? blocks - first : SCALES;

		for (uint32_t r = 0; r < rows; r++)
			scales_turn(&scales, r, weight + r * row_bytes + (size_t)first * block_bytes, block_bytes,
				    blocks - first);
		for (uint32_t i = 0; i < n; i++) {
			__m512 w[4][2], d[4];

#pragma GCC unroll 4
			for (uint32_t r = 0; r < rows; r++) {
				const uint8_t *block = weight + r * row_bytes + (size_t)(first + i) * block_bytes;
				const int8_t *qs = ((const struct infer_q8_0 *)block)->qs;

				PREFETCH(ahead);
				ahead += block_bytes;
				w[r][0] = _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const void *)qs)));
				w[r][1] = _mm512_cvtepi32_ps(
					_mm512_cvtepi8_epi32(_mm_loadu_si128((const void *)(qs + 16))));
				d[r] = _mm512_set1_ps(scales.values[r][i]);
			}
#pragma GCC unroll 8
			for (uint32_t b = 0; b < batch; b++) {
				__m512 low = _mm512_loadu_ps(x[b] + 32 * (first + i));
				__m512 high = _mm512_loadu_ps(x[b] + 32 * (first + i) + 16);
#pragma GCC unroll 4
				for (uint32_t r = 0; r < rows; r++) {
					__m512 t = _mm512_fmadd_ps(w[r][1], high, _mm512_mul_ps(w[r][0], low));

					sum[r * batch + b] = _mm512_fmadd_ps(t, d[r], sum[r * batch + b]);
				}
			}
		}
	}
	sums_put(sums, sum, rows * batch);
}

TILES(q8_0);

static const struct native_layout layouts[] = {
	[INFER_F32] = { 0, 0, NULL, &f32 },
	[INFER_F16] = { 0, 0, NULL, &f16 },
	[INFER_Q8_0] = { 0, 0, NULL, &q8_0 },
};

static const struct native_layout *layout(enum infer_type type)
{
	switch (type) {
	case INFER_Q4_0:
		return &native_q4_0_avx512;
	case INFER_Q4_K:
		return &native_q4_k_avx512;
	case INFER_Q6_K:
		return &native_q6_k_avx512;
	default:
		return &layouts[type];
	}
}

#include "layout_kernels.h"

static bool supported(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	       __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
	       __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vnni") &&
	       __builtin_cpu_supports("fma") && native_has_f16c();
}

const struct native_kernels native_kernels_avx512 = {
	.name = "avx512",
	.supported = supported,
	KERNELS_OF_LAYOUTS,
	KERNELS_IN_LANES,
};

#endif
