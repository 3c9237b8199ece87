/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the tokenizer share. */
#ifndef INFER_TOKENIZER_PARTS_H
#define INFER_TOKENIZER_PARTS_H

#include "tokenizer_index.h"
#include "tokenizer_vocabulary.h"

/**
 * struct infer_tokenizer
 * @bytes: what tokens stand for, one behind the other: spaces as spaces, bytes as bytes
 * @starts: [size + 1], in @bytes
 * @by_text: the tokens that text can be merged to
 * @by_byte: the token of a byte that is part of none of these, or BPE begins with
 * @order: [size], SPM: the lesser is merged sooner
 * @by_pair: BPE: from two tokens to the merge's number, the lesser sooner
 * @merged: BPE: what a merge makes
 * @marks: control and user-defined tokens by their text, which are found in text before anything is
 * merged
 * @mark_begins: whether one begins with this byte
 */
struct infer_tokenizer {
	enum infer_vocabulary_kind kind;
	enum infer_split split;
	uint32_t size;
	char *bytes;
	uint32_t *starts;
	uint8_t *types;
	struct infer_index by_text;
	uint32_t by_byte[256];
	uint32_t *order;
	struct infer_index by_pair;
	uint32_t *merged;
	uint32_t *marks, n_marks;
	bool mark_begins[256];
	uint32_t begin, end, turn_end, unknown;
	bool add_begin, add_space;
};

/* A list of tokens that grows; @tokens is for free(). */
struct infer_tokens {
	uint32_t *tokens;
	size_t count, room;
};

int infer_tokens_add(struct infer_tokens *list, uint32_t token);

static inline struct infer_text infer_token_bytes(const struct infer_tokenizer *tokenizer,
						  uint32_t token)
{
	uint32_t start = tokenizer->starts[token];

	return (struct infer_text){
		.bytes = tokenizer->bytes + start,
		.length = tokenizer->starts[token + 1] - start,
	};
}

/* The token that text of this kind merges to, or INFER_NO_TOKEN. */
uint32_t infer_token_named(const struct infer_tokenizer *tokenizer, const char *bytes,
			   size_t length);

/* tokenizer_pieces.c: fills @bytes, @starts, @types, @by_text and @by_byte. */
int infer_tokenizer_read(struct infer_tokenizer *tokenizer,
			 const struct infer_vocabulary *vocabulary, char problem[INFER_PROBLEM]);

/* tokenizer_marks.c */
int infer_marks_make(struct infer_tokenizer *tokenizer);
bool infer_is_mark(const char *bytes, size_t length);

/**
 * infer_mark_next() - the first mark in a text, of several that begin there the longest
 * @control: control tokens too, not only user-defined ones
 * @at: where to begin; where the mark begins, or the text's end if there is none
 *
 * Return: the token, or INFER_NO_TOKEN.
 */
uint32_t infer_mark_next(const struct infer_tokenizer *tokenizer, const char *text, size_t length,
			 bool control, size_t *at);

/*
 * tokenizer_spm.c, tokenizer_bpe.c: what they need of the vocabulary, and text without marks to
 * tokens.
 */
int infer_spm_read(struct infer_tokenizer *tokenizer, const struct infer_vocabulary *vocabulary);
int infer_spm_add(const struct infer_tokenizer *tokenizer, const char *text, size_t length,
		  struct infer_tokens *tokens);
int infer_bpe_read(struct infer_tokenizer *tokenizer, const struct infer_vocabulary *vocabulary,
		   char problem[INFER_PROBLEM]);
int infer_bpe_add(const struct infer_tokenizer *tokenizer, const char *text, size_t length,
		  struct infer_tokens *tokens);

/*
 * The bytes that a BPE token's text stands for, at most as many as it has; the text itself if it is
 * no such text.
 */
size_t infer_bpe_bytes(const struct infer_text *text, char *bytes);

#endif
