// SPDX-License-Identifier: GPL-2.0-or-later
#version 450

layout(local_size_x = 128) in;
layout(set = 0, binding = 0) readonly buffer Source { uvec4 src[]; };
layout(set = 1, binding = 0) writeonly buffer Target { uvec4 dst[]; };
layout(push_constant) uniform Push { uint quads, invocations; } push;

void main()
{
	for (uint i = gl_GlobalInvocationID.x; i < push.quads; i += push.invocations)
		dst[i] = src[i];
}
