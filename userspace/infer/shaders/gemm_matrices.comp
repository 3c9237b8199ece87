// SPDX-License-Identifier: GPL-2.0-or-later
// gemm.comp by cooperative matrices: a tile of 64 rows of weights by 64 rows of src, a quarter of it to
// each of four subgroups, 32 columns at a time.
//
// The matrices are of halves, which are too short for either side. So each value is two of them, its
// half and the half of what that leaves, of which together 22 bits are right:
//
//	(w + w') (x + x') = w x + w x' + w' x + what is too small to count
//
// and both sides are kept within the range of halves by powers of two: that of the weights is the
// tensor's (push.exponent), that of src is found on the way. It is for the largest value so far in the
// tile; where one comes that would not fit, the sums so far are scaled too.
#version 450
#pragma use_vulkan_memory_model
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_shader_16bit_storage : require
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_cooperative_matrix : require

#include "gemm_matrices.h"
#include "multiply.glsl"

// The device's: matrices of M by K times K by N, and lanes of four subgroups.
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint M = 16;
layout(constant_id = 2) const uint N = 16;
layout(constant_id = 3) const uint K = 16;

const uint LANES = gl_WorkGroupSize.x;
const uint TILE = VK_MATRICES_TILE;
const uint QUARTER = VK_MATRICES_QUARTER;
const uint QUADS = VK_MATRICES_QUADS;
const uint STRIDE = VK_MATRICES_STRIDE;

// Of src scaled: where it begins, and what it may become before the scale changes.
const int BEGINS = 13, MOST = 15;
const int NOTHING_YET = -1000;

shared f16vec4 w_tile[VK_MATRICES_TILE_QUADS], w_rest[VK_MATRICES_TILE_QUADS];
shared f16vec4 x_tile[VK_MATRICES_TILE_QUADS], x_rest[VK_MATRICES_TILE_QUADS];
shared float patches[VK_MATRICES_PATCHES(M, N)];
shared uint largest; // the bits of |src|

float power_of_two(int exponent)
{
	return uintBitsToFloat(uint(127 + exponent) << 23);
}

// The first 11 bits, which a half holds: by bits, since compilers take float(half(x)) for x.
vec4 beginning(vec4 value)
{
	return uintBitsToFloat(floatBitsToUint(value) & 0xffffe000u);
}

void put_weight(uint at, vec4 w)
{
	w_tile[at] = f16vec4(beginning(w));
#ifndef F16
	w_rest[at] = f16vec4(w - beginning(w));
#endif
}

void put_source(uint at, vec4 x)
{
	x_tile[at] = f16vec4(beginning(x));
	x_rest[at] = f16vec4(x - beginning(x));
}

// Four units of each row.
void load_weights(uint lane, uint first_unit, uint first_row)
{
	float scale = power_of_two(push.exponent);

	for (uint i = lane; i < TILE * QUADS / 2u; i += LANES) {
		uint row = i / (QUADS / 2u), part = i % (QUADS / 2u), unit = first_unit + part;
		vec4 a = vec4(0.0), b = vec4(0.0);

		if (unit < units())
			unit_values(push.base + min(first_row + row, push.rows - 1u) * push.row_bytes, unit,
				    push.columns, a, b);
		put_weight(row * STRIDE + part * 2u, a * scale);
		put_weight(row * STRIDE + part * 2u + 1u, b * scale);
	}
}

// A quad of src as its number in the tile says.
vec4 source_quad(uint i, uint first_unit, uint first_act)
{
	uint act = first_act + i / QUADS, quad = i % QUADS, unit = first_unit + quad / 2u;
	uvec2 columns = unit_columns(unit);

	if (unit >= units())
		return vec4(0.0);
	return source(min(act, push.n - 1u), quad % 2u == 0u ? columns.x : columns.y);
}

// What is not finite has no scale, and spoils no row but its own.
uint size(vec4 x)
{
	uvec4 bits = floatBitsToUint(abs(x));

	bits = mix(bits, uvec4(0u), greaterThanEqual(bits, uvec4(0x7f800000u)));
	return max(max(bits.x, bits.y), max(bits.z, bits.w));
}

