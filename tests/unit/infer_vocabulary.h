/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Vocabularies made by hand: bytes, and what a test adds. */
#ifndef TEST_INFER_VOCABULARY_H
#define TEST_INFER_VOCABULARY_H

#include "tokenizer_vocabulary.h"

#define MADE_TOKENS 8192

/* Both kinds begin with <unk>, <s>, </s>; then the 256 bytes in their order. */
#define MADE_BEGIN 1
#define MADE_END 2
#define MADE_BYTES 3

struct made {
	struct infer_vocabulary vocabulary;
	struct infer_text tokens[MADE_TOKENS], merges[MADE_TOKENS];
	float scores[MADE_TOKENS];
	uint8_t types[MADE_TOKENS];
};

void made_begin(struct made *made, enum infer_vocabulary_kind kind);
uint32_t made_add(struct made *made, const char *text, uint8_t type, float score);
/* A merge of GPT-2's spelling, and the token it makes, whose number it returns. */
uint32_t made_merge(struct made *made, const char *left, const char *right);
/* A character of GPT-2's alphabet. */
void made_spell_byte(uint8_t byte, char spelled[3]);
struct infer_tokenizer *made_end(struct made *made); /* asserts that it can be made */
void made_free(struct made *made);

/* From a copy without a byte behind it, so that reading on is seen; asserts that it succeeds. */
uint32_t *made_tokenise(struct infer_tokenizer *tokenizer, const char *text, size_t length,
			bool begin, bool control, size_t *count);

#endif
