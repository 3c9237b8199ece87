// SPDX-License-Identifier: GPL-2.0-or-later
// Keys or values of the batch into the cache, as F16; each lane writes a word of two.
#version 450
#extension GL_GOOGLE_include_directive : require

#define BATCH_SET 2
#include "half.glsl"
#include "batch.glsl"

layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer Source { float src[]; };
layout(set = 1, binding = 0) writeonly buffer Cache { uint cache[]; };
// base: of keys or of values, in words; slot_words: of one token
layout(push_constant) uniform Push { uint base, columns, slot_words; } push;

void main()
{
	uint word = gl_GlobalInvocationID.x, row = gl_WorkGroupID.y;
	uint from = row * push.columns + 2u * word;

	if (word < push.slot_words)
		cache[push.base + row_slot(row) * push.slot_words + word] =
			half_from_float(src[from]) | half_from_float(src[from + 1u]) << 16;
}
