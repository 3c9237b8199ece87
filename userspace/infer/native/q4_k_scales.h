/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NATIVE_Q4_K_SCALES_H
#define NATIVE_Q4_K_SCALES_H

#include <string.h>

#include "rows.h"

/* q4_k_bytes(): infer_q4_k_scale() of all groups at once, a byte each, the first group's lowest */
INLINE void q4_k_bytes(const struct infer_q4_k *block, uint64_t *scales, uint64_t *minima)
{
	const uint64_t six = 0x3f3f3f3f, four = 0x0f0f0f0f, two = 0x03030303;
	uint32_t a, b, c;

	memcpy(&a, block->scales, sizeof(a));
	memcpy(&b, block->scales + 4, sizeof(b));
	memcpy(&c, block->scales + 8, sizeof(c));
	*scales = (a & six) | ((c & four) | (a >> 6 & two) << 4) << 32;
	*minima = (b & six) | ((c >> 4 & four) | (b >> 6 & two) << 4) << 32;
}

#endif
