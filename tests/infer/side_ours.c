// SPDX-License-Identifier: GPL-2.0-or-later
/* The native leg. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "loaded.h"
#include "side.h"
#include "tokenizer.h"

#define PAGES (SIDE_CONTEXT / INFER_PAGE)

struct side {
	struct infer_loaded loaded;
	struct infer_leg *leg;
	uint32_t pages[PAGES];
	struct infer_row rows[SIDE_CONTEXT];
	uint32_t wanted[SIDE_CONTEXT];
	float *logits;
};

struct side *side_open(const char *model, uint32_t threads)
{
	struct infer_limits limits = { .rows = SIDE_CONTEXT,
				       .pages = PAGES,
				       .sequence_pages = PAGES,
				       .sequences = SIDE_CONTEXT,
				       .threads = threads };
	struct side *side = calloc(1, sizeof(*side));
	char problem[INFER_PROBLEM];
	int error;

	if (!side)
		side_die("no memory");
	if (infer_loaded_open(&side->loaded, model, problem))
		side_die("%s", problem);
	error = infer_native_open(side->loaded.model, &limits, NULL, &side->leg);
	if (error)
		side_die("the native leg does not open: %s", strerror(-error));
	side->logits = calloc(SIDE_CONTEXT, side_vocabulary(side) * sizeof(float));
	if (!side->logits)
		side_die("no memory");
	/* No page has the one before for its neighbour. */
	for (uint32_t i = 0; i < PAGES; i++)
		side->pages[i] = PAGES - 1 - i;
	return side;
}

uint32_t side_vocabulary(const struct side *side)
{
	return side->loaded.model->vocabulary;
}

const char *side_kernels(const struct side *side)
{
	return side->leg->name;
}

uint32_t *side_tokenise(const struct side *side, const char *text, uint32_t length,
			uint32_t *count)
{
	uint32_t *tokens;
	size_t n;
	int error = infer_tokenise(side->loaded.tokenizer, text, length, true, false, &tokens, &n);

	if (error)
		side_die("the text has no tokens: %s", strerror(-error));
	*count = (uint32_t)n;
	return tokens;
}

void side_spoil(struct side *side, const char *mistake)
{
	struct infer_model *model = side->loaded.model;

	if (!strcmp(mistake, "pairs"))
		model->rope_halves = !model->rope_halves;
	else if (!strcmp(mistake, "turns"))
		for (uint32_t i = 0; i < model->rope_dims / 2; i++)
			model->rope_frequency[i] *= 1.01f;
	else
		side_die("there is no mistake called '%s': pairs or turns", mistake);
}

const float *side_ask(struct side *side, const uint32_t *tokens, uint32_t position, uint32_t n)
{
	const uint32_t *table = side->pages;
	struct infer_batch batch = { .rows = side->rows, .tables = &table, .wanted = side->wanted,
				     .n_rows = n, .n_sequences = 1, .n_wanted = n };
	int error;

	for (uint32_t i = 0; i < n; i++) {
		side->rows[i] = (struct infer_row){ tokens[i], 0, position + i };
		side->wanted[i] = i;
	}
	error = infer_graph_run(side->leg, &batch, side->logits);
	if (error)
		side_die("the native leg fails at position %u: %s", position, strerror(-error));
	return side->logits;
}

void side_close(struct side *side)
{
	infer_leg_close(side->leg);
	infer_loaded_close(&side->loaded);
	free(side->logits);
	free(side);
}
