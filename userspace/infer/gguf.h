/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GGUF files, versions 2 and 3: keys with values, and tensors.
 *
 * Nothing in a file is trusted: each count, length and offset is checked against what is left of the
 * file before it is used, and nothing is read outside of it. The file is mapped, read-only and shared,
 * so that workers have its weights once between them; who shortens it while it is mapped gets those
 * who read it a SIGBUS, as with any mapping.
 */
#ifndef INFER_GGUF_H
#define INFER_GGUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tensor.h"

/* Room for a sentence that says what is wrong, where (the offset in the file), and what was expected. */
#define INFER_PROBLEM 256

/* Bytes in the file, not terminated, UTF-8 by promise alone. */
struct infer_text {
	const char *bytes;
	size_t length;
};

/* What a value may be; the values are GGUF's. */
enum infer_gguf_type {
	INFER_GGUF_U8, INFER_GGUF_I8, INFER_GGUF_U16, INFER_GGUF_I16, INFER_GGUF_U32, INFER_GGUF_I32,
	INFER_GGUF_F32, INFER_GGUF_BOOL, INFER_GGUF_STRING, INFER_GGUF_ARRAY, INFER_GGUF_U64, INFER_GGUF_I64,
	INFER_GGUF_F64,
};

/**
 * struct infer_gguf_array - an array in the file, of scalars or strings
 * @data: its first element; strings are a u64 of length each and its bytes
 * @end: behind its last element
 */
struct infer_gguf_array {
	enum infer_gguf_type type;
	uint64_t count;
	const void *data, *end;
};

struct infer_gguf;

/**
 * infer_gguf_open() - maps and checks a file
 *
 * Return: 0 and *gguf, which infer_gguf_close() frees; -EBADMSG if the file is bad, with a sentence in @problem;
 * -ENOMEM; another errno if it cannot be opened or mapped, with a sentence too.
 */
int infer_gguf_open(const char *path, struct infer_gguf **gguf, char problem[INFER_PROBLEM]);

/**
 * infer_gguf_parse() - the same of bytes in memory, which must outlive *gguf
 * @bytes: at a multiple of 8, as malloc() gives them, so that tensors' floats are aligned
 */
int infer_gguf_parse(const void *bytes, size_t length, struct infer_gguf **gguf, char problem[INFER_PROBLEM]);

void infer_gguf_close(struct infer_gguf *gguf);

/*
 * The value of a key. -ENOENT if there is none, -EINVAL if it is of another kind or does not fit; integers of each
 * width and sign are taken, if the value fits.
 */
int infer_gguf_u32(const struct infer_gguf *gguf, const char *key, uint32_t *value);
int infer_gguf_float(const struct infer_gguf *gguf, const char *key, float *value);
int infer_gguf_bool(const struct infer_gguf *gguf, const char *key, bool *value);
int infer_gguf_text(const struct infer_gguf *gguf, const char *key, struct infer_text *value);
int infer_gguf_array(const struct infer_gguf *gguf, const char *key, struct infer_gguf_array *value);

/**
 * infer_gguf_next_text() - walks an array of strings
 * @cursor: NULL at first
 *
 * Return: false after the last.
 */
bool infer_gguf_next_text(const struct infer_gguf_array *array, const void **cursor, struct infer_text *text);

/**
 * infer_gguf_tensor() - the tensor of that name
 *
 * Return: 0; -ENOENT; -ENOTSUP if it is of a type or of a number of dimensions that is none of ours.
 */
int infer_gguf_tensor(const struct infer_gguf *gguf, const char *name, struct infer_tensor *tensor);

/**
 * infer_gguf_offset() - where a byte of the file lies, for messages
 */
uint64_t infer_gguf_offset(const struct infer_gguf *gguf, const void *byte);

/* Where a key's name lies, for messages too; 0 if there is no such key. */
uint64_t infer_gguf_key_offset(const struct infer_gguf *gguf, const char *key);

/* The part of the file that holds tensors. */
const void *infer_gguf_weights(const struct infer_gguf *gguf, size_t *bytes);

#endif
