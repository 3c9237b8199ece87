/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A GGUF file of less than 2 kB that is a whole model, and ones that differ from it in parts. */
#ifndef INFER_FILE_H
#define INFER_FILE_H

#include "gguf.h"

enum part_kind {
	PART_LEFT_OUT,
	PART_U32,
	PART_FLOAT,
	PART_TEXT,
	PART_TEXTS,	/* an array of @u32 texts */
	PART_TENSOR,
};

/**
 * struct infer_part - a key or tensor
 * @type, @rows, @columns: of a tensor; 0 rows for a vector
 */
struct infer_part {
	const char *name;
	enum part_kind kind;
	uint32_t u32;
	float number;
	const char *text;
	enum infer_type type;
	uint32_t rows, columns;
};

/**
 * infer_file_make() - the file, each of @parts in place of the one of that name, or besides
 * @architecture: "llama" or "qwen2"
 *
 * Weights are small numbers, different ones.
 *
 * Return: 0, *bytes (for free()) and *length; -ENOMEM.
 */
int infer_file_make(const char *architecture, const struct infer_part *parts, size_t n,
		    void **bytes, size_t *length);

/**
 * infer_file_walk() - reads what can be found in a file: all values, and both ends of all tensors
 *
 * Return: a sum of it, so that nothing of that is left out.
 */
unsigned int infer_file_walk(const struct infer_gguf *gguf);

#endif
