/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the AVX2 kernels have in common. */
#ifndef NATIVE_AVX2_H
#define NATIVE_AVX2_H

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

static inline __attribute__((always_inline)) void avx2_halves(float *values, const uint16_t *halves, unsigned int n)
{
	for (unsigned int i = 0; i < n; i += 8)
		_mm256_store_ps(values + i, _mm256_cvtph_ps(_mm_load_si128((const __m128i *)(halves + i))));
}

#define SCALES_CONVERT(values, halves) avx2_halves(values, halves, SCALES)

#include "layout.h"
#include "scales.h"

extern const struct native_layout native_q4_k_avx2, native_q6_k_avx2;

/* Eight bytes, or nibbles in the low half of bytes, as floats. */
INLINE __m256 avx2_unsigned(const uint8_t *bytes, int mask)
{
	__m256i wide = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const void *)bytes));

	return _mm256_cvtepi32_ps(_mm256_and_si256(wide, _mm256_set1_epi32(mask)));
}

INLINE __m256 avx2_signed(const int8_t *bytes)
{
	return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const void *)bytes)));
}

INLINE float avx2_sum(__m256 values)
{
	__m128 sum = _mm_add_ps(_mm256_castps256_ps128(values), _mm256_extractf128_ps(values, 1));

	sum = _mm_add_ps(sum, _mm_movehl_ps(sum, sum));
	return _mm_cvtss_f32(_mm_add_ss(sum, _mm_movehdup_ps(sum)));
}

INLINE void avx2_put(float *sums, const __m256 *from, uint32_t n)
{
#pragma GCC unroll 16
	for (uint32_t i = 0; i < n; i++)
		sums[i] = avx2_sum(from[i]);
}

#endif
