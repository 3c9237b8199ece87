/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scales of small blocks. Included with SCALES_CONVERT(values, halves) defined, for SCALES of them, aligned. */
#ifndef NATIVE_SCALES_H
#define NATIVE_SCALES_H

#include <string.h>

#include "rows.h"

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

/* scales_turn(): a row's blocks from @block on, @left of them, are next; those after them are fetched. */
INLINE void scales_turn(struct scales *scales, uint32_t row, const uint8_t *block, uint32_t block_bytes, uint32_t left)
{
	uint32_t n = left < SCALES ? left : SCALES;

	SCALES_CONVERT(scales->values[row], scales->next[row]);
	scales_fetch(scales, row, block + n * block_bytes, block_bytes, left - n);
}

#endif
