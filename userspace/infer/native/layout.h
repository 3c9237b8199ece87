/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In which order, and with which sums, a type's kernels want activations. */
#ifndef NATIVE_LAYOUT_H
#define NATIVE_LAYOUT_H

#include <string.h>

#include "rows.h"

/* Most of struct native_layout.block. */
#define LAYOUT_BLOCK 256u

/**
 * struct native_layout - how a type's activations are prepared, and its tiles
 * @block: values of a row that are prepared together, the last ones padded with zeros; 0 if activations are taken as
 *	they are
 * @floats: what they become
 */
struct native_layout {
	uint32_t block, floats;
	void (*prepare)(const float *x, float *prepared);
	const struct tiles *tiles;
};

static inline size_t layout_floats(const struct native_layout *layout, uint32_t columns)
{
	return layout->block ? ((size_t)columns + layout->block - 1) / layout->block * layout->floats : 0;
}

static inline void layout_prepare(const struct native_layout *layout, const float *x, uint32_t columns, float *prepared)
{
	float rest[LAYOUT_BLOCK] = { 0 };

	if (!layout->block)
		return;
	for (; columns >= layout->block; columns -= layout->block) {
		layout->prepare(x, prepared);
		x += layout->block;
		prepared += layout->floats;
	}
	if (columns) {
		memcpy(rest, x, columns * sizeof(*x));
		layout->prepare(rest, prepared);
	}
}

#endif
