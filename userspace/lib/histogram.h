/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Histograms of waits, as the module counts them. */
#ifndef LIBHEADGATE_HISTOGRAM_H
#define LIBHEADGATE_HISTOGRAM_H

#include <stdint.h>

#include <linux/headgate.h>

/* Lower edge of bucket @bucket in ns; @bucket == HEADGATE_WAIT_BUCKETS gives the end of the last. */
uint64_t headgate_histogram_edge(unsigned int bucket);

/* @counts += or -= @other; counters wrap as those of the module do. */
void headgate_histogram_add(uint32_t *counts, const uint32_t *other);
void headgate_histogram_subtract(uint32_t *counts, const uint32_t *other);

/**
 * headgate_histogram_percentile() - smallest wait that @percent of waits do not exceed
 * @counts: HEADGATE_WAIT_BUCKETS counts
 * @percent: above 0, up to 100
 * @ns: receives the wait in ns, interpolated within its bucket; a bucket is at
 *	most a quarter as wide as its lower edge, which bounds the error
 *
 * Return: 0, -ENODATA when there are no waits, -EINVAL.
 */
int headgate_histogram_percentile(const uint32_t *counts, double percent, uint64_t *ns);

#endif
