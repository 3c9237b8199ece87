/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where byte-level BPE cuts text before it merges: hand-written matchers of the patterns that
 * vocabularies were trained with. Each takes time in proportion to the text.
 */
#ifndef INFER_TOKENIZER_SPLIT_H
#define INFER_TOKENIZER_SPLIT_H

#include <stddef.h>

/*
 * GPT-2:	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 * DIGITS:	each \p{N} by itself, and what is between as GPT-2
 * LLAMA3:	(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|
 *		\s+(?!\S)|\s+
 * QWEN2:	as LLAMA3, with \p{N}
 */
enum infer_split {
	INFER_SPLIT_GPT2, INFER_SPLIT_DIGITS, INFER_SPLIT_LLAMA3, INFER_SPLIT_QWEN2,
};

/**
 * infer_split_named() - by what GGUF calls it in tokenizer.ggml.pre
 *
 * Return: 0 and *split; -ENOTSUP if the name is of none of these patterns.
 */
int infer_split_named(const char *name, size_t length, enum infer_split *split);

/**
 * infer_split_end() - where the piece ends that begins at @at, which is before @length
 */
size_t infer_split_end(enum infer_split split, const char *text, size_t at, size_t length);

#endif
