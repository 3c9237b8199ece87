/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Known answers: the logits of a tiny seeded model for fixed tokens. A device gives the very same bits
 * each time, or something is wrong with it; and what it gives is right if it is near what the plain C
 * kernels give.
 *
 * A hash of the bits finds 84 to 87 of 100 flipped bits of weights at the first run, where "is the
 * greatest logit the same" finds fewer than 7; the rest change no logit at all.
 */
#ifndef INFER_KNOWN_H
#define INFER_KNOWN_H

#include "leg.h"

/* Logits further from the reference than this are wrong (normalised mean square error). */
#define INFER_KNOWN_NMSE 1e-8

/* More than a page of the cache, and more than one tile of each kernel. */
#define INFER_KNOWN_PROMPT 41u

struct infer_known;

/**
 * infer_known_open() - a tiny model of that type, and what the plain kernels give for it
 *
 * Return: 0 and *known, which infer_known_close() frees; -ENOMEM.
 */
int infer_known_open(enum infer_type type, struct infer_known **known);

/**
 * infer_known_of() - the same of a model of the caller's, which must outlive it
 * @prompt: tokens in the first batch, at most INFER_KNOWN_PROMPT
 * @singles: tokens one by one after it
 */
int infer_known_of(const struct infer_model *model, uint32_t prompt, uint32_t singles,
		   struct infer_known **known);
void infer_known_close(struct infer_known *known);

/* What legs that it is run on are to be opened with. */
const struct infer_model *infer_known_model(const struct infer_known *known);
const struct infer_limits *infer_known_limits(const struct infer_known *known);

/**
 * struct infer_answer - of one run
 * @hash: of the logits' bits (FNV-1a, 64 bits)
 * @nmse: against the plain kernels; infinite if a logit is no number
 * @ns: from the first batch's begin to the last one's end
 */
struct infer_answer {
	uint64_t hash;
	double nmse;
	uint64_t ns;
};

/**
 * infer_known_run() - a prompt in one batch, then some tokens one by one
 *
 * Return: 0, or the error of the leg.
 */
int infer_known_run(struct infer_known *known, struct infer_leg *leg, struct infer_answer *answer);

/**
 * infer_known_run_each() - the same, with a call after each batch
 */
int infer_known_run_each(struct infer_known *known, struct infer_leg *leg, struct infer_answer *answer,
			 void (*after)(const struct infer_leg *leg, void *data), void *data);

#endif
