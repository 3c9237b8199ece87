// SPDX-License-Identifier: GPL-2.0-or-later
#include "counts.h"

#include <stdatomic.h>

static _Atomic uint64_t counts[COUNTS];

void counts_add(enum count count)
{
	atomic_fetch_add_explicit(&counts[count], 1, memory_order_relaxed);
}

void counts_set(enum count count, uint64_t value)
{
	atomic_store_explicit(&counts[count], value, memory_order_relaxed);
}

uint64_t counts_get(enum count count)
{
	return atomic_load_explicit(&counts[count], memory_order_relaxed);
}
