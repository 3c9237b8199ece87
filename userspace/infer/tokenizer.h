/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text to tokens and back, as the GGUF file says: SentencePiece ("llama": the best-scored merge
 * first, bytes as <0xNN>) or byte-level BPE ("gpt2": ranked merges).
 */
#ifndef INFER_TOKENIZER_H
#define INFER_TOKENIZER_H

#include "gguf.h"

#define INFER_NO_TOKEN UINT32_MAX

struct infer_tokenizer;

/**
 * infer_tokenizer_from() - out of a GGUF file, which must outlive it
 *
 * Return: 0 and *tokenizer; -EBADMSG or -ENOTSUP, with a sentence in @problem; -ENOMEM.
 */
int infer_tokenizer_from(const struct infer_gguf *gguf, struct infer_tokenizer **tokenizer,
			 char problem[INFER_PROBLEM]);
void infer_tokenizer_free(struct infer_tokenizer *tokenizer);

uint32_t infer_tokenizer_size(const struct infer_tokenizer *tokenizer);
/* Beginning of text, end of text, end of a turn; INFER_NO_TOKEN if the model has none. */
uint32_t infer_tokenizer_begin(const struct infer_tokenizer *tokenizer);
uint32_t infer_tokenizer_end(const struct infer_tokenizer *tokenizer);
/*
 * Whether an answer ends with this token: end of text or of a turn, or what chat formats end an
 * answer with.
 */
bool infer_tokenizer_ends(const struct infer_tokenizer *tokenizer, uint32_t token);
/* The control token with this spelling, such as "<|im_end|>"; INFER_NO_TOKEN if there is none. */
uint32_t infer_tokenizer_control(const struct infer_tokenizer *tokenizer, const char *spelling);

/**
 * infer_tokenise() - tokens of a text, which may hold any bytes
 * @begin: put the beginning-of-text token first, if the model wants one
 * @control: control tokens spelled out in the text, such as <|im_end|>, are these tokens; else
 *	plain text, as text from strangers must be
 *
 * User-defined tokens that are no control tokens are found in text from anyone. The texts of the
 * tokens, one behind the other, are the text again, but for the space that SentencePiece puts first,
 * if the vocabulary has tokens for all bytes; what it has none for is the unknown token.
 *
 * Takes time and memory in proportion to the text (times its logarithm), whatever the text is.
 *
 * Return: 0, *tokens (for free()) and *count; -ENOMEM; -E2BIG beyond INT32_MAX bytes.
 */
int infer_tokenise(const struct infer_tokenizer *tokenizer, const char *text, size_t length,
		   bool begin, bool control, uint32_t **tokens, size_t *count);

/**
 * infer_token_text() - the bytes that a token stands for, which may be part of a character
 *
 * The unknown token stands for U+FFFD.
 *
 * Return: their number, 0 for control tokens; at most INFER_TOKEN_TEXT are written.
 */
#define INFER_TOKEN_TEXT 256
size_t infer_token_text(const struct infer_tokenizer *tokenizer, uint32_t token,
			char text[INFER_TOKEN_TEXT]);

#endif
