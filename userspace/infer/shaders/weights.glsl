// SPDX-License-Identifier: GPL-2.0-or-later
// Weights as they lie in the file, read as words; dequantised to the same floats as
// infer_dequantise(), which names each format's layout (tensor.h).
//
// The unit of reading is eight values, as two quads that are not neighbours in every format:
// a word of four-bit values holds the low halves of one quad and of another one.
//
// One of F32, F16, Q4_0, Q8_0, Q4_K, Q6_K is defined.

#include "half.glsl"

layout(set = 0, binding = 0) readonly buffer Weights { uint words[]; };
#ifdef HALVES
layout(set = 0, binding = 0) readonly buffer WeightHalves { uint16_t halves[]; };
#endif

// At an even byte.
uint half_at(uint byte)
{
#ifdef HALVES
	return uint(halves[byte >> 1]);
#else
	return words[byte >> 2] >> (byte & 2u) * 8u & 0xffffu;
#endif
}

// Four bytes from an even byte.
uint word_at(uint byte)
{
#ifdef HALVES
	return uint(halves[byte >> 1]) | uint(halves[(byte >> 1) + 1u]) << 16;
#else
	uint low = words[byte >> 2];

	return (byte & 2u) == 0u ? low : low >> 16 | words[(byte >> 2) + 1u] << 16;
#endif
}

int signed_byte(uint word, uint index)
{
	return bitfieldExtract(int(word), int(index) * 8, 8);
}

// The nibbles of four bytes, low or high.
vec4 nibbles(uint word, uint shift)
{
	return vec4(uvec4(word, word >> 8, word >> 16, word >> 24) >> shift & 15u);
}

#if defined(F32)

uvec2 unit_columns(uint unit)
{
	return uvec2(unit * 8u, unit * 8u + 4u);
}

// Columns need not be a whole number of units: what is beyond is a copy of the last value.
void unit_values(uint row, uint unit, uint columns, out vec4 a, out vec4 b)
{
	for (uint i = 0u; i < 4u; i++) {
		a[i] = uintBitsToFloat(words[(row >> 2) + min(unit * 8u + i, columns - 1u)]);
		b[i] = uintBitsToFloat(words[(row >> 2) + min(unit * 8u + 4u + i, columns - 1u)]);
	}
}

#elif defined(F16)

uvec2 unit_columns(uint unit)
{
	return uvec2(unit * 8u, unit * 8u + 4u);
}

void unit_values(uint row, uint unit, uint columns, out vec4 a, out vec4 b)
{
	for (uint i = 0u; i < 4u; i++) {
		a[i] = half_to_float(half_at(row + 2u * min(unit * 8u + i, columns - 1u)));
		b[i] = half_to_float(half_at(row + 2u * min(unit * 8u + 4u + i, columns - 1u)));
	}
}

#elif defined(Q4_0)

uvec2 unit_columns(uint unit)
{
	uint first = (unit >> 2) * 32u + (unit & 3u) * 4u;

	return uvec2(first, first + 16u);
}

void unit_values(uint row, uint unit, uint columns, out vec4 a, out vec4 b)
{
	uint block = row + (unit >> 2) * 18u;
	float d = half_to_float(half_at(block));
	uint q = word_at(block + 2u + (unit & 3u) * 4u);

	a = d * (nibbles(q, 0u) - 8.0);
	b = d * (nibbles(q, 4u) - 8.0);
}

#elif defined(Q8_0)

uvec2 unit_columns(uint unit)
{
	return uvec2(unit * 8u, unit * 8u + 4u);
}

vec4 signed_bytes(uint word)
{
	return vec4(signed_byte(word, 0u), signed_byte(word, 1u), signed_byte(word, 2u), signed_byte(word, 3u));
}

void unit_values(uint row, uint unit, uint columns, out vec4 a, out vec4 b)
{
	uint block = row + (unit >> 2) * 34u;
	float d = half_to_float(half_at(block));
	uint q = block + 2u + (unit & 3u) * 8u;

	a = d * signed_bytes(word_at(q));
	b = d * signed_bytes(word_at(q + 4u));
}

#elif defined(Q4_K)

uvec2 unit_columns(uint unit)
{
	uint first = (unit >> 3) * 64u + (unit & 7u) * 4u;

	return uvec2(first, first + 32u);
}

// infer_q4_k_scale(): a group's scale and minimum out of the block's words 1 to 3.
vec2 scale_min(uint block, uint group)
{
	uint shift = (group & 3u) * 8u;
	uint scales = words[block + 1u] >> shift, mins = words[block + 2u] >> shift;
	uint high;

	if (group < 4u)
		return vec2(scales & 63u, mins & 63u);
	high = words[block + 3u] >> shift;
	return vec2((high & 15u) | (scales >> 6 & 3u) << 4, (high >> 4 & 15u) | (mins >> 6 & 3u) << 4);
}

void unit_values(uint row, uint unit, uint columns, out vec4 a, out vec4 b)
{
	uint block = (row >> 2) + (unit >> 5) * 36u;
	uint pair = unit >> 3 & 3u;
	float d = half_to_float(words[block] & 0xffffu), dmin = half_to_float(words[block] >> 16);
	vec2 low = scale_min(block, pair * 2u), high = scale_min(block, pair * 2u + 1u);
	uint q = words[block + 4u + (unit & 31u)];
	precise vec4 first = d * low.x * nibbles(q, 0u) - dmin * low.y;
	precise vec4 second = d * high.x * nibbles(q, 4u) - dmin * high.y;

	a = first;
	b = second;
}

#elif defined(Q6_K)

uvec2 unit_columns(uint unit)
{
	uint first = (unit >> 4) * 128u + (unit >> 3 & 1u) * 32u + (unit & 7u) * 4u;

	return uvec2(first, first + 64u);
}

float scale(uint block, uint column)
{
	uint byte = block + 192u + (column & 255u) / 16u;

	return float(bitfieldExtract(int(half_at(byte & ~1u)), int(byte & 1u) * 8, 8));
}

// Two bits each of four bytes, as bits 4 and 5.
vec4 high_bits(uint word, uint shift)
{
	return vec4((uvec4(word, word >> 8, word >> 16, word >> 24) >> shift & 3u) << 4);
}

void unit_values(uint row, uint unit, uint columns, out vec4 a, out vec4 b)
{
	uint block = row + (unit >> 5) * 210u;
	uint part = unit >> 4 & 1u, k = unit >> 3 & 1u;
	uvec2 column = unit_columns(unit);
	uint low = word_at(block + 64u * part + (unit & 15u) * 4u);
	uint high = word_at(block + 128u + 32u * part + (unit & 7u) * 4u);
	float d = half_to_float(half_at(block + 208u));

	a = d * scale(block, column.x) * (nibbles(low, 0u) + high_bits(high, 2u * k) - 32.0);
	b = d * scale(block, column.y) * (nibbles(low, 4u) + high_bits(high, 2u * k + 4u) - 32.0);
}

#endif
