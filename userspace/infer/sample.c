// SPDX-License-Identifier: GPL-2.0-or-later
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "sample.h"

/*
 * Those below a key are out, and of those with that very key all but the first @equals. @least is the
 * key's logit, since nearly all are told apart by it and need no key.
 */
struct limit {
	float least;
	uint32_t key, equals;
};

static bool is_number(float logit)
{
	return logit >= -FLT_MAX && logit <= FLT_MAX;
}

/*
 * A number that is the greater, the greater the logit; 0 for what is none, which no number has. The
 * sign is no branch, as it is often either.
 */
static uint32_t key_of(float logit)
{
	uint32_t bits;

	logit += 0.0f; /* -0 to 0 */
	memcpy(&bits, &logit, sizeof(bits));
	if ((bits & 0x7f800000) == 0x7f800000)
		return 0;
	return bits ^ ((uint32_t)((int32_t)bits >> 31) | 1u << 31);
}

static float logit_of(uint32_t key)
{
	uint32_t bits = key & 1u << 31 ? key ^ 1u << 31 : ~key;
	float logit;

	memcpy(&logit, &bits, sizeof(logit));
	return is_number(logit) ? logit : -FLT_MAX;
}

/*
 * Blocks without anything greater, as nearly all are, are passed over without a branch for each of
 * their logits.
 */
static uint32_t greatest(const float *logits, uint32_t n)
{
	uint32_t best = UINT32_MAX, i = 0;
	float most = -INFINITY;

	while (i < n) {
		uint32_t end = n - i < 64 ? n : i + 64;
		unsigned int greater = 0;

		for (uint32_t j = i; j < end; j++)
			greater |= (logits[j] > most) & (logits[j] <= FLT_MAX);
		for (; greater && i < end; i++) {
			if (!(logits[i] > most) || logits[i] > FLT_MAX)
				continue;
			most = logits[i];
			best = i;
		}
		i = end;
	}
	return best;
}

/*
 * A number of 64 bits, all of which depend on all of seed and position (the last step of
 * splitmix64, twice).
 */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

/* From 0 to less than 1 */
static double draw(uint64_t seed, uint32_t position)
{
	uint64_t number =
		mix(mix(seed + 0x9e3779b97f4a7c15) + 0x9e3779b97f4a7c15 * ((uint64_t)position + 1));

	return (double)(number >> 11) * 0x1p-53;
}

/* Counts by the next bits of their keys those whose first bits are known. */
#define DIGIT_BITS 11
#define DIGITS (1u << DIGIT_BITS)

struct digits {
	uint32_t counts[DIGITS];
	double weights[DIGITS];
};

static void count_digits(const float *logits, const float *weights, uint32_t n, uint32_t prefix,
			 unsigned int shift, struct digits *digits)
{
	float least = logit_of(prefix << shift << DIGIT_BITS);

	memset(digits, 0, sizeof(*digits));
	for (uint32_t i = 0; i < n; i++) {
		uint32_t key, digit;

		if (!(logits[i] >= least) || (weights && !(weights[i] > 0)))
			continue;
		key = key_of(logits[i]);
		/* The bits above those that are counted, of which there are none at first. */
		if (!key || (uint64_t)key >> (shift + DIGIT_BITS) != prefix)
			continue;
		digit = key >> shift & (DIGITS - 1);
		digits->counts[digit]++;
		if (weights)
			digits->weights[digit] += (double)weights[i];
	}
}

/*
 * The limit of the fewest greatest that are @count, or whose weights reach @weight. Digit by digit
 * of the key, from the first: three passes, whatever the logits are, where sorting would take many.
 */
static struct limit limit_of(const float *logits, const float *weights, uint32_t n, uint32_t count,
			     double weight)
{
	static const unsigned int shifts[] = { 22, 11, 0 }; /* the first digit has 10 bits */
	struct digits digits;
	uint32_t prefix = 0, before = 0, digit;
	double weight_before = 0, each;
	uint32_t equals, needed;

	for (int i = 0; i < 3; i++) {
		uint32_t last = UINT32_MAX;

		count_digits(logits, weights, n, prefix, shifts[i], &digits);
		for (digit = DIGITS; digit--; ) {
			if (!digits.counts[digit])
				continue;
			last = digit;
			if (weights ? weight_before + digits.weights[digit] >= weight :
				      before + digits.counts[digit] >= count)
				break;
			before += digits.counts[digit];
			weight_before += digits.weights[digit];
		}
		if (digit == UINT32_MAX) {
			/*
			 * Sums in another order may fall short by their rounding: then down to the
			 * least.
			 */
			digit = last;
			before -= digits.counts[last];
			weight_before -= digits.weights[last];
		}
		prefix = prefix << DIGIT_BITS | digit;
	}
	equals = digits.counts[digit];
	if (weights) {
		each = digits.weights[digit] / equals;
		needed = each > 0 && (weight - weight_before) / each < equals ?
			 (uint32_t)ceil((weight - weight_before) / each) : equals;
	} else {
		needed = count - before;
	}
	if (needed < equals)
		equals = needed ? needed : 1;
	return (struct limit){ .least = logit_of(prefix), .key = prefix, .equals = equals };
}

static bool is_in(struct limit *limit, float logit)
{
	uint32_t key;

	if (!(logit >= limit->least))
		return false;
	key = key_of(logit);
	if (!key || key < limit->key)
		return false;
	if (key > limit->key)
		return true;
	if (!limit->equals)
		return false;
	limit->equals--;
	return true;
}

/* Their weights, as parts of the greatest's, and of none else. Return: the sum. */
static double weigh(const struct infer_sampling *sampling, const float *logits, uint32_t n,
		    float most, struct limit limit, float *weights)
{
	double sum = 0, sharpness = 1 / (double)sampling->temperature;

	for (uint32_t i = 0; i < n; i++) {
		weights[i] = 0;
		if (!is_in(&limit, logits[i]))
			continue;
		/* As double, in which no difference of two is infinite. */
		weights[i] = expf((float)(((double)logits[i] - (double)most) * sharpness));
		sum += (double)weights[i];
	}
	return sum;
}

uint32_t infer_sample(const struct infer_sampling *sampling, const float *logits, uint32_t n,
		      uint32_t position, float *scratch)
{
	uint32_t best = greatest(logits, n), last = best;
	struct limit limit = { .least = -FLT_MAX, .equals = UINT32_MAX };
	double sum, target;

	if (best == UINT32_MAX || !(sampling->temperature > 0) || sampling->top_k == 1)
		return best;
	if (sampling->top_k && sampling->top_k < n)
		limit = limit_of(logits, NULL, n, sampling->top_k, 0);
	sum = weigh(sampling, logits, n, logits[best], limit, scratch);
	if (!(sampling->top_p >= 1))
		limit = limit_of(logits, scratch, n, 0,
				 sampling->top_p > 0 ? (double)sampling->top_p * sum : 0);
	sum = 0;
	for (uint32_t i = 0; i < n; i++) {
		if (!(scratch[i] > 0))
			continue;
		if (!is_in(&limit, logits[i]) || scratch[i] < sampling->min_p)
			scratch[i] = 0;
		sum += (double)scratch[i];
	}
	target = draw(sampling->seed, position) * sum;
	for (uint32_t i = 0; i < n; i++) {
		if (!(scratch[i] > 0))
			continue;
		last = i;
		target -= (double)scratch[i];
		if (target < 0)
			break;
	}
	return last;
}
