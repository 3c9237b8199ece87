// SPDX-License-Identifier: GPL-2.0-or-later
// gate = gate / (1 + exp(-gate)) * up
#version 450

layout(local_size_x = 64) in;
layout(set = 0, binding = 0) buffer Gate { float gate[]; };
layout(set = 1, binding = 0) readonly buffer Up { float up[]; };
layout(push_constant) uniform Push { uint columns; } push;

const float MOST = 80.0; // exp() of more leaves the range in which division is exact to some places

void main()
{
	uint column = gl_GlobalInvocationID.x, i = gl_WorkGroupID.y * push.columns + column;

	if (column < push.columns)
		gate[i] = gate[i] / (1.0 + exp(min(-gate[i], MOST))) * up[i];
}
