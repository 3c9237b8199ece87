// SPDX-License-Identifier: GPL-2.0-or-later
// A tile of 64 rows of weights by 32 rows of src; each lane has 4 by 4 of it. Two units of columns at a
// time lie in shared memory (6.5 kB of the 16 that each device has).
#version 450
#extension GL_GOOGLE_include_directive : require
#ifdef HALVES
#extension GL_EXT_shader_16bit_storage : require
#endif

#include "multiply.glsl"

const uint TILE_ROWS = 64u;
const uint TILE_ACTS = 32u;
const uint DEPTH = 16u;
const uint PAD = 4u; // so that columns of a tile begin in different banks

layout(local_size_x = 128) in;

shared float w_tile[DEPTH * (TILE_ROWS + PAD)];
shared float x_tile[DEPTH * (TILE_ACTS + PAD)];

void load_weights(uint lane, uint first_unit, uint first_row)
{
	uint row = lane / 2u, half_tile = lane % 2u, unit = first_unit + half_tile;
	vec4 a = vec4(0.0), b = vec4(0.0);

	if (unit < units())
		unit_values(push.base + min(first_row + row, push.rows - 1u) * push.row_bytes, unit, push.columns,
			    a, b);
	for (uint i = 0u; i < 4u; i++) {
		w_tile[(half_tile * 8u + i) * (TILE_ROWS + PAD) + row] = a[i];
		w_tile[(half_tile * 8u + 4u + i) * (TILE_ROWS + PAD) + row] = b[i];
	}
}

void load_source(uint lane, uint first_unit, uint first_act)
{
	uint act = lane / 4u, quad = lane % 4u, unit = first_unit + quad / 2u;
	uvec2 columns = unit_columns(unit);
	vec4 x = vec4(0.0);

	if (unit < units())
		x = source(min(first_act + act, push.n - 1u), quad % 2u == 0u ? columns.x : columns.y);
	for (uint i = 0u; i < 4u; i++)
		x_tile[(quad * 4u + i) * (TILE_ACTS + PAD) + act] = x[i];
}

void main()
{
	uint lane = gl_LocalInvocationIndex;
	uint first_row = gl_WorkGroupID.x * TILE_ROWS, first_act = gl_WorkGroupID.y * TILE_ACTS;
	uint row = lane % 16u * 4u, act = lane / 16u * 4u;
	vec4 sums[4] = vec4[4](vec4(0.0), vec4(0.0), vec4(0.0), vec4(0.0));

	for (uint unit = 0u; unit < units(); unit += 2u) {
		load_weights(lane, unit, first_row);
		load_source(lane, unit, first_act);
		barrier();
		for (uint k = 0u; k < DEPTH; k++) {
			vec4 w;

			for (uint i = 0u; i < 4u; i++)
				w[i] = w_tile[k * (TILE_ROWS + PAD) + row + i];
			for (uint i = 0u; i < 4u; i++)
				sums[i] += x_tile[k * (TILE_ACTS + PAD) + act + i] * w;
		}
		barrier();
	}
	for (uint n = 0u; n < 4u; n++)
		for (uint r = 0u; r < 4u; r++)
			if (first_act + act + n < push.n && first_row + row + r < push.rows)
				store(first_act + act + n, first_row + row + r, sums[n][r]);
}
