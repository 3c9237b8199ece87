/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GGUF files, written to memory: for seeded models and tests. */
#ifndef INFER_GGUF_WRITE_H
#define INFER_GGUF_WRITE_H

#include <stdio.h>

#include "gguf.h"

/**
 * struct infer_gguf_writer - a file in the making
 * @keys: keys and values so far, into @key_bytes
 * @tensors: descriptions so far, into @tensor_bytes
 * @weights: bytes of weights so far, a multiple of the alignment
 */
struct infer_gguf_writer {
	FILE *keys, *tensors;
	char *key_bytes, *tensor_bytes;
	size_t key_length, tensor_length;
	uint64_t n_keys, n_tensors, weights;
};

/**
 * infer_gguf_writer_begin() - an empty file, which infer_gguf_writer_end() ends
 *
 * Memory that is lacking from here on shows at the end.
 *
 * Return: 0 or -ENOMEM.
 */
int infer_gguf_writer_begin(struct infer_gguf_writer *writer);

void infer_gguf_write_u32(struct infer_gguf_writer *writer, const char *key, uint32_t value);
void infer_gguf_write_float(struct infer_gguf_writer *writer, const char *key, float value);
void infer_gguf_write_bool(struct infer_gguf_writer *writer, const char *key, bool value);
void infer_gguf_write_text(struct infer_gguf_writer *writer, const char *key, const char *value);

/**
 * infer_gguf_write_array() - a key whose value is an array of scalars; or of strings, which then
 * follow one by one
 * @values: [count]; NULL for strings
 */
void infer_gguf_write_array(struct infer_gguf_writer *writer, const char *key,
			    enum infer_gguf_type type, uint64_t count, const void *values);
void infer_gguf_write_element(struct infer_gguf_writer *writer, const char *text, size_t length);

/**
 * infer_gguf_write_tensor() - a tensor of @rows (0: a vector) of @columns
 *
 * Return: its offset from the first weight.
 */
uint64_t infer_gguf_write_tensor(struct infer_gguf_writer *writer, const char *name,
				 enum infer_type type, uint32_t rows, uint32_t columns);

/**
 * infer_gguf_writer_end() - the file, its weights all 0
 * @weights: the first weight, in *bytes
 *
 * Frees what the writer has, whatever it returns.
 *
 * Return: 0, *bytes (for free()) and *length; -ENOMEM.
 */
int infer_gguf_writer_end(struct infer_gguf_writer *writer, void **bytes, size_t *length,
			  void **weights);

#endif