void main()
{
	const uint HELD = TILE * QUADS / LANES; // quads of src that a lane has
	const uint ROWS = QUARTER / M, ACTS = QUARTER / N;
	uint lane = gl_LocalInvocationIndex;
	uint first_row = gl_WorkGroupID.x * TILE, first_act = gl_WorkGroupID.y * TILE;
	uint row = gl_SubgroupID % 2u * QUARTER, act = gl_SubgroupID / 2u * QUARTER;
	coopmat<float, gl_ScopeSubgroup, M, N, gl_MatrixUseAccumulator> sums[ROWS * ACTS];
	vec4 held[HELD];
	int exponent = NOTHING_YET; // src is divided by two to the power of it

	for (uint i = 0u; i < ROWS * ACTS; i++)
		sums[i] = coopmat<float, gl_ScopeSubgroup, M, N, gl_MatrixUseAccumulator>(0.0);
	if (lane == 0u)
		largest = 0u;
	barrier();

	for (uint unit = 0u; unit < units(); unit += QUADS / 2u) {
		uint most = 0u;
		int bits;

		for (uint i = 0u; i < HELD; i++) {
			held[i] = source_quad(lane + i * LANES, unit, first_act);
			most = max(most, size(held[i]));
		}
		atomicMax(largest, most);
		barrier(); // and nobody reads the last tiles any more
		bits = int(largest >> 23) - 127;
		if (bits - exponent >= MOST) {
			int next = max(bits - BEGINS, -100);
			float shrink = exponent < next - 126 ? 0.0 : power_of_two(exponent - next);

			for (uint i = 0u; i < ROWS * ACTS; i++)
				sums[i] = sums[i] * shrink;
			exponent = next;
		}
		for (uint i = 0u; i < HELD; i++) {
			uint at = lane + i * LANES;

			put_source(at / QUADS * STRIDE + at % QUADS, held[i] * power_of_two(-exponent));
		}
		load_weights(lane, unit, first_row);
		barrier();

		for (uint k = 0u; k < QUADS; k += K / 4u) {
			coopmat<float16_t, gl_ScopeSubgroup, K, N, gl_MatrixUseB> x[ACTS], rest[ACTS];

			for (uint a = 0u; a < ACTS; a++) {
				uint at = (act + a * N) * STRIDE + k;

				coopMatLoad(x[a], x_tile, at, STRIDE, gl_CooperativeMatrixLayoutColumnMajor);
				coopMatLoad(rest[a], x_rest, at, STRIDE, gl_CooperativeMatrixLayoutColumnMajor);
			}
			for (uint r = 0u; r < ROWS; r++) {
				coopmat<float16_t, gl_ScopeSubgroup, M, K, gl_MatrixUseA> w;
				uint at = (row + r * M) * STRIDE + k;

				coopMatLoad(w, w_tile, at, STRIDE, gl_CooperativeMatrixLayoutRowMajor);
				for (uint a = 0u; a < ACTS; a++) {
					sums[r * ACTS + a] = coopMatMulAdd(w, rest[a], sums[r * ACTS + a]);
					sums[r * ACTS + a] = coopMatMulAdd(w, x[a], sums[r * ACTS + a]);
				}
#ifndef F16
				coopMatLoad(w, w_rest, at, STRIDE, gl_CooperativeMatrixLayoutRowMajor);
				for (uint a = 0u; a < ACTS; a++)
					sums[r * ACTS + a] = coopMatMulAdd(w, x[a], sums[r * ACTS + a]);
#endif
			}
		}
	}

	// By half of the scale and the other half: all of it can be out of a float's range where the sum is not.
	int scale = exponent - push.exponent;
	float half_scale = power_of_two(scale / 2), other_half = power_of_two(scale - scale / 2);

	// Which lane has which sum is the device's affair: they are stored by way of shared memory.
	for (uint r = 0u; r < ROWS; r++) {
		for (uint a = 0u; a < ACTS; a++) {
			uint patch_base = gl_SubgroupID * M * N;

			coopMatStore(sums[r * ACTS + a], patches, patch_base, M, gl_CooperativeMatrixLayoutColumnMajor);
			barrier();
			for (uint i = gl_SubgroupInvocationID; i < M * N; i += gl_SubgroupSize) {
				uint to_row = first_row + row + r * M + i % M, to_act = first_act + act + a * N + i / M;
				precise float sum = patches[patch_base + i] * half_scale * other_half;

				if (to_act < push.n && to_row < push.rows)
					store(to_act, to_row, sum);
			}
			barrier();
		}
	}
}
