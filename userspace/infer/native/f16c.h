/* SPDX-License-Identifier: GPL-2.0-or-later */
/* __builtin_cpu_supports() of clang before 18 knows no "f16c". */
#ifndef NATIVE_F16C_H
#define NATIVE_F16C_H

#include <cpuid.h>
#include <stdbool.h>

/* Whether the processor has the instructions; that the system saves their registers "avx2" says. */
static inline bool native_has_f16c(void)
{
	unsigned int a, b, c, d;

	return __get_cpuid(1, &a, &b, &c, &d) && c & bit_F16C;
}

#endif
