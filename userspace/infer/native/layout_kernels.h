/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a file of kernels does with a type is in the type's layout. It includes this with layout(TYPE)
 * defined, and puts KERNELS_OF_LAYOUTS into its table.
 */
#ifndef NATIVE_LAYOUT_KERNELS_H
#define NATIVE_LAYOUT_KERNELS_H

#include "layout.h"

static size_t prepared(enum infer_type type, uint32_t columns)
{
	return layout_floats(layout(type), columns);
}

static void prepare(enum infer_type type, const float *x, uint32_t columns, float *to)
{
	layout_prepare(layout(type), x, columns, to);
}

static void product(const struct native_product *product, uint32_t first, uint32_t end)
{
	product_of_tiles(product, first, end, layout(product->type)->tiles);
}

#define KERNELS_OF_LAYOUTS .prepared = prepared, .prepare = prepare, .product = product

#endif
