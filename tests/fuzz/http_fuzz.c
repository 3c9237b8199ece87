// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The first byte says what the rest is: "c" a body of /v1/chat/completions, "m" what a worker's
 * socket gives, all else a body of /v1/completions. What is asked for goes to a worker and comes
 * out the same.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "http_request.h"
#include "worker_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

static volatile unsigned int sum;

static void check(int holds)
{
	if (!holds)
		abort();
}

static void touch(struct infer_text text)
{
	for (size_t i = 0; i < text.length; i++)
		sum += (unsigned char)text.bytes[i];
}

static void touch_ask(const struct infer_ask *ask)
{
	touch(ask->text);
	for (uint32_t i = 0; i < ask->n_tokens; i++)
		sum += ask->tokens[i];
	check(ask->n_messages <= INFER_ASK_MESSAGES && ask->n_stops <= INFER_ASK_STOPS);
	for (uint32_t i = 0; i < ask->n_messages; i++) {
		check(ask->messages[i].role < INFER_ROLES);
		touch(ask->messages[i].content);
	}
	for (uint32_t i = 0; i < ask->n_stops; i++)
		touch(ask->stops[i]);
}

static void same_text(struct infer_text a, struct infer_text b)
{
	check(a.length == b.length && (!a.length || !memcmp(a.bytes, b.bytes, a.length)));
}

static void same(const struct infer_ask *a, const struct infer_ask *b)
{
	check(a->kind == b->kind && a->most == b->most && a->n_tokens == b->n_tokens);
	check(a->n_stops == b->n_stops && a->n_messages == b->n_messages);
	check(!memcmp(&a->sampling, &b->sampling, sizeof(a->sampling)));
	same_text(a->text, b->text);
	for (uint32_t i = 0; i < a->n_tokens; i++)
		check(a->tokens[i] == b->tokens[i]);
	for (uint32_t i = 0; i < a->n_stops; i++)
		same_text(a->stops[i], b->stops[i]);
	for (uint32_t i = 0; i < a->n_messages; i++) {
		check(a->messages[i].role == b->messages[i].role);
		same_text(a->messages[i].content, b->messages[i].content);
	}
}

static void to_a_worker(const struct infer_ask *ask)
{
	struct infer_worker_message message;
	struct infer_bytes bytes = { 0 };
	uint32_t *done, n_done;
	struct infer_ask got;
	uint64_t id;

	check(!infer_worker_put_ask(&bytes, 7, ask, NULL, 0));
	check(infer_worker_next(&bytes, &message) == 1);
	check(!infer_worker_get_ask(&message, &id, &got, &done, &n_done));
	check(id == 7 && !n_done);
	same(ask, &got);
	infer_ask_free(&got);
	free(done);
	infer_bytes_free(&bytes);
}

static void body(const char *data, size_t length, bool chat)
{
	struct infer_http_request request;
	struct infer_http_error error;

	if (!infer_http_request_parse(data, length, chat, 1, &request, &error)) {
		check(error.status == 400 && error.message[0] && error.type);
		return;
	}
	check(!error.status);
	check((request.ask.kind == INFER_ASK_CHAT) == chat);
	touch_ask(&request.ask);
	to_a_worker(&request.ask);
	infer_ask_free(&request.ask);
}

static void messages(const char *data, size_t length)
{
	struct infer_worker_message message;
	struct infer_bytes bytes = { 0 };

	infer_bytes_put(&bytes, data, length);
	while (infer_worker_next(&bytes, &message) == 1) {
		struct infer_worker_token token;
		uint32_t *done, n_done;
		struct infer_text text;
		struct infer_ask ask;
		uint64_t id;

		if (!infer_worker_get(&message, &token, sizeof(token), &text))
			touch(text);
		if (!infer_worker_get_ask(&message, &id, &ask, &done, &n_done)) {
			touch_ask(&ask);
			for (uint32_t i = 0; i < n_done; i++)
				sum += done[i];
		}
		infer_ask_free(&ask);
		free(done);
		infer_worker_done(&bytes, &message);
	}
	infer_bytes_free(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	char *copy;

	if (!length)
		return 0;
	/* Not a byte longer. */
	copy = malloc(length - 1 ?: 1);
	check(copy != NULL);
	memcpy(copy, data + 1, length - 1);
	if (data[0] == 'm')
		messages(copy, length - 1);
	else
		body(copy, length - 1, data[0] == 'c');
	free(copy);
	return 0;
}
