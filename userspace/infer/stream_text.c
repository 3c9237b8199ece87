// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "stream_text.h"
#include "unicode.h"

/* One byte further (Knuth, Morris and Pratt). Return: whether the stop string is complete. */
static bool advance(struct infer_stop *stop, char byte)
{
	while (stop->matched && stop->text[stop->matched] != byte)
		stop->matched = stop->fallback[stop->matched - 1];
	stop->matched += stop->text[stop->matched] == byte;
	return stop->matched == stop->length;
}

static int make_stop(struct infer_stop *stop, const struct infer_text *text)
{
	stop->text = malloc(text->length);
	stop->fallback = calloc(text->length, sizeof(*stop->fallback));
	if (!stop->text || !stop->fallback)
		return -ENOMEM;
	memcpy(stop->text, text->bytes, text->length);
	stop->length = (uint32_t)text->length;
	/* The string from its second byte on is a text in which the string is searched for. */
	for (uint32_t i = 1; i < stop->length; i++) {
		advance(stop, stop->text[i]);
		stop->fallback[i] = stop->matched;
	}
	stop->matched = 0;
	return 0;
}

int infer_stream_text_begin(struct infer_stream_text *stream, const struct infer_text *stops,
			    uint32_t n_stops)
{
	memset(stream, 0, sizeof(*stream));
	if (n_stops > INFER_STOPS)
		return -EINVAL;
	for (uint32_t i = 0; i < n_stops; i++)
		if (!stops[i].length || stops[i].length > INFER_STOP_LENGTH)
			return -EINVAL;
	for (stream->n_stops = 0; stream->n_stops < n_stops; ) {
		uint32_t i = stream->n_stops++;

		if (make_stop(&stream->stops[i], &stops[i])) {
			infer_stream_text_free(stream);
			return -ENOMEM;
		}
	}
	return 0;
}

void infer_stream_text_free(struct infer_stream_text *stream)
{
	for (uint32_t i = 0; i < stream->n_stops; i++) {
		free(stream->stops[i].text);
		free(stream->stops[i].fallback);
	}
	free(stream->text);
	memset(stream, 0, sizeof(*stream));
}

/* A character. A stop string ends within it only if it is no UTF-8 itself. */
static void add_character(struct infer_stream_text *stream, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length && !stream->stopped; i++) {
		uint32_t longest = 0;

		stream->text[stream->length++] = bytes[i];
		for (uint32_t k = 0; k < stream->n_stops; k++)
			if (advance(&stream->stops[k], bytes[i]) &&
			    stream->stops[k].length > longest)
				longest = stream->stops[k].length;
		if (!longest)
			continue;
		stream->stopped = true;
		stream->length -= longest;
	}
}

/* Everything but what a stop string may begin with. */
static size_t ready(const struct infer_stream_text *stream)
{
	uint32_t held = 0;

	for (uint32_t i = 0; i < stream->n_stops && !stream->stopped; i++)
		if (stream->stops[i].matched > held)
			held = stream->stops[i].matched;
	return stream->length - held;
}

/* Room for so many characters, behind what was not handed out yet. */
static int make_room(struct infer_stream_text *stream, size_t characters)
{
	size_t kept = stream->length - stream->done, room;
	char *text;

	if (stream->done)
		memmove(stream->text, stream->text + stream->done, kept);
	stream->length = kept;
	stream->done = 0;
	if (__builtin_mul_overflow(characters, 4, &room) ||
	    __builtin_add_overflow(room, kept, &room))
		return -ENOMEM;
	if (room <= stream->room)
		return 0;
	text = realloc(stream->text, room);
	if (!text)
		return -ENOMEM;
	stream->text = text;
	stream->room = room;
	return 0;
}

static void hand_out(struct infer_stream_text *stream, size_t length, struct infer_text *out)
{
	*out = (struct infer_text){ stream->text, length };
	stream->done = length;
}

int infer_stream_text_add(struct infer_stream_text *stream, const char *bytes, size_t length,
			  struct infer_text *out)
{
	uint32_t character;

	if (make_room(stream, length + 1))
		return -ENOMEM;
	for (size_t at = 0; at < length && !stream->stopped; ) {
		int whole;

		stream->part[stream->n_part++] = bytes[at++];
		whole = infer_utf8_next(stream->part, stream->n_part, &character);
		if (!whole)
			continue;
		if (whole > 0) {
			add_character(stream, stream->part, stream->n_part);
		} else {
			add_character(stream, INFER_REPLACEMENT_TEXT, 3);
			/* The byte at which the character broke off may be the first of another. */
			at -= stream->n_part - (uint32_t)-whole;
		}
		stream->n_part = 0;
	}
	hand_out(stream, ready(stream), out);
	return stream->stopped;
}

int infer_stream_text_end(struct infer_stream_text *stream, struct infer_text *out)
{
	if (make_room(stream, 1))
		return -ENOMEM;
	if (stream->n_part && !stream->stopped)
		add_character(stream, INFER_REPLACEMENT_TEXT, 3);
	stream->n_part = 0;
	hand_out(stream, stream->length, out);
	return stream->stopped;
}
