// SPDX-License-Identifier: GPL-2.0
#include <math.h>

#include "histogram.h"

void histogram_add(struct histogram *h, uint64_t v)
{
	unsigned int e, i = v;

	if (v >= SUB) {
		e = 63 - __builtin_clzll(v);
		i = (e - SUB_BITS + 1) * SUB + ((v >> (e - SUB_BITS)) & (SUB - 1));
	}
	h->count[i]++;
	h->n++;
	if (v > h->max)
		h->max = v;
}

/* The upper end of bucket @i. */
static uint64_t bucket_end(unsigned int i)
{
	unsigned int e;

	if (i < SUB)
		return i;
	e = i / SUB - 1;
	return ((uint64_t)(SUB + i % SUB + 1) << e) - 1;
}

uint64_t histogram_quantile(const struct histogram *h, double q)
{
	uint64_t seen = 0, want = ceil(q * h->n);
	unsigned int i;

	for (i = 0; i < BUCKETS && h->n; i++) {
		seen += h->count[i];
		if (seen >= want)
			return bucket_end(i) < h->max ? bucket_end(i) : h->max;
	}
	return h->max;
}

void histogram_merge(struct histogram *to, const struct histogram *from)
{
	unsigned int i;

	for (i = 0; i < BUCKETS; i++)
		to->count[i] += from->count[i];
	to->n += from->n;
	if (from->max > to->max)
		to->max = from->max;
}
