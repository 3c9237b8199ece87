/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Neighbours in a text, merged pair by pair, the best of all first, the leftmost among equals.
 *
 * A queue holds the pairs that can be merged. Each merge makes at most two new ones, so that it
 * never holds more than twice the symbols, and the whole takes n log n.
 */
#ifndef INFER_TOKENIZER_MERGE_H
#define INFER_TOKENIZER_MERGE_H

#include "tokenizer_parts.h"

/* A part of the text; merged into the one before it when its length is 0. */
struct infer_symbol {
	uint32_t start, length, token, previous, next;
};

struct infer_pair;

/**
 * struct infer_merging - one text at a time; all zero at first but for the three on top,
 * infer_merging_free() at last
 * @pair: what two neighbours merge to, the lesser *order the sooner, or INFER_NO_TOKEN
 */
struct infer_merging {
	const struct infer_tokenizer *tokenizer;
	const char *text;
	uint32_t (*pair)(const struct infer_merging *merging, const struct infer_symbol *left,
			 const struct infer_symbol *right, uint32_t *order);
	struct infer_symbol *symbols;
	uint32_t count, room;
	struct infer_pair *queue;
	uint32_t queued, queue_room;
};

/* Before the first symbol and behind the last. */
#define INFER_NO_SYMBOL UINT32_MAX

int infer_merging_symbol(struct infer_merging *merging, uint32_t start, uint32_t length,
			 uint32_t token);

/*
 * Merges the symbols until no pair can be; those that are left are linked by next, from the first
 * on. -ENOMEM.
 */
int infer_merging_run(struct infer_merging *merging);

/* To the next text. */
void infer_merging_clear(struct infer_merging *merging);
void infer_merging_free(struct infer_merging *merging);

#endif
