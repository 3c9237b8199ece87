/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Products of tiles: some rows of weights with some rows of activations at once, so that each is
 * loaded once for several of the other.
 */
#ifndef NATIVE_ROWS_H
#define NATIVE_ROWS_H

#include "kernels.h"

#define INLINE static inline __attribute__((always_inline))

/* Most rows of weights, and of activations, in a tile; and most of their products. */
#define TILE_ROWS 4u
#define TILE_BATCH 8u
#define TILE_SUMS 16u

/*
 * sums[row][x] of a tile whose first row is @weight. While it works it prefetches as many bytes as it has, from @ahead on.
 */
typedef void tile_fn(const struct native_product *product, const uint8_t *weight, const uint8_t *ahead,
		     const float *const *x, float *sums);

/* struct tiles - of one type, by rows of weights and of activations */
struct tiles {
	tile_fn *by_1x1, *by_4x1, *by_2x2, *by_2x4, *by_2x8;
};

/* NAME_tile(product, weight, ahead, x, sums, rows, batch), always inlined, to the five above */
#define TILES(NAME)                                                                                       \
	TILE(NAME, 1, 1)                                                                                  \
	TILE(NAME, 4, 1)                                                                                  \
	TILE(NAME, 2, 2)                                                                                  \
	TILE(NAME, 2, 4)                                                                                  \
	TILE(NAME, 2, 8)                                                                                  \
	static const struct tiles NAME = { NAME##_1x1, NAME##_4x1, NAME##_2x2, NAME##_2x4, NAME##_2x8 }

#define TILE(NAME, ROWS, BATCH)                                                                           \
	static void NAME##_##ROWS##x##BATCH(const struct native_product *product, const uint8_t *weight,  \
					    const uint8_t *ahead, const float *const *x, float *sums)     \
	{                                                                                                 \
		NAME##_tile(product, weight, ahead, x, sums, ROWS, BATCH);                                \
	}

/*
 * How far ahead of a tile weights are prefetched, in bytes, line after line: a tile's rows are as many streams, which
 * prefetchers of processors follow at half the speed of one. Into the first cache, where there is room for that much beside
 * a row of activations: the second one's time adds to that of types that take long to unpack. With a third of this, or with
 * many lines at once, memory is not kept busy.
 */
#define PREFETCH_AHEAD (24u << 10)

#define PREFETCH(at) __builtin_prefetch(at, 0, 3)

/*
 * ahead_of(): where a tile of so many bytes prefetches from; what follows the end is another thread's, or nobody's.
 * @next: what is read after the end; NULL: nothing
 */
static inline const uint8_t *ahead_of(const uint8_t *weight, const uint8_t *end, const uint8_t *next, size_t bytes)
{
	size_t left = (size_t)(end - weight);

	if (left >= PREFETCH_AHEAD + bytes)
		return weight + PREFETCH_AHEAD;
	if (!next)
		return weight;
	return left < PREFETCH_AHEAD ? next + (PREFETCH_AHEAD - left) : next;
}

static inline void put_tile(const struct native_product *product, uint32_t row, const uint8_t *end,
			    const uint8_t *next, uint32_t first, uint32_t rows, uint32_t batch, tile_fn *tile)
{
	const uint8_t *weight = product->weight + row * product->row_bytes;
	float sums[TILE_SUMS];

	tile(product, weight, ahead_of(weight, end, next, rows * product->row_bytes), product->x + first, sums);
	for (uint32_t r = 0; r < rows; r++)
		for (uint32_t b = 0; b < batch; b++) {
			float *y = &product->y[first + b][row + r];
			float sum = sums[r * batch + b] + (product->bias ? product->bias[row + r] : 0);

			*y = product->add ? *y + sum : sum;
		}
}

static inline void put_rows(const struct native_product *product, uint32_t row, uint32_t end, uint32_t first,
			    uint32_t rows, uint32_t batch, tile_fn *tile, tile_fn *single)
{
	const uint8_t *last = product->weight + end * product->row_bytes;
	/* The same rows once more, until all activations have met them. */
	const uint8_t *next = first + batch < product->n ? product->weight + row * product->row_bytes : product->next;

	for (; row + rows <= end; row += rows)
		put_tile(product, row, last, next, first, rows, batch, tile);
	for (; row < end; row++)
		for (uint32_t b = 0; b < batch; b++)
			put_tile(product, row, last, next, first + b, 1, 1, single);
}

static inline void product_of_tiles(const struct native_product *product, uint32_t row, uint32_t end,
				    const struct tiles *tiles)
{
	uint32_t i = 0;

	for (; i + 8 <= product->n; i += 8)
		put_rows(product, row, end, i, 2, 8, tiles->by_2x8, tiles->by_1x1);
	for (; i + 4 <= product->n; i += 4)
		put_rows(product, row, end, i, 2, 4, tiles->by_2x4, tiles->by_1x1);
	for (; i + 2 <= product->n; i += 2)
		put_rows(product, row, end, i, 2, 2, tiles->by_2x2, tiles->by_1x1);
	for (; i < product->n; i++)
		put_rows(product, row, end, i, 4, 1, tiles->by_4x1, tiles->by_1x1);
}

#endif
