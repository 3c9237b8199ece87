/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the AVX-512 kernels have in common. Zen 4 and Ice Lake on: VBMI and VNNI are used. */
#ifndef NATIVE_AVX512_H
#define NATIVE_AVX512_H

#include <immintrin.h>
#include <string.h>

#define SCALES_CONVERT(values, halves) \
	_mm512_store_ps(values, _mm512_cvtph_ps(_mm256_load_si256((const __m256i *)(halves))))

#include "layout.h"
#include "scales.h"

extern const struct native_layout native_q4_0_avx512, native_q4_k_avx512, native_q6_k_avx512;

INLINE void sums_put(float *sums, const __m512 *from, uint32_t n)
{
#pragma GCC unroll 16
	for (uint32_t i = 0; i < n; i++)
		sums[i] = _mm512_reduce_add_ps(from[i]);
}

#endif
