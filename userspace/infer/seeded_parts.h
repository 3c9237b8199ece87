/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What seeded models are made with: numbers of a seed, and a vocabulary. */
#ifndef INFER_SEEDED_PARTS_H
#define INFER_SEEDED_PARTS_H

#include "gguf_write.h"
#include "seeded.h"

/* Steele, Lea, Flood: Fast splittable pseudorandom number generators (2014): SplitMix64. */
static inline uint64_t seeded_mix(uint64_t value)
{
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
	value = (value ^ value >> 27) * 0x94d049bb133111eb;
	return value ^ value >> 31;
}

static inline uint64_t seeded_next(uint64_t *state)
{
	*state += 0x9e3779b97f4a7c15;
	return seeded_mix(*state);
}

/* seeded_stream(): numbers of its own for each name (by FNV-1a), whatever else is drawn. */
static inline uint64_t seeded_stream(uint64_t seed, const char *name)
{
	uint64_t hash = 0xcbf29ce484222325;

	while (*name)
		hash = (hash ^ (uint8_t)*name++) * 0x100000001b3;
	return seeded_mix(seeded_mix(seed) + hash);
}

/**
 * seeded_write_tokens() - the keys of the tokenizer
 *
 * Any bytes can be tokenised; pieces of several letters are made by merging a letter, of those that
 * are common in English, to an earlier piece.
 *
 * Return: 0 or -ENOMEM.
 */
int seeded_write_tokens(struct infer_gguf_writer *writer, const struct infer_seeded *seeded);

#endif
