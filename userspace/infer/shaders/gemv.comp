// SPDX-License-Identifier: GPL-2.0-or-later
// ACTS rows of src by ROWS rows of weights: a workgroup's lanes walk the columns side by side.
#version 450
#extension GL_GOOGLE_include_directive : require
#ifdef HALVES
#extension GL_EXT_shader_16bit_storage : require
#endif
#ifdef SUBGROUPS
#extension GL_KHR_shader_subgroup_arithmetic : require
#endif

#include "multiply.glsl"

const uint LANES = 64u;
const uint ROWS = 4u;
const uint SUMS = ROWS * ACTS;

layout(local_size_x = 64) in;

#ifdef SUBGROUPS
const uint PARTS = 16u; // devices with subgroups of less than four lanes are not given this
#else
const uint PARTS = LANES;
#endif
shared float parts[SUMS * PARTS];

void main()
{
	uint lane = gl_LocalInvocationIndex;
	uint row = gl_WorkGroupID.x * ROWS, act = gl_WorkGroupID.y * ACTS;
	float sums[SUMS];
	vec4 x[ACTS], y[ACTS];

	for (uint i = 0u; i < SUMS; i++)
		sums[i] = 0.0;
	for (uint unit = lane; unit < units(); unit += LANES) {
		uvec2 column = unit_columns(unit);

		for (uint n = 0u; n < ACTS; n++) {
			uint from = min(act + n, push.n - 1u);

			x[n] = source(from, column.x);
			y[n] = source(from, column.y);
		}
		for (uint r = 0u; r < ROWS; r++) {
			vec4 a, b;

			unit_values(push.base + min(row + r, push.rows - 1u) * push.row_bytes, unit, push.columns,
				    a, b);
			for (uint n = 0u; n < ACTS; n++)
				sums[n * ROWS + r] += dot(a, x[n]) + dot(b, y[n]);
		}
	}
	for (uint i = 0u; i < SUMS; i++) {
#ifdef SUBGROUPS
		float part = subgroupAdd(sums[i]);

		if (subgroupElect())
			parts[i * PARTS + gl_SubgroupID] = part;
#else
		parts[i * PARTS + lane] = sums[i];
#endif
	}
	barrier();
	for (uint i = lane; i < SUMS; i += LANES) {
		uint n = act + i / ROWS, r = row + i % ROWS;
		float sum = 0.0;
#ifdef SUBGROUPS
		uint count = gl_NumSubgroups;
#else
		uint count = PARTS;
#endif

		for (uint k = 0u; k < count; k++)
			sum += parts[i * PARTS + k];
		if (n < push.n && r < push.rows)
			store(n, r, sum);
	}
}
