/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One thing to be told, in words: fields for the journal and for a program, and a sentence for people. */
#ifndef HEADGATE_DAEMON_TELL_WORDS_H
#define HEADGATE_DAEMON_TELL_WORDS_H

#include <stdbool.h>
#include <stdio.h>

#include "tell.h"

/**
 * struct tell_words - all 0 to begin with
 * @fields: "HEADGATE_NAME=value" each, ended by NULL
 * @count: of them
 * @sentence: printable, once tell_words_end() has made it
 * @raw: the sentence as it was printed, @size bytes
 * @failed: there was no memory, or no room
 */
struct tell_words {
	char *fields[TELL_FIELDS_MAX + 1];
	size_t count;
	char *sentence;
	char *raw;
	size_t size;
	FILE *stream;
	bool failed;
};

void __attribute__((format(printf, 2, 3))) tell_words_add(struct tell_words *words, const char *format, ...);

/* Where the sentence is printed, NULL without memory. */
FILE *tell_words_stream(struct tell_words *words);

/* That was all. 0, or -ENOMEM if anything is missing: nothing is left to be freed then. */
int tell_words_end(struct tell_words *words);

void tell_words_free(struct tell_words *words);

#endif
