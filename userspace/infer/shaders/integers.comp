// SPDX-License-Identifier: GPL-2.0-or-later
// Signed bytes by signed bytes, modulo 2^32: the same on each device. A workgroup for each row.
#version 450
#ifdef DOTS
#extension GL_EXT_spirv_intrinsics : require

// OpSDot, of capabilities DotProduct and DotProductInput4x8BitPacked
spirv_instruction(extensions = ["SPV_KHR_integer_dot_product"], capabilities = [6019, 6018], id = 4450)
int packed_dot(uint a, uint b, spirv_literal uint format);

#define DOT(a, b) packed_dot(a, b, 0u) // PackedVectorFormat4x8Bit
#else
int signed_byte(uint word, int index)
{
	return bitfieldExtract(int(word), index * 8, 8);
}

int four_products(uint a, uint b)
{
	int sum = 0;

	for (int i = 0; i < 4; i++)
		sum += signed_byte(a, i) * signed_byte(b, i);
	return sum;
}

#define DOT(a, b) four_products(a, b)
#endif

const uint LANES = 64u;

layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer Matrix { uint matrix[]; };
layout(set = 1, binding = 0) readonly buffer Vector { uint vector[]; };
layout(set = 2, binding = 0) writeonly buffer Target { int dst[]; };
layout(push_constant) uniform Push { uint row_words; } push;

shared int parts[LANES];

void main()
{
	uint lane = gl_LocalInvocationIndex, row = gl_WorkGroupID.x;
	int sum = 0;

	for (uint i = lane; i < push.row_words; i += LANES)
		sum += DOT(matrix[row * push.row_words + i], vector[i]);
	parts[lane] = sum;
	barrier();
	if (lane == 0u) {
		for (uint i = 1u; i < LANES; i++)
			sum += parts[i];
		dst[row] = sum;
	}
}
