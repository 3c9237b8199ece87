// SPDX-License-Identifier: GPL-2.0-or-later
// F16 to F32 and back as half.h has it: exact, to nearest even, whatever a device does about
// subnormals. That is why unpackHalf2x16() and packHalf2x16() are not used.

float half_to_float(uint bits)
{
	uint magnitude = (bits & 0x7fffu) << 13;
	uint exponent = magnitude & 0x0f800000u;
	float value;

	if (exponent == 0u) /* subnormal: a fraction of 2^-14 */
		value = uintBitsToFloat(magnitude + 0x38800000u) - uintBitsToFloat(0x38800000u);
	else
		value = uintBitsToFloat(magnitude + (exponent == 0x0f800000u ? 0x70000000u : 0x38000000u));
	return uintBitsToFloat(floatBitsToUint(value) | (bits & 0x8000u) << 16);
}

uint half_from_float(float value)
{
	uint bits = floatBitsToUint(value);
	uint sign = bits >> 16 & 0x8000u;
	uint magnitude = bits & 0x7fffffffu;
	uint fraction, shift, rest, middle, whole;

	if (magnitude > 0x7f800000u)
		return sign | 0x7e00u;
	if (magnitude >= 0x477ff000u) /* 65520 and more round to infinity */
		return sign | 0x7c00u;
	if (magnitude >= 0x38800000u) /* 2^-14: normal */
		return sign | (magnitude - 0x38000000u + 0xfffu + (magnitude >> 13 & 1u)) >> 13;
	if (magnitude < 0x33000000u) /* 2^-25: below half of the least */
		return sign;
	fraction = (magnitude & 0x7fffffu) | 0x800000u;
	shift = 126u - (magnitude >> 23);
	whole = fraction >> shift;
	rest = fraction & ((1u << shift) - 1u);
	middle = 1u << (shift - 1u);
	if (rest > middle || (rest == middle && (whole & 1u) == 1u))
		whole++;
	return sign | whole;
}
