// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "sequence.h"

struct infer_sequence *infer_sequence_new(const struct infer_request *request)
{
	struct infer_sequence *sequence = calloc(1, sizeof(*sequence));
	uint32_t n = request->n_prompt + request->most;

	if (!sequence)
		return NULL;
	sequence->request = *request;
	sequence->request.prompt = NULL;
	sequence->n_pages = (n + INFER_PAGE - 1) / INFER_PAGE;
	sequence->tokens = malloc(n * sizeof(*sequence->tokens));
	sequence->pages = malloc(sequence->n_pages * sizeof(*sequence->pages));
	if (!sequence->tokens || !sequence->pages) {
		infer_sequence_free(sequence);
		return NULL;
	}
	memcpy(sequence->tokens, request->prompt, request->n_prompt * sizeof(*sequence->tokens));
	sequence->n_tokens = request->n_prompt;
	return sequence;
}

void infer_sequence_free(struct infer_sequence *sequence)
{
	free(sequence->tokens);
	free(sequence->pages);
	free(sequence);
}

void infer_sequences_init(struct infer_sequences *list)
{
	*list = (struct infer_sequences){ .last = &list->first };
}

void infer_sequences_append(struct infer_sequences *list, struct infer_sequence *sequence)
{
	sequence->next = NULL;
	*list->last = sequence;
	list->last = &sequence->next;
	list->count++;
}

struct infer_sequence *infer_sequences_take(struct infer_sequences *list, struct infer_sequence **at)
{
	struct infer_sequence *sequence = *at;

	*at = sequence->next;
	if (!sequence->next)
		list->last = at;
	list->count--;
	return sequence;
}
