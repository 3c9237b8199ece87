// SPDX-License-Identifier: GPL-2.0-or-later
// Rows of the table that the batch's tokens name, of those rows that this dispatch's buffer holds.
#version 450
#extension GL_GOOGLE_include_directive : require

#define BATCH_SET 2
#include "weights.glsl"
#include "batch.glsl"

layout(local_size_x = 64) in;
layout(set = 1, binding = 0) writeonly buffer Target { float dst[]; };
layout(push_constant) uniform Push { uint base, row_bytes, rows, first_row, columns; } push;

void main()
{
	uint unit = gl_GlobalInvocationID.x, row = gl_WorkGroupID.y;
	uint token = row_token(row) - push.first_row;
	uvec2 column = unit_columns(unit);
	vec4 a, b;

	/* A token before first_row has wrapped around. */
	if (token >= push.rows || unit >= (push.columns + 7u) / 8u)
		return;
	unit_values(push.base + token * push.row_bytes, unit, push.columns, a, b);
	for (uint i = 0u; i < 4u; i++) {
		if (column.x + i < push.columns)
			dst[row * push.columns + column.x + i] = a[i];
		if (column.y + i < push.columns)
			dst[row * push.columns + column.y + i] = b[i];
	}
}
