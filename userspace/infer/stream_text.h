/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a stream of tokens: whole characters as soon as they are whole, up to a stop string.
 *
 * What may yet become a stop string, and the beginning of a character, is held back. Bytes that are
 * no character are replaced by U+FFFD, so that what comes out is UTF-8 whatever went in.
 */
#ifndef INFER_STREAM_TEXT_H
#define INFER_STREAM_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "gguf.h"

#define INFER_STOPS 16
#define INFER_STOP_LENGTH 1024 /* in bytes */

/**
 * struct infer_stop - a stop string
 * @matched: how much of it the text ends with
 * @fallback: [length]: the longest end of text[0..i] that it begins with, but for all of it
 */
struct infer_stop {
	char *text;
	uint32_t length, matched;
	uint32_t *fallback;
};

/**
 * struct infer_stream_text - one stream
 * @stopped: a stop string was found; nothing more comes out
 * @n_part: bytes in @part, the beginning of a character
 * @text: from what was handed out last on; @done of it have been handed out
 */
struct infer_stream_text {
	struct infer_stop stops[INFER_STOPS];
	uint32_t n_stops;
	bool stopped;
	char part[4];
	uint32_t n_part;
	char *text;
	size_t length, done, room;
};

/**
 * infer_stream_text_begin() - a stream that ends at the first of these strings to be complete,
 * which it copies
 *
 * Return: 0; -EINVAL for too many strings, an empty or a too long one; -ENOMEM.
 * infer_stream_text_free() is due after success alone.
 */
int infer_stream_text_begin(struct infer_stream_text *stream, const struct infer_text *stops,
			    uint32_t n_stops);
void infer_stream_text_free(struct infer_stream_text *stream);

/**
 * infer_stream_text_add() - the bytes of one token or more
 * @out: what can be passed on now, perhaps nothing; it stays until the stream is used again. What
 *	is before a stop string is, and it and what follows is not.
 *
 * Return: 0; 1 if a stop string was found, now or before; -ENOMEM, after which the stream can only
 * be freed.
 */
int infer_stream_text_add(struct infer_stream_text *stream, const char *bytes, size_t length,
			  struct infer_text *out);

/**
 * infer_stream_text_end() - what was held back, there being no more tokens
 *
 * Return: as infer_stream_text_add()
 */
int infer_stream_text_end(struct infer_stream_text *stream, struct infer_text *out);

#endif
