// SPDX-License-Identifier: GPL-2.0-or-later
// Each invocation's sum, modulo 2^32, of what it reads: all together read everything once.
#version 450

layout(local_size_x = 128) in;
layout(set = 0, binding = 0) readonly buffer Source { uvec4 src[]; };
layout(set = 1, binding = 0) writeonly buffer Sums { uint sums[]; };
layout(push_constant) uniform Push { uint quads, invocations; } push;

void main()
{
	uint self = gl_GlobalInvocationID.x;
	uvec4 sum = uvec4(0u);

	for (uint i = self; i < push.quads; i += push.invocations)
		sum += src[i];
	sums[self] = sum.x + sum.y + sum.z + sum.w;
}
