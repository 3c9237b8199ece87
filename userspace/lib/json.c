// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "json.h"

/* Raised when a key changes its meaning or goes; new keys do not raise it. */
#define SCHEMA_VERSION 1

static void fail(struct headgate_json *json, int error)
{
	if (!json->error)
		json->error = error;
}

static void put(struct headgate_json *json, const char *text)
{
	if (fputs(text, json->file) == EOF)
		fail(json, errno ? -errno : -EIO);
}

static void new_line(struct headgate_json *json)
{
	if (!json->pretty)
		return;
	put(json, "\n");
	for (unsigned int i = 0; i < json->depth; i++)
		put(json, "  ");
}

/* Length of the UTF-8 sequence at @text, 0 when it is none that is valid. */
static size_t utf8_length(const unsigned char *text)
{
	size_t length = text[0] < 0x80 ? 1 : text[0] < 0xc2 ? 0 : text[0] < 0xe0 ? 2 :
			text[0] < 0xf0 ? 3 : text[0] < 0xf5 ? 4 : 0;

	for (size_t i = 1; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	/* overlong forms, surrogates, and what is above U+10FFFF */
	if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
	    (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f))
		return 0;
	return length;
}

/* Length of what comes first in @text and is written as it is. */
static size_t plain_length(const unsigned char *text)
{
	size_t length = 0;

	while (text[length] >= 0x20 && text[length] < 0x7f && text[length] != '"' &&
	       text[length] != '\\')
		length++;
	return length ? length : utf8_length(text) > 1 ? utf8_length(text) : 0;
}

/* A byte that cannot stand for itself. */
static void put_escape(struct headgate_json *json, unsigned char byte)
{
	static const char known[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	char escape[8];

	/* a byte that is no text: the replacement character */
	snprintf(escape, sizeof(escape), "\\u%04x", byte < 0x80 ? byte : 0xfffd);
	for (const char *pair = known; *pair; pair += 2)
		if (*pair == (char)byte)
			snprintf(escape, sizeof(escape), "\\%c", pair[1]);
	put(json, escape);
}

/* @length bytes, behind which there is a NUL that no character goes beyond. */
static void put_text(struct headgate_json *json, const char *text, size_t length)
{
	const unsigned char *at = (const unsigned char *)text, *end = at + length;

	put(json, "\"");
	while (at < end) {
		size_t plain = plain_length(at);

		if (!plain)
			put_escape(json, *at);
		else if (fwrite(at, 1, plain, json->file) != plain)
			fail(json, errno ? -errno : -EIO);
		at += plain ? plain : 1;
	}
	put(json, "\"");
}

static void put_string(struct headgate_json *json, const char *text)
{
	put_text(json, text, strlen(text));
}

/* Comma, line and key before a value; false when no value may come here. */
static bool begin_value(struct headgate_json *json, const char *key)
{
	unsigned int top = json->depth - 1;

	if (!json->depth || !key != (json->kind[top] == '[')) {
		fail(json, -EINVAL);
		return false;
	}
	if (json->filled[top])
		put(json, ",");
	json->filled[top] = true;
	if (!json->pretty && json->depth == json->lines)
		put(json, "\n");
	new_line(json);
	if (key) {
		put_string(json, key);
		put(json, json->pretty ? ": " : ":");
	}
	return true;
}

static void open_level(struct headgate_json *json, char kind)
{
	const char text[] = { kind, '\0' };

	put(json, text);
	json->kind[json->depth] = kind;
	json->filled[json->depth] = false;
	json->depth++;
}

static void begin_level(struct headgate_json *json, const char *key, char kind)
{
	if (json->depth == HEADGATE_JSON_DEPTH)
		fail(json, -EINVAL);
	else if (begin_value(json, key))
		open_level(json, kind);
}

void headgate_json_begin(struct headgate_json *json, FILE *file, bool pretty)
{
	headgate_json_begin_foreign(json, file);
	json->pretty = pretty;
	headgate_json_schema(json);
}

void headgate_json_begin_foreign(struct headgate_json *json, FILE *file)
{
	memset(json, 0, sizeof(*json));
	json->file = file;
	open_level(json, '{');
}

void headgate_json_schema(struct headgate_json *json)
{
	headgate_json_uint(json, "schema_version", SCHEMA_VERSION);
}

int headgate_json_end(struct headgate_json *json)
{
	if (json->depth != 1)
		fail(json, -EINVAL);
	headgate_json_close(json);
	put(json, "\n");
	if (fflush(json->file) == EOF)
		fail(json, -errno);
	return json->error;
}

void headgate_json_object(struct headgate_json *json, const char *key)
{
	begin_level(json, key, '{');
}

void headgate_json_array(struct headgate_json *json, const char *key)
{
	begin_level(json, key, '[');
}

void headgate_json_close(struct headgate_json *json)
{
	if (!json->depth) {
		fail(json, -EINVAL);
		return;
	}
	json->depth--;
	if (json->filled[json->depth])
		new_line(json);
	put(json, json->kind[json->depth] == '{' ? "}" : "]");
}

void headgate_json_string(struct headgate_json *json, const char *key, const char *value)
{
	if (begin_value(json, key))
		put_string(json, value);
}

void headgate_json_text(struct headgate_json *json, const char *key, const char *text, size_t length)
{
	if (begin_value(json, key))
		put_text(json, text, length);
}

void headgate_json_uint(struct headgate_json *json, const char *key, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	if (begin_value(json, key))
		put(json, text);
}

void headgate_json_int(struct headgate_json *json, const char *key, int64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRId64, value);
	if (begin_value(json, key))
		put(json, text);
}

void headgate_json_us(struct headgate_json *json, const char *key, uint64_t ns)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64 ".%03u", ns / 1000, (unsigned int)(ns % 1000));
	if (begin_value(json, key))
		put(json, text);
}

void headgate_json_double(struct headgate_json *json, const char *key, double value)
{
	char text[32];
	char *comma;

	/* JSON has no NaN and no infinity. */
	if (!isfinite(value)) {
		headgate_json_null(json, key);
		return;
	}
	snprintf(text, sizeof(text), "%.9g", value);
	comma = strchr(text, ',');	/* the decimal point of some locales */
	if (comma)
		*comma = '.';
	if (begin_value(json, key))
		put(json, text);
}

void headgate_json_bool(struct headgate_json *json, const char *key, bool value)
{
	if (begin_value(json, key))
		put(json, value ? "true" : "false");
}

void headgate_json_null(struct headgate_json *json, const char *key)
{
	if (begin_value(json, key))
		put(json, "null");
}
