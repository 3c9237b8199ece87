// SPDX-License-Identifier: GPL-2.0-or-later
// Multiplications and additions in registers: 16 that do not wait for each other, in each of push.rounds rounds.
#version 450

layout(local_size_x = 128) in;
layout(set = 0, binding = 0) writeonly buffer Target { float dst[]; };
layout(push_constant) uniform Push { uint rounds; float factor, term; } push;

void main()
{
	uint self = gl_GlobalInvocationID.x;
	vec4 factor = vec4(push.factor), term = vec4(push.term);
	vec4 a = vec4(self & 3u), b = a + 1.0, c = a + 2.0, d = a + 3.0;

	for (uint i = 0u; i < push.rounds; i++) {
		a = fma(a, factor, term);
		b = fma(b, factor, term);
		c = fma(c, factor, term);
		d = fma(d, factor, term);
	}
	a += b + c + d;
	dst[self] = a.x + a.y + a.z + a.w;
}
