// SPDX-License-Identifier: GPL-2.0-or-later
// What gemv.comp and gemm.comp have in common: dst = weight x src (+ bias), or dst += that.

#include "weights.glsl"

#if defined(F32) || defined(F16)
layout(set = 1, binding = 0) readonly buffer Source { float src[]; };
#else
layout(set = 1, binding = 0) readonly buffer Source { vec4 src[]; };
#endif
layout(set = 2, binding = 0) buffer Target { float dst[]; };
layout(set = 3, binding = 0) readonly buffer Bias { float bias[]; };

// base: byte of the first row of weights; rows: of weights, in this dispatch, the first of which
// gives column first_row of dst, whose rows are width long; n: rows of src; bias_base: in floats.
layout(push_constant) uniform Push {
	uint base, row_bytes, rows, first_row, columns, width, n, add, has_bias, bias_base;
	int exponent;
} push;

uint units()
{
	return (push.columns + 7u) / 8u;
}

// Four values of a row of src from that column; 0 beyond its end.
vec4 source(uint row, uint column)
{
#if defined(F32) || defined(F16)
	vec4 values;

	for (uint i = 0u; i < 4u; i++)
		values[i] = column + i < push.columns ? src[row * push.columns + column + i] : 0.0;
	return values;
#else
	return src[(row * push.columns + column) >> 2];
#endif
}

void store(uint n, uint row, float sum)
{
	uint i = n * push.width + push.first_row + row;

	if (push.has_bias != 0u)
		sum += bias[push.bias_base + row];
	dst[i] = push.add != 0u ? dst[i] + sum : sum;
}
