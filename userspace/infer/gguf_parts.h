/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a checked GGUF file is in memory: its keys and tensors by name, and its bytes. */
#ifndef INFER_GGUF_PARTS_H
#define INFER_GGUF_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "gguf.h"

/* GGUF's greatest. */
#define GGUF_DIMENSIONS 4

/**
 * struct gguf_key - a key and where its value lies
 * @name: first, for gguf_find()
 * @element: of an array
 * @count: bytes of a string, elements of an array
 * @value: its first byte, or that of the first element
 * @end: behind it
 */
struct gguf_key {
	struct infer_text name;
	enum infer_gguf_type type, element;
	uint64_t count;
	const uint8_t *value, *end;
};

/**
 * struct gguf_tensor - a tensor as the file describes it
 * @name: first, for gguf_find()
 * @type: may be none of ours
 * @sizes: of each dimension, the one whose values lie beside each other first
 * @offset: from the first weight
 */
struct gguf_tensor {
	struct infer_text name;
	uint32_t type, dimensions;
	uint64_t sizes[GGUF_DIMENSIONS];
	uint64_t offset;
};

/**
 * struct infer_gguf - a file
 * @keys: by name
 * @tensors: by name
 * @weights: offset of the first weight
 * @mapped: @bytes are a mapping of ours
 */
struct infer_gguf {
	const uint8_t *bytes;
	uint64_t length, weights;
	struct gguf_key *keys;
	struct gguf_tensor *tensors;
	size_t n_keys, n_tensors;
	bool mapped;
};

/* Bytes of a scalar; 0 for strings, arrays and types that are none of GGUF's. */
uint32_t gguf_scalar_bytes(uint32_t type);

/**
 * gguf_sort() - keys or tensors by name, for gguf_find()
 *
 * Return: one whose name another has too, NULL if there is none.
 */
const void *gguf_sort(void *entries, size_t n, size_t entry_bytes);
const void *gguf_find(const void *entries, size_t n, size_t entry_bytes, const char *name);

#endif
