// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <ctype.h>
#include <string.h>

#include "../load.h"
#include "json.h"

#define MAX_DEPTH 32

struct parser {
	const char *at;
	const char *end;
	int depth;
};

static struct json *parse_value(struct parser *p);

static bool more(const struct parser *p)
{
	return p->at < p->end;
}

static void skip_space(struct parser *p)
{
	while (more(p) && strchr(" \t\n\r", *p->at) && *p->at)
		p->at++;
}

static bool take(struct parser *p, char c)
{
	if (!more(p) || *p->at != c)
		return false;
	p->at++;
	return true;
}

static bool take_word(struct parser *p, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(p->end - p->at) < length || memcmp(p->at, word, length))
		return false;
	p->at += length;
	return true;
}

static bool take_digits(struct parser *p)
{
	const char *from = p->at;

	while (more(p) && isdigit((unsigned char)*p->at))
		p->at++;
	return p->at > from;
}

static bool take_number(struct parser *p)
{
	take(p, '-');
	if (!take(p, '0') && !take_digits(p))
		return false;
	if (take(p, '.') && !take_digits(p))
		return false;
	if (take(p, 'e') || take(p, 'E')) {
		if (!take(p, '+'))
			take(p, '-');
		return take_digits(p);
	}
	return true;
}

/* One character of more than one byte; overlong forms and surrogates are none. */
static bool take_utf8(struct parser *p)
{
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first = *p->at++;
	int length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 0;
	unsigned int code = first & (0x7f >> length);
	int i;

	for (i = 1; i < length; i++) {
		if (!more(p) || (*p->at & 0xc0) != 0x80)
			return false;
		code = code << 6 | (*p->at++ & 0x3f);
	}
	return length && code >= least[length] && code <= 0x10ffff &&
	       (code < 0xd800 || code > 0xdfff);
}

static bool take_escape(struct parser *p)
{
	int i;

	if (!take(p, 'u'))
		return more(p) && *p->at && strchr("\"\\/bfnrt", *p->at++);
	for (i = 0; i < 4; i++)
		if (!more(p) || !isxdigit((unsigned char)*p->at++))
			return false;
	return true;
}

static char *copy(const char *from, const char *to)
{
	char *text = strndup(from, to - from);

	if (!text)
		die("no memory");
	return text;
}

/* NULL: it is none. */
static char *parse_string(struct parser *p)
{
	const char *from = p->at + 1;

	if (!take(p, '"'))
		return NULL;
	while (more(p)) {
		unsigned char c = *p->at;

		if (c == '"')
			return copy(from, p->at++);
		if (c < 0x20)
			return NULL;
		if (c >= 0x80) {
			if (!take_utf8(p))
				return NULL;
			continue;
		}
		p->at++;
		if (c == '\\' && !take_escape(p))
			return NULL;
	}
	return NULL;
}

/* A key that comes twice is an error, since readers differ in which they take. */
static bool parse_key(struct parser *p, struct json **entry, const struct json *object)
{
	char *key;

	skip_space(p);
	key = parse_string(p);
	if (!key || json_get(object, key))
		return false;
	skip_space(p);
	if (!take(p, ':'))
		return false;
	*entry = parse_value(p);
	if (*entry)
		(*entry)->key = key;
	return *entry;
}

static bool parse_inside(struct parser *p, struct json *outer, char close)
{
	struct json **last = &outer->first, *entry;

	p->at++;
	skip_space(p);
	if (take(p, close))
		return true;
	for (;;) {
		if (outer->kind == JSON_ARRAY)
			entry = parse_value(p);
		else if (!parse_key(p, &entry, outer))
			entry = NULL;
		if (!entry)
			return false;
		*last = entry;
		last = &entry->next;
		skip_space(p);
		if (take(p, close))
			return true;
		if (!take(p, ','))
			return false;
	}
}

static bool parse_into(struct parser *p, struct json *value)
{
	const char *from = p->at;

	switch (*from) {
	case '{':
		value->kind = JSON_OBJECT;
		return parse_inside(p, value, '}');
	case '[':
		value->kind = JSON_ARRAY;
		return parse_inside(p, value, ']');
	case '"':
		value->kind = JSON_STRING;
		value->text = parse_string(p);
		return value->text;
	case 'n':
		return take_word(p, "null");
	case 't':
	case 'f':
		value->kind = JSON_BOOL;
		value->truth = *from == 't';
		return take_word(p, value->truth ? "true" : "false");
	}
	value->kind = JSON_NUMBER;
	if (!take_number(p))
		return false;
	value->text = copy(from, p->at);
	return true;
}

static struct json *parse_value(struct parser *p)
{
	struct json *value = calloc(1, sizeof(*value));
	bool good;

	if (!value)
		die("no memory");
	skip_space(p);
	if (!more(p) || p->depth == MAX_DEPTH)
		return NULL;
	p->depth++;
	good = parse_into(p, value);
	p->depth--;
	return good ? value : NULL;
}

struct json *json_parse(const char *text, size_t length, size_t *where)
{
	struct parser p = { .at = text, .end = text + length };
	struct json *value = parse_value(&p);

	skip_space(&p);
	*where = p.at - text;
	return more(&p) ? NULL : value;
}

const struct json *json_get(const struct json *object, const char *key)
{
	const struct json *entry;

	for (entry = object->first; entry; entry = entry->next)
		if (!strcmp(entry->key, key))
			return entry;
	return NULL;
}

const struct json *json_need(const struct json *object, const char *key, enum json_kind kind)
{
	const struct json *entry = object->kind == JSON_OBJECT ? json_get(object, key) : NULL;

	if (!entry || entry->kind != kind)
		die("there is no %s, or it is something else", key);
	return entry;
}

const char *json_string(const struct json *object, const char *key)
{
	return json_need(object, key, JSON_STRING)->text;
}

uint64_t json_uint(const struct json *object, const char *key)
{
	return parse_number(json_need(object, key, JSON_NUMBER)->text, UINT64_MAX);
}

int64_t json_int(const struct json *object, const char *key)
{
	const char *text = json_need(object, key, JSON_NUMBER)->text;
	bool negative = *text == '-';
	int64_t value = parse_number(text + negative, INT64_MAX);

	return negative ? -value : value;
}

uint64_t json_us(const struct json *object, const char *key)
{
	const char *text = json_need(object, key, JSON_NUMBER)->text;
	const char *point = strchrnul(text, '.');
	char digits[64];

	snprintf(digits, sizeof(digits), "%.*s%s", (int)(point - text), text,
		 *point ? point + 1 : "000");
	if (*text == '-' || (*point && strlen(point) != 4) || strpbrk(text, "eE"))
		die("%s is %s, no number of us with three decimals", key, text);
	/* Not in octal, which a leading 0 would be. */
	return parse_number(digits + strspn(digits, "0") - !digits[strspn(digits, "0")],
			    UINT64_MAX);
}
