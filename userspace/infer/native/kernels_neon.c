// SPDX-License-Identifier: GPL-2.0-or-later
/* NEON, as each aarch64 processor has it. Activations stay in order. */
#ifdef __aarch64__

#define LANES 4u

#include <arm_neon.h>

#include "half.h"
#include "lanes.h"
#include "layout.h"
#include "quant.h"

INLINE lanes lanes_from_halves(const uint16_t *halves)
{
	return (lanes)vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(halves)));
}

INLINE void lanes_to_halves(uint16_t *halves, lanes values)
{
	vst1_u16(halves, vreinterpret_u16_f16(vcvt_f16_f32((float32x4_t)values)));
}

INLINE lanes lanes_mul_add(lanes a, lanes b, lanes c)
{
	return (lanes)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}

/* Sixteen whole numbers as floats. */
INLINE void widen(int8x16_t bytes, float32x4_t w[4])
{
	int16x8_t low = vmovl_s8(vget_low_s8(bytes)), high = vmovl_s8(vget_high_s8(bytes));

	w[0] = vcvtq_f32_s32(vmovl_s16(vget_low_s16(low)));
	w[1] = vcvtq_f32_s32(vmovl_s16(vget_high_s16(low)));
	w[2] = vcvtq_f32_s32(vmovl_s16(vget_low_s16(high)));
	w[3] = vcvtq_f32_s32(vmovl_s16(vget_high_s16(high)));
}

/**
 * struct unit - sixteen weights: (w * scale - offset), whose scale and offset they have in common
 */
struct unit {
	float32x4_t w[4];
	float scale, offset;
};

INLINE float32x4_t add_unit(float32x4_t sum, const struct unit *unit, const float *x)
{
	float32x4_t a = vld1q_f32(x), b = vld1q_f32(x + 4), c = vld1q_f32(x + 8), d = vld1q_f32(x + 12), t;

	t = vmulq_f32(unit->w[0], a);
	t = vfmaq_f32(t, unit->w[1], b);
	t = vfmaq_f32(t, unit->w[2], c);
	t = vfmaq_f32(t, unit->w[3], d);
	sum = vfmaq_n_f32(sum, t, unit->scale);
	return vfmsq_n_f32(sum, vaddq_f32(vaddq_f32(a, b), vaddq_f32(c, d)), unit->offset);
}

INLINE void q8_0_unit(const void *row, uint32_t i, struct unit *unit)
{
	const struct infer_q8_0 *block = (const struct infer_q8_0 *)row + i / 2;

	widen(vld1q_s8(block->qs + 16 * (i & 1)), unit->w);
	unit->scale = infer_half_to_float(block->d);
	unit->offset = 0;
}

INLINE void q4_0_unit(const void *row, uint32_t i, struct unit *unit)
{
	const struct infer_q4_0 *block = (const struct infer_q4_0 *)row + i / 2;
	uint8x16_t qs = vld1q_u8(block->qs);
	uint8x16_t nibbles = i & 1 ? vshrq_n_u8(qs, 4) : vandq_u8(qs, vdupq_n_u8(15));

	widen(vsubq_s8(vreinterpretq_s8_u8(nibbles), vdupq_n_s8(8)), unit->w);
	unit->scale = infer_half_to_float(block->d);
	unit->offset = 0;
}

INLINE void q4_k_unit(const void *row, uint32_t i, struct unit *unit)
{
	const struct infer_q4_k *block = (const struct infer_q4_k *)row + i / 16;
	uint32_t group = i % 16 / 2;
	uint8x16_t qs = vld1q_u8(block->qs + 32 * (group / 2) + 16 * (i & 1));
	uint8_t scale, min;

	infer_q4_k_scale(block->scales, group, &scale, &min);
	widen(vreinterpretq_s8_u8(group & 1 ? vshrq_n_u8(qs, 4) : vandq_u8(qs, vdupq_n_u8(15))), unit->w);
	unit->scale = infer_half_to_float(block->d) * scale;
	unit->offset = infer_half_to_float(block->dmin) * min;
}

INLINE void q6_k_unit(const void *row, uint32_t i, struct unit *unit)
{
	const struct infer_q6_k *block = (const struct infer_q6_k *)row + i / 16;
	uint32_t half = i % 16 / 8, k = i % 8 / 2;
	uint8x16_t ql = vld1q_u8(block->ql + 64 * half + 32 * (k & 1) + 16 * (i & 1));
	uint8x16_t qh = vld1q_u8(block->qh + 32 * half + 16 * (i & 1));
	uint8x16_t low = k > 1 ? vshrq_n_u8(ql, 4) : vandq_u8(ql, vdupq_n_u8(15));
	/* A negative count shifts to the right. */
	uint8x16_t high = vandq_u8(vshlq_u8(qh, vdupq_n_s8((int8_t)(4 - 2 * (int)k))), vdupq_n_u8(0x30));

	widen(vsubq_s8(vreinterpretq_s8_u8(vorrq_u8(low, high)), vdupq_n_s8(32)), unit->w);
	unit->scale = infer_half_to_float(block->d) * block->scales[i % 16];
	unit->offset = 0;
}

