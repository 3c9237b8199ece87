// SPDX-License-Identifier: GPL-2.0-or-later
// Turns pairs by angles whose cosine and sine the host has computed, in double precision: an angle
// of a long position in F32 would be off by more than its last places.
#version 450
#extension GL_GOOGLE_include_directive : require

#define BATCH_SET 1
#include "batch.glsl"

layout(local_size_x = 64) in;
layout(set = 0, binding = 0) buffer Values { float values[]; };
// angles: where they begin in the batch; pairs: of each head; halves: pairs lie that far apart, or
// side by side
layout(push_constant) uniform Push { uint angles, heads, head_dim, pairs, halves; } push;

void main()
{
	uint i = gl_GlobalInvocationID.x, row = gl_WorkGroupID.y;
	uint head = i / push.pairs, pair = i % push.pairs;
	uint start = (row * push.heads + head) * push.head_dim;
	uint first = push.halves != 0u ? start + pair : start + 2u * pair;
	uint second = push.halves != 0u ? first + push.pairs : first + 1u;
	uint angle = push.angles + (row * push.pairs + pair) * 2u;
	float c, s, a, b;

	if (head >= push.heads)
		return;
	c = uintBitsToFloat(batch[angle]);
	s = uintBitsToFloat(batch[angle + 1u]);
	a = values[first];
	b = values[second];
	values[first] = a * c - b * s;
	values[second] = a * s + b * c;
}
