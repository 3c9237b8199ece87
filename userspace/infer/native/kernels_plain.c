// SPDX-License-Identifier: GPL-2.0-or-later
/* In C alone: for processors that have no kernels of their own. */
#define LANES 4u

#include "half.h"
#include "lanes.h"
#include "layout.h"
#include "quant.h"
#include "rows.h"

/* Values dequantised at once: whole blocks of each type. */
#define PART 256u

INLINE lanes lanes_from_halves(const uint16_t *halves)
{
	float values[LANES];

	for (unsigned int i = 0; i < LANES; i++)
		values[i] = infer_half_to_float(halves[i]);
	return lanes_load(values);
}

INLINE void lanes_to_halves(uint16_t *halves, lanes values)
{
	float each[LANES];

	lanes_store(each, values);
	for (unsigned int i = 0; i < LANES; i++)
		halves[i] = infer_half_from_float(each[i]);
}

INLINE lanes lanes_mul_add(lanes a, lanes b, lanes c)
{
	return a * b + c;
}

/* Sums that do not wait for each other. */
#define CHAINS 4u

INLINE void add_dot(const float *a, const float *b, uint32_t n, lanes sums[CHAINS])
{
	uint32_t i = 0;

	for (; i + CHAINS * LANES <= n; i += CHAINS * LANES)
		for (uint32_t k = 0; k < CHAINS; k++)
			sums[k] += lanes_load(a + i + LANES * k) * lanes_load(b + i + LANES * k);
	for (; i + LANES <= n; i += LANES)
		sums[0] += lanes_load(a + i) * lanes_load(b + i);
	if (i < n)
		sums[0] += lanes_load_some(a + i, n - i) * lanes_load_some(b + i, n - i);
}

INLINE void plain_tile(const struct native_product *product, const uint8_t *weight, const uint8_t *ahead,
		       const float *const *x, float *sums, const uint32_t rows, const uint32_t batch)
{
	float values[PART];

	(void)ahead;
	for (uint32_t r = 0; r < rows; r++) {
		lanes sum[TILE_BATCH][CHAINS] = { 0 };

		for (uint32_t i = 0; i < product->columns; i += PART) {
			uint32_t n = product->columns - i < PART ? product->columns - i : PART;
			const uint8_t *part = weight + r * product->row_bytes + infer_row_bytes(product->type, i);

			infer_dequantise(product->type, part, values, n);
			for (uint32_t b = 0; b < batch; b++)
				add_dot(values, x[b] + i, n, sum[b]);
		}
		for (uint32_t b = 0; b < batch; b++)
			sums[r * batch + b] = lanes_sum(sum[b][0] + sum[b][1] + (sum[b][2] + sum[b][3]));
	}
}

TILES(plain);

/* Of each type. */
static const struct native_layout *layout(enum infer_type type)
{
	static const struct native_layout all = { 0, 0, NULL, &plain };

	(void)type;
	return &all;
}

#include "layout_kernels.h"

static bool supported(void)
{
	return true;
}

const struct native_kernels native_kernels_plain = {
	.name = "plain",
	.supported = supported,
	KERNELS_OF_LAYOUTS,
	KERNELS_IN_LANES,
};
