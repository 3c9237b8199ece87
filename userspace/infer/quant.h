/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of weights to floats and back. The first is the reference that each kernel is held to. */
#ifndef INFER_QUANT_H
#define INFER_QUANT_H

#include "tensor.h"

/**
 * infer_q4_k_scale() - 6 bits of scale and 6 of minimum, of one of a block's eight groups
 */
static inline void infer_q4_k_scale(const uint8_t scales[12], unsigned int group, uint8_t *scale, uint8_t *min)
{
	if (group < 4) {
		*scale = scales[group] & 63;
		*min = scales[group + 4] & 63;
	} else {
		*scale = (scales[group + 4] & 15) | scales[group - 4] >> 6 << 4;
		*min = scales[group + 4] >> 4 | scales[group] >> 6 << 4;
	}
}

/**
 * infer_dequantise() - @columns values, whole blocks, of the row at @row
 */
void infer_dequantise(enum infer_type type, const void *row, float *values, uint32_t columns);

/**
 * infer_quantise() - the reverse, to the nearest that a simple choice of scales allows
 *
 * For tests and seeded models: it looks for no best scale as tools that make files for use do.
 */
void infer_quantise(enum infer_type type, const float *values, void *row, uint32_t columns);

#endif
