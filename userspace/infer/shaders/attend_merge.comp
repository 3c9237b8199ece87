// SPDX-License-Identifier: GPL-2.0-or-later
// The parts of one row and head into one answer.
#version 450
#extension GL_GOOGLE_include_directive : require

#include "attend.glsl"

layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer Parts { float parts[]; };
layout(set = 1, binding = 0) writeonly buffer Target { float dst[]; };
layout(push_constant) uniform Push { uint heads, head_dim, spans; } push;

void main()
{
	uint row_head = gl_WorkGroupID.y * push.heads + gl_WorkGroupID.x;
	uint size = push.head_dim + PART_HEADER, from = row_head * push.spans * size;
	float greatest = LOWEST, total = 0.0;

	for (uint i = 0u; i < push.spans; i++)
		greatest = max(greatest, parts[from + i * size]);
	for (uint i = 0u; i < push.spans; i++)
		total += parts[from + i * size + 1u] * exp(parts[from + i * size] - greatest);
	for (uint d = gl_LocalInvocationIndex; d < push.head_dim; d += 64u) {
		float sum = 0.0;

		for (uint i = 0u; i < push.spans; i++)
			sum += parts[from + i * size + PART_HEADER + d] * exp(parts[from + i * size] - greatest);
		dst[row_head * push.head_dim + d] = sum / total;
	}
}
