/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A cursor over the bytes of a GGUF file that never leaves them, and says what is wrong where. */
#ifndef INFER_GGUF_READER_H
#define INFER_GGUF_READER_H

#include <stdint.h>

#include "gguf.h"

/**
 * struct gguf_reader - where one is in a file
 * @kind: "key" or "tensor" while one is read, for the sentence; NULL in the header
 * @name: its name; length 0 as long as that is not known
 * @problem: [INFER_PROBLEM]
 */
struct gguf_reader {
	const uint8_t *bytes;
	uint64_t length, offset;
	const char *kind;
	struct infer_text name;
	char *problem;
};

/* Room for a name of the file in a sentence, made printable. */
#define GGUF_SHOWN 72

/**
 * gguf_show() - a text of the file, cut and with "?" for what is no printable ASCII
 */
const char *gguf_show(struct infer_text text, char shown[GGUF_SHOWN]);

/**
 * gguf_bad() - puts down the sentence for what lies at offset @at
 *
 * Return: -EBADMSG.
 */
__attribute__((format(printf, 3, 4)))
int gguf_bad(const struct gguf_reader *reader, uint64_t at, const char *format, ...);

/**
 * gguf_take() - the next @size bytes
 * @what: "the number of keys", for the sentence
 *
 * Return: NULL if the file has fewer; the others then -EBADMSG.
 */
const void *gguf_take(struct gguf_reader *reader, uint64_t size, const char *what);
int gguf_take_u32(struct gguf_reader *reader, const char *what, uint32_t *value);
int gguf_take_u64(struct gguf_reader *reader, const char *what, uint64_t *value);
int gguf_take_text(struct gguf_reader *reader, const char *what, struct infer_text *text);

#endif
