/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text that grows, up to a limit, and the parts of it that metrics are made of. */
#ifndef HEADGATE_DAEMON_METRICS_TEXT_H
#define HEADGATE_DAEMON_METRICS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 64 MiB: as many as agents-max can be, 4000 agents on four engines each, are a bit less. */
#define METRICS_TEXT_MAX (UINT64_C(64) << 20)

/* Bytes of a name that are shown. */
#define METRICS_NAME_MAX 256

/**
 * struct metrics_text - all 0 to begin with, but for @limit
 * @data: of malloc(); not terminated
 * @size: bytes in it
 * @room: bytes there are
 * @limit: most bytes there may be
 * @failed: there was no memory, or the limit was met: @data ends somewhere
 */
struct metrics_text {
	char *data;
	size_t size;
	size_t room;
	size_t limit;
	bool failed;
};

void metrics_put(struct metrics_text *text, const char *data, size_t size);
void metrics_puts(struct metrics_text *text, const char *string);

void metrics_put_uint(struct metrics_text *text, uint64_t value);

/* @value / 10^@digits, exactly, and at least one decimal. */
void metrics_put_decimal(struct metrics_text *text, uint64_t value, unsigned int digits);

/**
 * metrics_put_label - NAME="VALUE", after a comma if one was put before
 * @text: text
 * @first: whether it is the first of its labels; is false afterwards
 * @name: of the label
 * @value: bytes that somebody else chose
 * @id: tells values that are longer than METRICS_NAME_MAX, of which the middle is left out, apart
 *
 * What comes out is UTF-8, and different values stay different: a byte that is no part of a character,
 * a control character's and those of U+FFFD itself become U+FFFD and the byte in hexadecimal. A
 * newline is told as such: \n.
 */
void metrics_put_label(struct metrics_text *text, bool *first, const char *name, const char *value, uint64_t id);

/* The labels of a row, freed by free(): name, value (NULL is ""), name, value, …, NULL. NULL without memory. */
char *metrics_labels(uint64_t id, const char *const *pairs);
#define METRICS_LABELS(id, ...) metrics_labels(id, (const char *const []){ __VA_ARGS__, NULL })

void metrics_text_free(struct metrics_text *text);

#endif
