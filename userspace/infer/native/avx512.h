/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the AVX-512 kernels have in common. Zen 4 and Ice Lake on: VBMI is used. */
#ifndef NATIVE_AVX512_H
#define NATIVE_AVX512_H

#include <immintrin.h>
#include <string.h>

#include "layout.h"

extern const struct native_layout native_q4_0_avx512, native_q4_k_avx512, native_q6_k_avx512;

/* Blocks whose scales are converted together. */
#define SCALES 16u

/*
 * The scales of the next SCALES blocks are copied while these blocks' are in use: halves that lie far
 * apart get to vector registers by way of memory, and nothing waits for the stores.
 */
struct scales {
	_Alignas(64) float values[TILE_ROWS][SCALES];
	_Alignas(64) uint16_t next[TILE_ROWS][SCALES];
};

INLINE void scales_fetch(struct scales *scales, uint32_t row, const uint8_t *block, uint32_t block_bytes, uint32_t n)
{
	if (__builtin_expect(n >= SCALES, 1)) {
#pragma GCC unroll 16
		for (uint32_t i = 0; i < SCALES; i++)
			memcpy(&scales->next[row][i], block + i * block_bytes, sizeof(uint16_t));
		return;
	}
	memset(scales->next[row], 0, sizeof(scales->next[row]));
	for (uint32_t i = 0; i < n; i++)
		memcpy(&scales->next[row][i], block + i * block_bytes, sizeof(uint16_t));
}

INLINE void scales_turn(struct scales *scales, uint32_t row)
{
	_mm512_store_ps(scales->values[row], _mm512_cvtph_ps(_mm256_load_si256((const __m256i *)scales->next[row])));
}

INLINE void sums_put(float *sums, const __m512 *from, uint32_t n)
{
#pragma GCC unroll 16
	for (uint32_t i = 0; i < n; i++)
		sums[i] = _mm512_reduce_add_ps(from[i]);
}

#endif
