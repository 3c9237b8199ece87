// SPDX-License-Identifier: GPL-2.0-or-later
/* AVX2 with FMA and F16C: F32, F16, Q8_0 and Q4_0, and the table of all kernels. */
#ifdef __x86_64__

#define LANES 8u

#include "avx2.h"
#include "f16c.h"
#include "floats.h"

INLINE lanes lanes_from_halves(const uint16_t *halves)
{
	return (lanes)_mm256_cvtph_ps(_mm_loadu_si128((const void *)halves));
}

INLINE void lanes_to_halves(uint16_t *halves, lanes values)
{
	_mm_storeu_si128((void *)halves, _mm256_cvtps_ph((__m256)values, _MM_FROUND_TO_NEAREST_INT));
}

INLINE lanes lanes_mul_add(lanes a, lanes b, lanes c)
{
	return (lanes)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}

INLINE lanes load_floats(const void *from, uint32_t n)
{
	float some[8] = { 0 };

	if (__builtin_expect(n >= 8, 1))
		return (lanes)_mm256_loadu_ps(from);
	memcpy(some, from, n * sizeof(*some));
	return (lanes)_mm256_loadu_ps(some);
}

INLINE lanes load_halves(const void *from, uint32_t n)
{
	uint16_t some[8] = { 0 };

	if (__builtin_expect(n >= 8, 1))
		return (lanes)_mm256_cvtph_ps(_mm_loadu_si128(from));
	memcpy(some, from, n * sizeof(*some));
	return (lanes)_mm256_cvtph_ps(_mm_loadu_si128((const void *)some));
}

INLINE void put_sums(float *sums, const lanes *from, uint32_t n)
{
	avx2_put(sums, (const __m256 *)from, n);
}

INLINE void q8_0_unpack(const uint8_t *block, __m256 w[4])
{
#pragma GCC unroll 4
	for (uint32_t k = 0; k < 4; k++)
		w[k] = avx2_signed(((const struct infer_q8_0 *)block)->qs + 8 * k);
}

/*
 * A byte is c = low + 16 high: low x + high z = low (x - z / 16) + c (z / 16). Prepared are the second
 * and the third of these factors, and -8 times the sum of each lane's values.
 */
#define Q4_0_FLOATS 40u

static void prepare_q4_0(const float *x, float *prepared)
{
	for (uint32_t lane = 0; lane < 8; lane++) {
		float sum = 0;

		for (uint32_t k = 0; k < 2; k++) {
			float low = x[8 * k + lane], high = x[16 + 8 * k + lane];

			prepared[16 * k + lane] = low - high / 16;
			prepared[16 * k + 8 + lane] = high / 16;
			sum += low + high;
		}
		prepared[32 + lane] = -8 * sum;
	}
}

INLINE void q4_0_unpack(const uint8_t *block, __m256 w[4])
{
	const uint8_t *qs = ((const struct infer_q4_0 *)block)->qs;

	w[0] = avx2_unsigned(qs, 15);
	w[1] = avx2_unsigned(qs, 255);
	w[2] = avx2_unsigned(qs + 8, 15);
	w[3] = avx2_unsigned(qs + 8, 255);
}

/* blocks_tile(): types of 32 values and a scale, of which @floats activations are made */
INLINE void blocks_tile(const struct native_product *product, const uint8_t *weight, const uint8_t *ahead,
			const float *const *x, float *sums, const uint32_t rows, const uint32_t batch,
			const uint32_t block_bytes, const uint32_t floats, void (*unpack)(const uint8_t *, __m256 *))
{
	const uint32_t blocks = product->columns / 32;
	const size_t row_bytes = product->row_bytes;
	struct scales scales;
	__m256 sum[TILE_SUMS];

	for (uint32_t i = 0; i < rows * batch; i++)
		sum[i] = _mm256_setzero_ps();
	for (uint32_t r = 0; r < rows; r++)
		scales_fetch(&scales, r, weight + r * row_bytes, block_bytes, blocks);
	for (uint32_t i = 0; i < blocks; i++) {
		if (!(i % SCALES))
			for (uint32_t r = 0; r < rows; r++)
				scales_turn(&scales, r, weight + r * row_bytes + (size_t)i * block_bytes, block_bytes,
					    blocks - i);
#pragma GCC unroll 4
		for (uint32_t r = 0; r < rows; r++) {
			__m256 w[4], d = _mm256_set1_ps(scales.values[r][i % SCALES]);

			PREFETCH(ahead);
			ahead += block_bytes;
			unpack(weight + r * row_bytes + (size_t)i * block_bytes, w);
#pragma GCC unroll 8
			for (uint32_t b = 0; b < batch; b++) {
				const float *p = x[b] + (size_t)i * floats;
				__m256 t = floats > 32 ? _mm256_loadu_ps(p + 32) : _mm256_setzero_ps();

#pragma GCC unroll 4
				for (uint32_t k = 0; k < 4; k++)
					t = _mm256_fmadd_ps(w[k], _mm256_loadu_ps(p + 8 * k), t);
				sum[r * batch + b] = _mm256_fmadd_ps(t, d, sum[r * batch + b]);
			}
		}
	}
	avx2_put(sums, sum, rows * batch);
}

INLINE void q8_0_tile(const struct native_product *product, const uint8_t *weight, const uint8_t *ahead,
		      const float *const *x, float *sums, const uint32_t rows, const uint32_t batch)
{
	blocks_tile(product, weight, ahead, x, sums, rows, batch, sizeof(struct infer_q8_0), 32, q8_0_unpack);
}

INLINE void q4_0_tile(const struct native_product *product, const uint8_t *weight, const uint8_t *ahead,
		      const float *const *x, float *sums, const uint32_t rows, const uint32_t batch)
{
	blocks_tile(product, weight, ahead, x, sums, rows, batch, sizeof(struct infer_q4_0), Q4_0_FLOATS, q4_0_unpack);
}

TILES(q8_0);
TILES(q4_0);

static const struct native_layout layouts[] = {
	[INFER_F32] = { 0, 0, NULL, &f32 },
	[INFER_F16] = { 0, 0, NULL, &f16 },
	[INFER_Q8_0] = { 0, 0, NULL, &q8_0 },
	[INFER_Q4_0] = { 32, Q4_0_FLOATS, prepare_q4_0, &q4_0 },
};

static const struct native_layout *layout(enum infer_type type)
{
	return type == INFER_Q4_K ? &native_q4_k_avx2 : type == INFER_Q6_K ? &native_q6_k_avx2 : &layouts[type];
}

#include "layout_kernels.h"

static bool supported(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && native_has_f16c();
}

const struct native_kernels native_kernels_avx2 = {
	.name = "avx2",
	.supported = supported,
	KERNELS_OF_LAYOUTS,
	KERNELS_IN_LANES,
};

#endif
