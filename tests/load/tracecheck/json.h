/* SPDX-License-Identifier: GPL-2.0 */
/* A strict parser of JSON (RFC 8259): what it takes, every reader takes. */
#ifndef TRACECHECK_JSON_H
#define TRACECHECK_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
	enum json_kind kind;
	char *key;		/* in an object */
	char *text;		/* of a number as it stands, of a string with its escapes */
	bool truth;
	struct json *first;	/* of what is inside */
	struct json *next;	/* beside it */
};

/* NULL: no JSON; *where is the offset of the first byte that is wrong. Nothing is ever freed. */
struct json *json_parse(const char *text, size_t length, size_t *where);

/* NULL when it is not there. */
const struct json *json_get(const struct json *object, const char *key);

/* What must be there and be such; exits otherwise. */
const struct json *json_need(const struct json *object, const char *key, enum json_kind kind);
const char *json_string(const struct json *object, const char *key);
uint64_t json_uint(const struct json *object, const char *key);
int64_t json_int(const struct json *object, const char *key);

/* A number of microseconds with at most three decimals, in ns. */
uint64_t json_us(const struct json *object, const char *key);

#endif
