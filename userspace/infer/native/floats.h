/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tiles of F32 and F16, where loads of part of a register and sums of many have instructions of their
 * own. A file of kernels includes this after lanes.h, and defines the three functions that are
 * declared below.
 */
#ifndef NATIVE_FLOATS_H
#define NATIVE_FLOATS_H

#include "lanes.h"

/* The first @n floats or halves, LANES at most; the rest is zero. */
INLINE lanes load_floats(const void *from, uint32_t n);
INLINE lanes load_halves(const void *from, uint32_t n);
INLINE void put_sums(float *sums, const lanes *from, uint32_t n);

INLINE void floats_tile(const struct native_product *product, const uint8_t *weight, const uint8_t *ahead,
			const float *const *x, float *sums, const uint32_t rows, const uint32_t batch,
			const uint32_t bytes)
{
	const uint32_t columns = product->columns;
	lanes sum[TILE_SUMS];

	for (uint32_t i = 0; i < rows * batch; i++)
		sum[i] = lanes_all(0);
	for (uint32_t i = 0; i < columns; i += LANES) {
		lanes w[TILE_ROWS];

#pragma GCC unroll 4
		for (uint32_t r = 0; r < rows; r++) {
			const uint8_t *at = weight + r * product->row_bytes + (size_t)i * bytes;

			PREFETCH(ahead);
			ahead += LANES * bytes;
			w[r] = bytes == 4 ? load_floats(at, columns - i) : load_halves(at, columns - i);
		}
#pragma GCC unroll 8
		for (uint32_t b = 0; b < batch; b++) {
			lanes activations = load_floats(x[b] + i, columns - i);
#pragma GCC unroll 4
			for (uint32_t r = 0; r < rows; r++)
				sum[r * batch + b] = lanes_mul_add(w[r], activations, sum[r * batch + b]);
		}
	}
	put_sums(sums, sum, rows * batch);
}

INLINE void f32_tile(const struct native_product *product, const uint8_t *weight, const uint8_t *ahead,
		     const float *const *x, float *sums, const uint32_t rows, const uint32_t batch)
{
	floats_tile(product, weight, ahead, x, sums, rows, batch, 4);
}

INLINE void f16_tile(const struct native_product *product, const uint8_t *weight, const uint8_t *ahead,
		     const float *const *x, float *sums, const uint32_t rows, const uint32_t batch)
{
	floats_tile(product, weight, ahead, x, sums, rows, batch, 2);
}

TILES(f32);
TILES(f16);

#endif
