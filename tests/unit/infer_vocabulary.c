// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "infer_vocabulary.h"

/* Its definition: the printable ones are themselves, the others are counted from 256 on. */
void made_spell_byte(uint8_t byte, char spelled[3])
{
	unsigned int character = 256;

	for (unsigned int b = 0; b <= byte; b++) {
		bool printable = (b >= '!' && b <= '~') || (b >= 0xa1 && b != 0xad);

		if (b == byte && printable)
			character = b;
		else if (b != byte && !printable)
			character++;
	}
	if (character < 128)
		snprintf(spelled, 3, "%c", (int)character);
	else
		snprintf(spelled, 3, "%c%c", (int)(0xc0 | character >> 6), (int)(0x80 | (character & 63)));
}

uint32_t made_add(struct made *made, const char *text, uint8_t type, float score)
{
	uint32_t token = made->vocabulary.size++;

	assert_true(token < MADE_TOKENS);
	made->tokens[token].bytes = strdup(text);
	made->tokens[token].length = strlen(text);
	made->types[token] = type;
	made->scores[token] = score;
	return token;
}

uint32_t made_merge(struct made *made, const char *left, const char *right)
{
	uint32_t merge = made->vocabulary.n_merges++;
	char *text;

	assert_true(merge < MADE_TOKENS);
	assert_true(asprintf(&text, "%s %s", left, right) > 0);
	made->merges[merge] = (struct infer_text){ text, strlen(text) };
	assert_true(asprintf(&text, "%s%s", left, right) > 0);
	merge = made_add(made, text, INFER_TOKEN_NORMAL, 0);
	free(text);
	return merge;
}

void made_begin(struct made *made, enum infer_vocabulary_kind kind)
{
	char text[8];

	memset(made, 0, sizeof(*made));
	made->vocabulary = (struct infer_vocabulary){
		.kind = kind,
		.begin = MADE_BEGIN,
		.end = MADE_END,
		.turn_end = INFER_NO_TOKEN,
		.tokens = made->tokens,
		.merges = made->merges,
		.scores = kind == INFER_SPM ? made->scores : NULL,
		.types = made->types,
		.add_begin = true,
		.add_space = true,
	};
	made_add(made, "<unk>", INFER_TOKEN_UNKNOWN, 0);
	made_add(made, "<s>", INFER_TOKEN_CONTROL, 0);
	made_add(made, "</s>", INFER_TOKEN_CONTROL, 0);
	for (unsigned int byte = 0; byte < 256; byte++) {
		if (kind == INFER_SPM)
			snprintf(text, sizeof(text), "<0x%02X>", byte);
		else
			made_spell_byte((uint8_t)byte, text);
		made_add(made, text, kind == INFER_SPM ? INFER_TOKEN_BYTE : INFER_TOKEN_NORMAL, 0);
	}
}

struct infer_tokenizer *made_end(struct made *made)
{
	struct infer_tokenizer *tokenizer = NULL;
	char problem[INFER_PROBLEM] = "";
	int error = infer_tokenizer_make(&made->vocabulary, &tokenizer, problem);

	if (error)
		print_error("%s\n", problem);
	assert_int_equal(error, 0);
	return tokenizer;
}

void made_free(struct made *made)
{
	for (uint32_t i = 0; i < made->vocabulary.size; i++)
		free((void *)made->tokens[i].bytes);
	for (uint32_t i = 0; i < made->vocabulary.n_merges; i++)
		free((void *)made->merges[i].bytes);
}

uint32_t *made_tokenise(struct infer_tokenizer *tokenizer, const char *text, size_t length,
			bool begin, bool control, size_t *count)
{
	char *copy = malloc(length ? length : 1);
	uint32_t *tokens;

	memcpy(copy, text, length);
	assert_int_equal(infer_tokenise(tokenizer, copy, length, begin, control, &tokens, count),
			 0);
	free(copy);
	return tokens;
}
