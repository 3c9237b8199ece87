// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Of logarithms, since a device that got slower makes all work longer by the same factor.
 *
 * The detector is a one-sided CUSUM (Page, 1954) over deviations in standard deviations, each
 * clipped, so that no single outlier says anything: with a clip at 4 and a slack of 1 it takes
 * three samples to reach 9.  On synthetic shared load that is one false alarm in 20,000 samples,
 * and four samples to notice a factor of 1.2.
 *
 * The past is settled after some minutes and does not follow: a device that slows down over
 * months is slower all the same.  Only what gets faster for good is learned anew: then the past
 * was that of a device which was not well.
 */
#include "series.h"

#include <math.h>
#include <string.h>

#define CLIP		4.0
#define SLACK		1.0
#define THRESHOLD	9.0
/* It remembers little more than it takes to notice: recovery is as quick. */
#define EXCESS_MAX	(THRESHOLD + CLIP)
/* Of the deviation: what is measured ever so regularly has causes to vary that it has not met. */
#define DEVIATION_MIN	0.03
/* Some 35 samples in a row that are far below. */
#define FASTER		100.0
#define FASTER_FACTOR	(1 / 1.15)
/* The first ones make up what later ones find there: clocks, caches, compiled shaders. */
#define WARM_UP		5
/* From so many on it is known what is far out. */
#define CLIPS		20

static double deviation(const struct headgate_series_past *past)
{
	double value = past->learned > 1 ? sqrt(past->square / (past->learned - 1)) : 0;

	return fmax(value, DEVIATION_MIN);
}

static double clip(double z)
{
	return fmax(-CLIP, fmin(CLIP, z));
}

/* Welford. */
static void learn_from(struct headgate_series_past *past, double sample)
{
	double before = sample - past->mean;

	past->learned++;
	past->mean += before / past->learned;
	past->square += before * (sample - past->mean);
}

static bool is_known(const struct headgate_series_past *past)
{
	return past->learned >= HEADGATE_SERIES_JUDGES;
}

/*
 * What to compare with; NULL: nothing.  A device that is not well may do less than it did, since it is
 * not well: then what is known of it is better than nothing.
 */
static struct headgate_series_past *past_for(struct headgate_series *series,
					     enum headgate_series_company company, bool well)
{
	struct headgate_series_past *own = &series->pasts[company], *other = &series->pasts[!company];

	if (is_known(own))
		return own;
	return !well && is_known(other) ? other : NULL;
}

static void judge(struct headgate_series *series, struct headgate_series_past *past, double sample,
		  bool well)
{
	double z;

	if (!past)
		return;
	z = clip((sample - past->mean) / deviation(past));
	series->excess = fmax(0, fmin(EXCESS_MAX, series->excess + z - SLACK));
	series->recent[series->judged++ % HEADGATE_SERIES_RECENT] = sample - past->mean;
	/* What fails may be quick. */
	past->deficit = well ? fmax(0, past->deficit - z - SLACK) : 0;
	if (past->deficit >= FASTER && headgate_series_factor(series) <= FASTER_FACTOR)
		*past = (struct headgate_series_past){ 0 };
}

void headgate_series_add(struct headgate_series *series, enum headgate_series_company company,
			 double time, bool learn)
{
	struct headgate_series_past *past = &series->pasts[company];
	double sample = log(time);

	judge(series, past_for(series, company, learn), sample, learn);
	if (++series->added <= WARM_UP || !learn || past->learned >= HEADGATE_SERIES_SETTLED ||
	    series->excess >= THRESHOLD / 2)
		return;
	/* What is far out counts as far out, not by how far. */
	if (past->learned >= CLIPS)
		sample = past->mean + clip((sample - past->mean) / deviation(past)) * deviation(past);
	learn_from(past, sample);
}

bool headgate_series_judges(const struct headgate_series *series)
{
	return series->judged >= HEADGATE_SERIES_RECENT;
}

bool headgate_series_exceeds(const struct headgate_series *series)
{
	return series->excess >= THRESHOLD;
}

unsigned int headgate_series_above(const struct headgate_series *series, double factor)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < HEADGATE_SERIES_RECENT; i++)
		count += series->recent[i] >= log(factor);
	return count;
}

double headgate_series_factor(const struct headgate_series *series)
{
	double sorted[HEADGATE_SERIES_RECENT];
	unsigned int j;

	for (unsigned int i = 0; i < HEADGATE_SERIES_RECENT; i++) {
		for (j = i; j > 0 && sorted[j - 1] > series->recent[i]; j--)
			sorted[j] = sorted[j - 1];
		sorted[j] = series->recent[i];
	}
	return exp(sorted[HEADGATE_SERIES_RECENT / 2]);
}

void headgate_series_restart(struct headgate_series *series)
{
	series->excess = 0;
	memset(series->recent, 0, sizeof(series->recent));
	series->judged = 0;
	series->added = 0;
}
