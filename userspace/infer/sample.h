/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which token follows, given the logits. */
#ifndef INFER_SAMPLE_H
#define INFER_SAMPLE_H

#include <stdint.h>

/**
 * struct infer_sampling - how to choose
 *
 * Probabilities are those at this temperature, of the tokens that @top_k leaves; of equals the
 * lowest indexes stay.
 *
 * @temperature: 0 for the greatest logit (the lowest index among equals)
 * @top_k: of the so many greatest; 0 for all
 * @top_p: of the fewest greatest whose probabilities reach this; 1 for all
 * @min_p: of those with at least this part of the greatest's probability; 0 for all
 * @seed: with it and the position each draw is determined, whichever device computed the logits and
 *	whoever else was in the batch
 */
struct infer_sampling {
	float temperature;
	uint32_t top_k;
	float top_p, min_p;
	uint64_t seed;
};

/**
 * infer_sample() - one token
 * @scratch: [n], overwritten
 * @position: of the token to be chosen
 *
 * Logits that are no numbers, or infinite, are never chosen; a temperature that is none, or
 * negative, is 0.
 *
 * Return: its index; UINT32_MAX if no logit is a finite number, which a device gone wrong may give.
 */
uint32_t infer_sample(const struct infer_sampling *sampling, const float *logits, uint32_t n,
		      uint32_t position, float *scratch);

#endif
