/* SPDX-License-Identifier: GPL-2.0 */
/* Histograms of times, within 6.25 %. */
#ifndef SIMLOAD_HISTOGRAM_H
#define SIMLOAD_HISTOGRAM_H

#include <stdint.h>

/* 16 buckets for each power of two. */
#define SUB_BITS	4
#define SUB		(1 << SUB_BITS)
#define BUCKETS		((64 - SUB_BITS) * SUB)

struct histogram {
	uint64_t n;
	uint64_t max;
	uint32_t count[BUCKETS];
};

void histogram_add(struct histogram *h, uint64_t v);
void histogram_merge(struct histogram *to, const struct histogram *from);

/* The upper end of the bucket below which @q (0 to 1) of the times lie. */
uint64_t histogram_quantile(const struct histogram *h, double q);

#endif
