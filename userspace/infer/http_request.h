/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bodies of OpenAI's requests: bytes from strangers to what is asked, or to what is wrong with it. */
#ifndef INFER_HTTP_REQUEST_H
#define INFER_HTTP_REQUEST_H

#include "ask.h"

/* Bytes of a body; a context of a million tokens is less. */
#define INFER_HTTP_BODY (8u << 20)

/* Where a client has said nothing: OpenAI's defaults. */
#define INFER_HTTP_TOKENS 16u
#define INFER_HTTP_TEMPERATURE 1.0f

/**
 * struct infer_http_error - OpenAI's error object
 * @status: of HTTP; 0: none
 * @param: which parameter it is about, or NULL
 * @code: for programs, or NULL
 */
struct infer_http_error {
	unsigned int status;
	const char *type, *param, *code;
	char message[512];
};

/**
 * infer_http_fail() - fills an error
 *
 * Return: false.
 */
bool infer_http_fail(struct infer_http_error *error, unsigned int status, const char *param, const char *code,
		     const char *format, ...) __attribute__((format(printf, 5, 6)));

/**
 * struct infer_http_request - of either endpoint
 * @ask: its texts are the request's own; its seed is a random one where none was given, so that a request can be
 *	gone on with elsewhere
 */
struct infer_http_request {
	bool chat, stream, include_usage;
	struct infer_ask ask;
};

/**
 * infer_http_request_parse() - a body of POST /v1/completions or /v1/chat/completions
 * @seed: taken where the body has none
 *
 * What OpenAI's service does not know is passed over; so are parameters that it knows and this one does not, but for
 * "n" and "best_of" beyond 1, which would change what the answer is.
 *
 * Return: true, and infer_ask_free() is due; false with an error of status 400, or 500 without memory.
 */
bool infer_http_request_parse(const char *body, size_t length, bool chat, uint64_t seed,
			      struct infer_http_request *request, struct infer_http_error *error);

#endif
