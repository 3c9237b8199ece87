// SPDX-License-Identifier: GPL-2.0-or-later
#include "tell_words.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "printable.h"

/* Paths and a sentence around them. */
#define SENTENCE_MAX 6000

void tell_words_add(struct tell_words *words, const char *format, ...)
{
	va_list args;

	char *field;

	va_start(args, format);
	if (words->count < TELL_FIELDS_MAX && vasprintf(&field, format, args) >= 0)
		words->fields[words->count++] = field;
	else
		words->failed = true;
	va_end(args);
}

FILE *tell_words_stream(struct tell_words *words)
{
	words->stream = open_memstream(&words->raw, &words->size);
	words->failed |= !words->stream;
	return words->stream;
}

int tell_words_end(struct tell_words *words)
{
	if (words->stream && fclose(words->stream))
		words->failed = true;
	words->stream = NULL;
	/* Whoever may make cgroups chose their names. */
	if (!words->failed)
		words->sentence = headgate_printable(words->raw, SENTENCE_MAX);
	if (words->sentence)
		return 0;
	tell_words_free(words);
	return -ENOMEM;
}

void tell_words_free(struct tell_words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->fields[i]);
	free(words->sentence);
	free(words->raw);
	*words = (struct tell_words){ 0 };
}