INLINE void units_tile(const struct native_product *product, const uint8_t *weight, const float *const *x, float *sums,
		       const uint32_t rows, const uint32_t batch,
		       void (*load)(const void *row, uint32_t i, struct unit *unit))
{
	float32x4_t sum[TILE_SUMS];

	for (uint32_t i = 0; i < rows * batch; i++)
		sum[i] = vdupq_n_f32(0);
	for (uint32_t i = 0; i < product->columns / 16; i++)
#pragma GCC unroll 4
		for (uint32_t r = 0; r < rows; r++) {
			struct unit unit;

			load(weight + r * product->row_bytes, i, &unit);
#pragma GCC unroll 8
			for (uint32_t b = 0; b < batch; b++)
				sum[r * batch + b] = add_unit(sum[r * batch + b], &unit, x[b] + 16 * i);
		}
	for (uint32_t i = 0; i < rows * batch; i++)
		sums[i] = vaddvq_f32(sum[i]);
}

#define UNITS_TILE(NAME)                                                                                         \
	INLINE void NAME##_tile(const struct native_product *product, const uint8_t *weight, const uint8_t *ahead, \
				const float *const *x, float *sums, const uint32_t rows, const uint32_t batch)     \
	{                                                                                                        \
		(void)ahead;                                                                                     \
		units_tile(product, weight, x, sums, rows, batch, NAME##_unit);                                  \
	}                                                                                                        \
	TILES(NAME)

UNITS_TILE(q8_0);
UNITS_TILE(q4_0);
UNITS_TILE(q4_k);
UNITS_TILE(q6_k);

/* Four chains of additions for each sum: columns i, i + 4 and so on. */
INLINE void floats_tile(const struct native_product *product, const uint8_t *weight, const float *const *x, float *sums,
			const uint32_t rows, const uint32_t batch, const uint32_t bytes)
{
	const uint32_t columns = product->columns;
	lanes sum[TILE_SUMS];

	for (uint32_t i = 0; i < rows * batch; i++)
		sum[i] = lanes_all(0);
	for (uint32_t i = 0; i < columns; i += LANES) {
		uint32_t n = columns - i < LANES ? columns - i : LANES;

		for (uint32_t r = 0; r < rows; r++) {
			const uint8_t *at = weight + r * product->row_bytes + (size_t)i * bytes;
			uint16_t halves[LANES] = { 0 };
			float floats[LANES] = { 0 };
			lanes w;

			memcpy(bytes == 4 ? (void *)floats : halves, at, n * bytes);
			w = bytes == 4 ? lanes_load(floats) : lanes_from_halves(halves);
			for (uint32_t b = 0; b < batch; b++)
				sum[r * batch + b] = lanes_mul_add(w, lanes_load_some(x[b] + i, n), sum[r * batch + b]);
		}
	}
	for (uint32_t i = 0; i < rows * batch; i++)
		sums[i] = lanes_sum(sum[i]);
}

#define FLOATS_TILE(NAME, BYTES)                                                                                 \
	INLINE void NAME##_tile(const struct native_product *product, const uint8_t *weight, const uint8_t *ahead, \
				const float *const *x, float *sums, const uint32_t rows, const uint32_t batch)     \
	{                                                                                                        \
		(void)ahead;                                                                                     \
		floats_tile(product, weight, x, sums, rows, batch, BYTES);                                       \
	}                                                                                                        \
	TILES(NAME)

FLOATS_TILE(f32, 4);
FLOATS_TILE(f16, 2);

static const struct native_layout layouts[] = {
	[INFER_F32] = { 0, 0, NULL, &f32 },
	[INFER_F16] = { 0, 0, NULL, &f16 },
	[INFER_Q8_0] = { 0, 0, NULL, &q8_0 },
	[INFER_Q4_0] = { 0, 0, NULL, &q4_0 },
	[INFER_Q4_K] = { 0, 0, NULL, &q4_k },
	[INFER_Q6_K] = { 0, 0, NULL, &q6_k },
};

static const struct native_layout *layout(enum infer_type type)
{
	return &layouts[type];
}

#include "layout_kernels.h"

static bool supported(void)
{
	return true;
}

const struct native_kernels native_kernels_neon = {
	.name = "neon",
	.supported = supported,
	KERNELS_OF_LAYOUTS,
	KERNELS_IN_LANES,
};

#endif
