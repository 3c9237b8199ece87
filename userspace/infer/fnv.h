/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FNV-1a of 64 bits, http://www.isthe.com/chongo/tech/comp/fnv/ */
#ifndef INFER_FNV_H
#define INFER_FNV_H

#include <stddef.h>
#include <stdint.h>

/* What an empty text has. */
#define INFER_FNV UINT64_C(0xcbf29ce484222325)

/* infer_fnv(): @sum, of what came before, with so many bytes more. */
static inline uint64_t infer_fnv(uint64_t sum, const void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum = (sum ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001b3);
	return sum;
}

#endif
