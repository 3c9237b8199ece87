// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tokenizer_merge.h"
#include "unicode.h"

/* A number that is the less, the greater the score; what is no number comes last. */
static uint32_t order_of(float score)
{
	uint32_t bits;

	if (score != score)
		return UINT32_MAX;
	score += 0.0f; /* -0 to 0 */
	memcpy(&bits, &score, sizeof(bits));
	return bits & 1u << 31 ? bits : ~bits & ~(1u << 31);
}

int infer_spm_read(struct infer_tokenizer *tokenizer, const struct infer_vocabulary *vocabulary)
{
	tokenizer->order = calloc(tokenizer->size, sizeof(*tokenizer->order));
	if (!tokenizer->order)
		return -ENOMEM;
	for (uint32_t i = 0; vocabulary->scores && i < tokenizer->size; i++)
		tokenizer->order[i] = order_of(vocabulary->scores[i]);
	return 0;
}

static uint32_t pair(const struct infer_merging *merging, const struct infer_symbol *left,
		     const struct infer_symbol *right, uint32_t *order)
{
	const struct infer_tokenizer *tokenizer = merging->tokenizer;
	uint32_t token = infer_token_named(tokenizer, merging->text + left->start,
					   left->length + right->length);

	if (token != INFER_NO_TOKEN)
		*order = tokenizer->order[token];
	return token;
}

/* Characters, and bytes that are none: tokens of one byte stand for both. */
static int add_symbols(struct infer_merging *merging, size_t length)
{
	const char *text = merging->text;
	uint32_t character, token;
	int error = 0, bytes;

	for (size_t at = 0; at < length && !error; at += (size_t)bytes) {
		bytes = infer_utf8_next(text + at, length - at, &character);
		if (bytes < 1)
			bytes = 1;
		token = infer_token_named(merging->tokenizer, text + at, (size_t)bytes);
		error = infer_merging_symbol(merging, (uint32_t)at, (uint32_t)bytes, token);
	}
	return error;
}

static int tokens_of(const struct infer_merging *merging, const struct infer_symbol *symbol,
		     struct infer_tokens *tokens)
{
	const struct infer_tokenizer *tokenizer = merging->tokenizer;
	const uint8_t *bytes = (const uint8_t *)merging->text + symbol->start;
	int error = 0;

	if (symbol->token != INFER_NO_TOKEN)
		return infer_tokens_add(tokens, symbol->token);
	for (uint32_t i = 0; i < symbol->length; i++)
		if (tokenizer->by_byte[bytes[i]] == tokenizer->unknown)
			return infer_tokens_add(tokens, tokenizer->unknown);
	for (uint32_t i = 0; i < symbol->length && !error; i++)
		error = infer_tokens_add(tokens, tokenizer->by_byte[bytes[i]]);
	return error;
}

int infer_spm_add(const struct infer_tokenizer *tokenizer, const char *text, size_t length,
		  struct infer_tokens *tokens)
{
	struct infer_merging merging = { .tokenizer = tokenizer, .text = text, .pair = pair };
	int error = add_symbols(&merging, length);

	if (!error)
		error = infer_merging_run(&merging);
	for (uint32_t i = 0; length && i != INFER_NO_SYMBOL && !error; i = merging.symbols[i].next)
		error = tokens_of(&merging, &merging.symbols[i], tokens);
	infer_merging_free(&merging);
	return error;
}
