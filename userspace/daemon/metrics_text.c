// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_MIN 256

static bool make_room(struct metrics_text *text, size_t size)
{
	size_t room = text->room ?: ROOM_MIN;
	char *data;

	if (size > text->limit || text->size > text->limit - size)
		return false;
	while (room < text->size + size)
		room *= 2;
	if (room == text->room)
		return true;
	data = realloc(text->data, room);
	if (!data)
		return false;
	text->data = data;
	text->room = room;
	return true;
}

void metrics_put(struct metrics_text *text, const char *data, size_t size)
{
	if (text->failed || !size)
		return;
	if (!make_room(text, size)) {
		text->failed = true;
		return;
	}
	memcpy(text->data + text->size, data, size);
	text->size += size;
}

void metrics_puts(struct metrics_text *text, const char *string)
{
	metrics_put(text, string, strlen(string));
}

void metrics_put_uint(struct metrics_text *text, uint64_t value)
{
	char digits[24];

	metrics_put(text, digits, snprintf(digits, sizeof(digits), "%" PRIu64, value));
}

void metrics_put_decimal(struct metrics_text *text, uint64_t value, unsigned int digits)
{
	uint64_t scale = 1;
	char decimals[24];
	int length;

	for (unsigned int i = 0; i < digits; i++)
		scale *= 10;
	metrics_put_uint(text, value / scale);
	length = snprintf(decimals, sizeof(decimals), ".%0*" PRIu64, (int)digits, value % scale);
	while (length > 2 && decimals[length - 1] == '0')
		length--;
	metrics_put(text, decimals, length);
}

/* Bytes of the character of UTF-8 at @at, of which @left are there; 0: it is none, or one not to be shown. */
static size_t character(const unsigned char *at, size_t left)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = *at < 0x80 ? 1 : *at < 0xc0 ? 0 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : *at < 0xf8 ? 4 : 0;
	uint32_t code = length == 1 ? *at : *at & (0x7f >> length);

	if (!length || length > left)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	/* Control characters, which a terminal would obey, and what bytes are told by. */
	if ((code < 0x20 && code != '\n') || (code >= 0x7f && code < 0xa0) || code == 0xfffd)
		return 0;
	return length;
}

static void put_value(struct metrics_text *text, const char *value, size_t size)
{
	const unsigned char *at = (const unsigned char *)value, *end = at + size;
	char hex[8];

	while (at < end) {
		size_t length = character(at, end - at);

		if (*at == '"' || *at == '\\') {
			metrics_put(text, (char[]){ '\\', *at }, 2);
		} else if (*at == '\n') {
			metrics_puts(text, "\\n");
		} else if (length) {
			metrics_put(text, (const char *)at, length);
		} else {
			snprintf(hex, sizeof(hex), "\xef\xbf\xbd%02X", *at);
			metrics_puts(text, hex);
			length = 1;
		}
		at += length;
	}
}

void metrics_put_label(struct metrics_text *text, bool *first, const char *name, const char *value, uint64_t id)
{
	size_t size = strlen(value), part = METRICS_NAME_MAX / 2;
	char middle[32];

	if (!*first)
		metrics_puts(text, ",");
	*first = false;
	metrics_puts(text, name);
	metrics_puts(text, "=\"");
	if (size <= METRICS_NAME_MAX) {
		put_value(text, value, size);
	} else {
		/* No shorter name is the same: this has more than METRICS_NAME_MAX bytes as well. */
		snprintf(middle, sizeof(middle), "[...#%" PRIu64 "...]", id);
		put_value(text, value, part);
		metrics_puts(text, middle);
		put_value(text, value + size - part, part);
	}
	metrics_puts(text, "\"");
}

char *metrics_labels(uint64_t id, const char *const *pairs)
{
	struct metrics_text text = { .limit = METRICS_TEXT_MAX };
	bool first = true;

	for (; *pairs; pairs += 2)
		metrics_put_label(&text, &first, pairs[0], pairs[1] ?: "", id);
	metrics_put(&text, "", 1);
	if (text.failed)
		metrics_text_free(&text);
	/* There are many, and they stay for a while. */
	return text.data ? realloc(text.data, text.size) ?: text.data : NULL;
}

void metrics_text_free(struct metrics_text *text)
{
	free(text->data);
	*text = (struct metrics_text){ .limit = text->limit };
}
