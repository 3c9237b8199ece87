// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "kernels.h"

/* The best first. */
static const struct native_kernels *const all[] = {
#ifdef __x86_64__
	&native_kernels_avx512, &native_kernels_avx2,
#endif
#ifdef __aarch64__
	&native_kernels_neon,
#endif
	&native_kernels_plain,
};

const struct native_kernels *native_kernels_named(const char *name)
{
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if ((!name || !strcmp(name, all[i]->name)) && all[i]->supported())
			return all[i];
	return NULL;
}
