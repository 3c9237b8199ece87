/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine's own: a request on its way. */
#ifndef INFER_SEQUENCE_H
#define INFER_SEQUENCE_H

#include "engine.h"

/**
 * struct infer_sequence - in one of the engine's two lists
 * @tokens: the prompt and what was made of it; [n_prompt + most]
 * @computed: of these, how many have their keys and values in the cache
 * @pages: [n_pages], once it is active
 * @slot: index of its page table in the batch
 */
struct infer_sequence {
	struct infer_sequence *next;
	struct infer_request request;
	struct infer_timing timing;
	uint32_t *tokens, *pages;
	uint32_t n_tokens, computed, n_pages, slot;
	bool cancelled;
};

/* infer_sequence_new(): NULL without memory. */
struct infer_sequence *infer_sequence_new(const struct infer_request *request);
void infer_sequence_free(struct infer_sequence *sequence);

/* A list in order of arrival. */
struct infer_sequences {
	struct infer_sequence *first, **last;
	uint32_t count;
};

void infer_sequences_init(struct infer_sequences *list);
void infer_sequences_append(struct infer_sequences *list, struct infer_sequence *sequence);
/* Takes out the one that *at points to. */
struct infer_sequence *infer_sequences_take(struct infer_sequences *list, struct infer_sequence **at);

#endif
