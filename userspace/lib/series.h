/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long one kind of work takes, against how long it took while all was well. */
#ifndef LIBHEADGATE_SERIES_H
#define LIBHEADGATE_SERIES_H

#include <stdbool.h>
#include <stdint.h>

/* Samples, from which on a past is compared with, and after which it is settled. */
#define HEADGATE_SERIES_JUDGES	60
#define HEADGATE_SERIES_SETTLED	500

/* Newest samples, so many of which must agree before anything is said. */
#define HEADGATE_SERIES_RECENT	5
#define HEADGATE_SERIES_AGREE	3

/* Clocks, caches and power of a device that does nothing else are not those of a busy one. */
enum headgate_series_company { HEADGATE_SERIES_ALONE, HEADGATE_SERIES_BESIDE, HEADGATE_SERIES_PASTS };

/**
 * struct headgate_series_past - what it took while all was well
 * @learned: samples that this is of
 * @mean: of the natural logarithm of the time
 * @square: sum of squared deviations from it
 * @deficit: as @excess of the series, of samples that took less
 */
struct headgate_series_past {
	uint32_t learned;
	double mean;
	double square;
	double deficit;
};

/**
 * struct headgate_series - times of one kind of work; all 0 to begin with
 * @pasts: alone, and beside others' work
 * @excess: one-sided cumulative sum of clipped deviations, in standard deviations less what is let pass
 * @recent: deviations of the newest samples from their past, as logarithms; a ring
 * @judged: samples that were compared with a past
 * @added: samples
 */
struct headgate_series {
	struct headgate_series_past pasts[HEADGATE_SERIES_PASTS];
	double excess;
	double recent[HEADGATE_SERIES_RECENT];
	uint64_t judged;
	uint64_t added;
};

/**
 * headgate_series_add - one more sample
 * @series: series
 * @company: whether the device did something else beside
 * @time: any unit, always the same; above 0
 * @learn: all is well with the device, as far as is known: this may become its past
 */
void headgate_series_add(struct headgate_series *series, enum headgate_series_company company,
			 double time, bool learn);

/* There is enough of a present, compared with enough of a past. */
bool headgate_series_judges(const struct headgate_series *series);

/* It takes longer than it did, beyond chance. */
bool headgate_series_exceeds(const struct headgate_series *series);

/* How many of the newest take @factor times as long as in the past, or longer. */
unsigned int headgate_series_above(const struct headgate_series *series, double factor);

/* The median of the newest, as a multiple of the past. */
double headgate_series_factor(const struct headgate_series *series);

/* The present is forgotten, the past is not. */
void headgate_series_restart(struct headgate_series *series);

#endif
