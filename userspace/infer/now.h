/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef INFER_NOW_H
#define INFER_NOW_H

#include <stdint.h>
#include <time.h>

#define INFER_SECOND 1000000000ull

/* ns of CLOCK_MONOTONIC */
static inline uint64_t infer_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * INFER_SECOND + (uint64_t)now.tv_nsec;
}

#endif
