/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a tokenizer is made of, whichever file it came from. */
#ifndef INFER_TOKENIZER_VOCABULARY_H
#define INFER_TOKENIZER_VOCABULARY_H

#include "tokenizer.h"
#include "tokenizer_split.h"

/* Far beyond any model; each costs some 50 bytes. */
#define INFER_MOST_TOKENS (1u << 22)
#define INFER_MOST_MERGES (1u << 23)

enum infer_vocabulary_kind {
	INFER_SPM, /* spaces as U+2581; the best-scored pair is merged first */
	INFER_BPE, /* each byte as a printable character; merges in the order of their list */
};

/* The values are GGUF's. */
enum infer_token_type {
	INFER_TOKEN_NORMAL = 1, INFER_TOKEN_UNKNOWN, INFER_TOKEN_CONTROL, INFER_TOKEN_USER,
	INFER_TOKEN_UNUSED, INFER_TOKEN_BYTE,
};

/**
 * struct infer_vocabulary - texts as they stand in the file; ids are INFER_NO_TOKEN where there is
 * none
 * @scores: [size], or NULL: all are equal
 * @types: [size], enum infer_token_type, or NULL: all are normal
 * @merges: "left right", BPE alone
 * @unknown: for what no token stands for
 * @add_begin: texts begin with @begin
 * @add_space: SPM: texts, and what follows a control token, begin with a space
 */
struct infer_vocabulary {
	enum infer_vocabulary_kind kind;
	enum infer_split split;
	uint32_t size, n_merges;
	const struct infer_text *tokens, *merges;
	const float *scores;
	const uint8_t *types;
	uint32_t begin, end, turn_end, unknown;
	bool add_begin, add_space;
};

/**
 * infer_tokenizer_make() - a tokenizer, which keeps nothing of the vocabulary
 *
 * Of tokens with the same text the first is used. A byte needs a token: its own, or else the
 * unknown one. Whatever its type is, a token spelled as chat formats spell their marks (<|...|>,
 * <start_of_turn> and the like) and those that begin and end texts are control tokens.
 *
 * Return: as infer_tokenizer_from()
 */
int infer_tokenizer_make(const struct infer_vocabulary *vocabulary,
			 struct infer_tokenizer **tokenizer, char problem[INFER_PROBLEM]);

#endif
