/* SPDX-License-Identifier: GPL-2.0 */
/* Properties that hold for every seed; a failure prints the seed it failed for. */
#ifndef HEADGATE_PROPERTY_H
#define HEADGATE_PROPERTY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "../../kmod/queue.h"

extern u64 seed;	/* of the case under way; defined by each test program */

#define check(cond) do {							\
	if (!(cond)) {								\
		print_error("seed %llu: %s\n", (unsigned long long)seed, #cond);	\
		assert_true(cond);						\
	}									\
} while (0)

#endif
