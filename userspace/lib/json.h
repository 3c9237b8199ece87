/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A streaming JSON writer. */
#ifndef LIBHEADGATE_JSON_H
#define LIBHEADGATE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define HEADGATE_JSON_DEPTH 32

/**
 * struct headgate_json - a streaming writer; initialise by headgate_json_begin()
 * @lines: without @pretty, the depth of what begins a line all the same; 0: none
 * @error: first error (negative errno): a failed write, or calls that do not nest
 */
struct headgate_json {
	FILE *file;
	bool pretty;
	unsigned int lines;
	int error;
	unsigned int depth;
	char kind[HEADGATE_JSON_DEPTH];
	bool filled[HEADGATE_JSON_DEPTH];
};

/*
 * Open the document: an object with schema_version on top.  headgate_json_end()
 * closes it, ends the line, flushes, and returns the first error.
 */
void headgate_json_begin(struct headgate_json *json, FILE *file, bool pretty);
int headgate_json_end(struct headgate_json *json);

/* The same for a format that is not ours: nothing on top, and our version where it is called. */
void headgate_json_begin_foreign(struct headgate_json *json, FILE *file);
void headgate_json_schema(struct headgate_json *json);

/* @key is NULL within an array. */
void headgate_json_object(struct headgate_json *json, const char *key);
void headgate_json_array(struct headgate_json *json, const char *key);
void headgate_json_close(struct headgate_json *json);	/* the innermost object or array */
void headgate_json_string(struct headgate_json *json, const char *key, const char *value);
/* Of @length bytes, NUL among them or not; behind them there is one. */
void headgate_json_text(struct headgate_json *json, const char *key, const char *text, size_t length);
void headgate_json_uint(struct headgate_json *json, const char *key, uint64_t value);
void headgate_json_int(struct headgate_json *json, const char *key, int64_t value);
void headgate_json_us(struct headgate_json *json, const char *key, uint64_t ns);	/* "1.005" */
void headgate_json_double(struct headgate_json *json, const char *key, double value);
void headgate_json_bool(struct headgate_json *json, const char *key, bool value);
void headgate_json_null(struct headgate_json *json, const char *key);

#endif
