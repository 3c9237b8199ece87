// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tokenizer_merge.h"
#include "unicode.h"

/*
 * GPT-2's alphabet: bytes that are printable in Latin-1 are themselves, the others, in their order,
 * are the characters from 256 on.
 */
static int byte_of(uint32_t character)
{
	if ((character > ' ' && character < 127) ||
	    (character > 160 && character < 256 && character != 173))
		return (int)character;
	if (character >= 256 && character <= 256 + ' ')
		return (int)character - 256;
	if (character > 256 + ' ' && character <= 322)
		return (int)character - 289 + 127;
	return character == 323 ? 173 : -1;
}

size_t infer_bpe_bytes(const struct infer_text *text, char *bytes)
{
	size_t count = 0;
	int step;

	for (size_t at = 0; at < text->length; at += (size_t)step) {
		uint32_t character;
		int byte = -1;

		step = infer_utf8_next(text->bytes + at, text->length - at, &character);
		if (step > 0)
			byte = byte_of(character);
		if (byte < 0) {
			memcpy(bytes, text->bytes, text->length);
			return text->length;
		}
		bytes[count++] = (char)byte;
	}
	return count;
}

static uint64_t pair_hash(uint32_t left, uint32_t right)
{
	return infer_hash_number((uint64_t)left << 32 | right);
}

/*
 * The token of a merge's side, which is bytes in GPT-2's alphabet; *bytes is where those of both
 * sides gather.
 */
static uint32_t side(const struct infer_tokenizer *tokenizer, struct infer_text text, char *bytes,
		     size_t *count)
{
	size_t added = infer_bpe_bytes(&text, bytes + *count);
	const char *begin = bytes + *count;

	*count += added;
	return infer_token_named(tokenizer, begin, added);
}

/* What a merge makes, or INFER_NO_TOKEN, and the hash of its two sides. */
static uint32_t read_merge(const struct infer_tokenizer *tokenizer, const struct infer_text *merge,
			   uint64_t *hash)
{
	char bytes[2 * INFER_TOKEN_TEXT];
	size_t length, count = 0;
	uint32_t left, right;
	const char *space;

	if (merge->length < 3 || merge->length > sizeof(bytes))
		return INFER_NO_TOKEN;
	/* Sides have no spaces, but where their text is none of the alphabet, which may begin so. */
	space = memchr(merge->bytes + 1, ' ', merge->length - 1);
	if (!space)
		return INFER_NO_TOKEN;
	length = (size_t)(space - merge->bytes);
	left = side(tokenizer, (struct infer_text){ merge->bytes, length }, bytes, &count);
	right = side(tokenizer, (struct infer_text){ space + 1, merge->length - length - 1 }, bytes,
		     &count);
	/* With a side that is no token it is never looked for. */
	*hash = pair_hash(left, right);
	return infer_token_named(tokenizer, bytes, count);
}

int infer_bpe_read(struct infer_tokenizer *tokenizer, const struct infer_vocabulary *vocabulary,
		   char problem[INFER_PROBLEM])
{
	struct infer_entry *entries;
	uint32_t count = 0;

	if (vocabulary->n_merges > INFER_MOST_MERGES) {
		snprintf(problem, INFER_PROBLEM,
			 "the tokenizer has %u merges: at most %u are taken", vocabulary->n_merges,
			 INFER_MOST_MERGES);
		return -ENOTSUP;
	}
	entries = malloc((vocabulary->n_merges + 1) * sizeof(*entries));
	tokenizer->merged = malloc((vocabulary->n_merges + 1) * sizeof(*tokenizer->merged));
	if (!entries || !tokenizer->merged) {
		free(entries);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < vocabulary->n_merges; i++) {
		tokenizer->merged[i] = read_merge(tokenizer, &vocabulary->merges[i],
						  &entries[count].hash);
		entries[count].value = i;
		count += tokenizer->merged[i] != INFER_NO_TOKEN;
	}
	return infer_index_make(&tokenizer->by_pair, entries, count);
}

static uint32_t pair(const struct infer_merging *merging, const struct infer_symbol *left,
		     const struct infer_symbol *right, uint32_t *order)
{
	const struct infer_tokenizer *tokenizer = merging->tokenizer;

	*order = infer_index_find(&tokenizer->by_pair, pair_hash(left->token, right->token));
	return *order == INFER_NO_ENTRY ? INFER_NO_TOKEN : tokenizer->merged[*order];
}

static int add_word(struct infer_merging *merging, size_t at, size_t length,
		    struct infer_tokens *tokens)
{
	const struct infer_tokenizer *tokenizer = merging->tokenizer;
	int error = 0;

	/* Llama 3 takes a word that is a token whichever merges lead there. */
	if (tokenizer->split == INFER_SPLIT_LLAMA3) {
		uint32_t token = infer_token_named(tokenizer, merging->text + at, length);

		if (token != INFER_NO_TOKEN)
			return infer_tokens_add(tokens, token);
	}
	infer_merging_clear(merging);
	for (size_t i = at; i < at + length && !error; i++) {
		uint8_t byte = (uint8_t)merging->text[i];

		error = infer_merging_symbol(merging, (uint32_t)i, 1, tokenizer->by_byte[byte]);
	}
	if (!error)
		error = infer_merging_run(merging);
	for (uint32_t i = 0; i != INFER_NO_SYMBOL && !error; i = merging->symbols[i].next)
		error = infer_tokens_add(tokens, merging->symbols[i].token);
	return error;
}

int infer_bpe_add(const struct infer_tokenizer *tokenizer, const char *text, size_t length,
		  struct infer_tokens *tokens)
{
	struct infer_merging merging = { .tokenizer = tokenizer, .text = text, .pair = pair };
	int error = 0;
	size_t end;

	for (size_t at = 0; at < length && !error; at = end) {
		end = infer_split_end(tokenizer->split, text, at, length);
		error = add_word(&merging, at, end - at, tokens);
	}
	infer_merging_free(&merging);
	return error;
}
