// SPDX-License-Identifier: GPL-2.0-or-later
// dst = src / sqrt(mean(src^2) + epsilon) * weight; a workgroup for each row.
#version 450
#ifdef SUBGROUPS
#extension GL_KHR_shader_subgroup_arithmetic : require
#endif

const uint LANES = 128u;

layout(local_size_x = 128) in;
layout(set = 0, binding = 0) readonly buffer Weights { float weight[]; };
layout(set = 1, binding = 0) readonly buffer Source { float src[]; };
layout(set = 2, binding = 0) buffer Target { float dst[]; };
layout(push_constant) uniform Push { uint base, columns; float epsilon; } push;

shared float parts[LANES];

float sum_of_all(float value)
{
	uint lane = gl_LocalInvocationIndex, count = LANES;
	float sum = 0.0;

#ifdef SUBGROUPS
	value = subgroupAdd(value);
	if (subgroupElect())
		parts[gl_SubgroupID] = value;
	count = gl_NumSubgroups;
	barrier();
	for (uint i = 0u; i < count; i++)
		sum += parts[i];
#else
	parts[lane] = value;
	for (uint half_count = LANES / 2u; half_count > 0u; half_count /= 2u) {
		barrier();
		if (lane < half_count)
			parts[lane] += parts[lane + half_count];
	}
	barrier();
	sum = parts[0];
#endif
	return sum;
}

void main()
{
	uint lane = gl_LocalInvocationIndex, row = gl_WorkGroupID.x * push.columns;
	float sum = 0.0, root;

	for (uint i = lane; i < push.columns; i += LANES)
		sum += src[row + i] * src[row + i];
	root = sqrt(sum_of_all(sum) / float(push.columns) + push.epsilon);
	for (uint i = lane; i < push.columns; i += LANES)
		dst[row + i] = src[row + i] / root * weight[push.base + i];
}
