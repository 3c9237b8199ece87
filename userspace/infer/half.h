/* SPDX-License-Identifier: GPL-2.0-or-later */
/* F16 to F32 and back, exact and rounding to nearest even, in integers: the same on each machine. */
#ifndef INFER_HALF_H
#define INFER_HALF_H

#include <stdint.h>
#include <string.h>

static inline float infer_half_to_float(uint16_t half)
{
	uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 0x1f, fraction = half & 0x3ff, bits;
	float value;

	if (exponent == 0x1f) {
		bits = sign | 0x7f800000 | fraction << 13;
	} else if (exponent) {
		bits = sign | (exponent + 112) << 23 | fraction << 13;
	} else {
		/* Subnormal: a multiple of 2^-24, which a float holds exactly. */
		value = (float)fraction * 0x1p-24f;
		memcpy(&bits, &value, sizeof(bits));
		bits |= sign;
	}
	memcpy(&value, &bits, sizeof(value));
	return value;
}

static inline uint16_t infer_half_from_float(float value)
{
	uint32_t bits, sign, magnitude;
	float scaled;

	memcpy(&bits, &value, sizeof(bits));
	sign = bits >> 16 & 0x8000;
	magnitude = bits & 0x7fffffff;
	if (magnitude > 0x7f800000)
		return sign | 0x7e00;
	if (magnitude >= 0x477ff000) /* 65520 and more round to infinity */
		return sign | 0x7c00;
	if (magnitude >= 0x38800000) /* 2^-14: normal */
		return sign | (magnitude - 0x38000000 + 0xfff + (magnitude >> 13 & 1)) >> 13;
	/* Subnormal: the sum's last place is 2^-24, so the addition rounds. */
	memcpy(&scaled, &magnitude, sizeof(scaled));
	scaled += 0.5f;
	memcpy(&bits, &scaled, sizeof(bits));
	return sign | (bits - 0x3f000000);
}

#endif
