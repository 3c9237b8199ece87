// SPDX-License-Identifier: GPL-2.0-or-later
/* Four buckets per power of two; the layout is that of wait-buckets in headgate.yaml. */
#include <errno.h>
#include <math.h>

#include "histogram.h"

#define STEPS 4		/* buckets per octave */
#define FIRST_SHIFT 8	/* a bucket of the first octave is 1 << 8 = 256 ns wide */

uint64_t headgate_histogram_edge(unsigned int bucket)
{
	if (bucket < STEPS)
		return (uint64_t)bucket << FIRST_SHIFT;
	return (uint64_t)(STEPS + bucket % STEPS) << (bucket / STEPS - 1 + FIRST_SHIFT);
}

void headgate_histogram_add(uint32_t *counts, const uint32_t *other)
{
	for (unsigned int i = 0; i < HEADGATE_WAIT_BUCKETS; i++)
		counts[i] += other[i];
}

void headgate_histogram_subtract(uint32_t *counts, const uint32_t *other)
{
	for (unsigned int i = 0; i < HEADGATE_WAIT_BUCKETS; i++)
		counts[i] -= other[i];
}

int headgate_histogram_percentile(const uint32_t *counts, double percent, uint64_t *ns)
{
	uint64_t total = 0, below = 0;
	double rank;

	if (!(percent > 0 && percent <= 100))
		return -EINVAL;
	for (unsigned int i = 0; i < HEADGATE_WAIT_BUCKETS; i++)
		total += counts[i];
	if (!total)
		return -ENODATA;
	/* The nearest-rank definition: the rank-th smallest wait, from 1. */
	rank = ceil(percent / 100 * (double)total);
	for (unsigned int i = 0; i < HEADGATE_WAIT_BUCKETS; i++) {
		if ((double)(below + counts[i]) >= rank) {
			uint64_t low = headgate_histogram_edge(i);
			uint64_t width = headgate_histogram_edge(i + 1) - low;

			*ns = low + (uint64_t)((double)width * (rank - (double)below) / counts[i]);
			return 0;
		}
		below += counts[i];
	}
	*ns = headgate_histogram_edge(HEADGATE_WAIT_BUCKETS);
	return 0;
}
