// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "worker_message.h"

/* What an ASK begins with; then come tokens of the prompt, tokens done, the text, stop strings, messages. */
struct fixed {
	uint64_t id;
	struct infer_sampling sampling;
	uint32_t kind, most, n_tokens, n_done, n_stops, n_messages;
};

static int put_text(struct infer_bytes *bytes, const struct infer_text *text)
{
	uint32_t length = (uint32_t)text->length;

	if (infer_bytes_put(bytes, &length, sizeof(length)))
		return -ENOMEM;
	return infer_bytes_put(bytes, text->bytes, length);
}

int infer_worker_put(struct infer_bytes *bytes, enum infer_worker_kind kind, const void *fixed, size_t length,
		     const struct infer_text *text)
{
	size_t more = text ? sizeof(uint32_t) + text->length : 0;
	struct infer_worker_header header = { .length = (uint32_t)(length + more), .kind = kind };

	if (infer_bytes_reserve(bytes, sizeof(header) + length + more))
		return -ENOMEM;
	infer_bytes_put(bytes, &header, sizeof(header));
	infer_bytes_put(bytes, fixed, length);
	if (text)
		put_text(bytes, text);
	return 0;
}

int infer_worker_next(const struct infer_bytes *bytes, struct infer_worker_message *message)
{
	struct infer_worker_header header;
	size_t left = infer_bytes_left(bytes);

	if (left < sizeof(header))
		return 0;
	memcpy(&header, bytes->data + bytes->at, sizeof(header));
	if (header.length > INFER_WORKER_MESSAGE)
		return -EBADMSG;
	if (left - sizeof(header) < header.length)
		return 0;
	*message = (struct infer_worker_message){ header.kind, bytes->data + bytes->at + sizeof(header), header.length };
	return 1;
}

void infer_worker_done(struct infer_bytes *bytes, const struct infer_worker_message *message)
{
	infer_bytes_take(bytes, sizeof(struct infer_worker_header) + message->length);
}

/* Takes from the front of a message. */
static int take(struct infer_text *rest, void *to, size_t length)
{
	if (rest->length < length)
		return -EBADMSG;
	if (length)
		memcpy(to, rest->bytes, length);
	rest->bytes += length;
	rest->length -= length;
	return 0;
}

static int take_text(struct infer_text *rest, struct infer_text *text)
{
	uint32_t length;

	if (take(rest, &length, sizeof(length)) || rest->length < length)
		return -EBADMSG;
	*text = (struct infer_text){ rest->bytes, length };
	rest->bytes += length;
	rest->length -= length;
	return 0;
}

int infer_worker_get(const struct infer_worker_message *message, void *fixed, size_t length, struct infer_text *text)
{
	struct infer_text rest = { message->bytes, message->length };

	if (take(&rest, fixed, length) || (text && take_text(&rest, text)))
		return -EBADMSG;
	return rest.length ? -EBADMSG : 0;
}

static size_t ask_length(const struct infer_ask *ask, uint32_t n_done)
{
	size_t length = sizeof(struct fixed) + ((size_t)ask->n_tokens + n_done) * sizeof(uint32_t) +
			sizeof(uint32_t) + ask->text.length;

	for (uint32_t i = 0; i < ask->n_stops; i++)
		length += sizeof(uint32_t) + ask->stops[i].length;
	for (uint32_t i = 0; i < ask->n_messages; i++)
		length += 2 * sizeof(uint32_t) + ask->messages[i].content.length;
	return length;
}

int infer_worker_put_ask(struct infer_bytes *bytes, uint64_t id, const struct infer_ask *ask, const uint32_t *done,
			 uint32_t n_done)
{
	size_t length = ask_length(ask, n_done);
	struct infer_worker_header header = { .length = (uint32_t)length, .kind = INFER_WORKER_ASK };
	struct fixed fixed = { .id = id, .sampling = ask->sampling, .kind = ask->kind, .most = ask->most,
			       .n_tokens = ask->n_tokens, .n_done = n_done, .n_stops = ask->n_stops,
			       .n_messages = ask->n_messages };

	if (length > INFER_WORKER_MESSAGE)
		return -E2BIG;
	if (infer_bytes_reserve(bytes, sizeof(header) + length))
		return -ENOMEM;
	/* None of these can fail any more. */
	infer_bytes_put(bytes, &header, sizeof(header));
	infer_bytes_put(bytes, &fixed, sizeof(fixed));
	infer_bytes_put(bytes, ask->tokens, ask->n_tokens * sizeof(*ask->tokens));
	infer_bytes_put(bytes, done, n_done * sizeof(*done));
	put_text(bytes, &ask->text);
	for (uint32_t i = 0; i < ask->n_stops; i++)
		put_text(bytes, &ask->stops[i]);
	for (uint32_t i = 0; i < ask->n_messages; i++) {
		uint32_t role = ask->messages[i].role;

		infer_bytes_put(bytes, &role, sizeof(role));
		put_text(bytes, &ask->messages[i].content);
	}
	return 0;
}

/* Memory for no more than the message holds. */
static int take_tokens(struct infer_text *rest, uint32_t **tokens, uint32_t n)
{
	if (rest->length / sizeof(**tokens) < n)
		return -EBADMSG;
	*tokens = malloc(n * sizeof(**tokens) + 1);
	if (!*tokens)
		return -ENOMEM;
	return take(rest, *tokens, n * sizeof(**tokens));
}

static int take_messages(struct infer_text *rest, struct infer_ask *ask, uint32_t n)
{
	if (n > INFER_ASK_MESSAGES)
		return -EBADMSG;
	ask->messages = calloc(n + 1, sizeof(*ask->messages));
	if (!ask->messages)
		return -ENOMEM;
	for (ask->n_messages = 0; ask->n_messages < n; ask->n_messages++) {
		struct infer_message *message = &ask->messages[ask->n_messages];
		uint32_t role;

		if (take(rest, &role, sizeof(role)) || role >= INFER_ROLES || take_text(rest, &message->content))
			return -EBADMSG;
		message->role = role;
	}
	return 0;
}

static int take_ask(struct infer_text *rest, const struct fixed *fixed, struct infer_ask *ask, uint32_t **done)
{
	int error;

	if (fixed->kind > INFER_ASK_CHAT || fixed->n_stops > INFER_ASK_STOPS)
		return -EBADMSG;
	ask->kind = fixed->kind;
	ask->most = fixed->most;
	ask->sampling = fixed->sampling;
	error = take_tokens(rest, &ask->tokens, fixed->n_tokens);
	if (!error)
		error = take_tokens(rest, done, fixed->n_done);
	if (!error)
		error = take_text(rest, &ask->text);
	ask->n_tokens = fixed->n_tokens;
	for (ask->n_stops = 0; !error && ask->n_stops < fixed->n_stops; ask->n_stops++)
		error = take_text(rest, &ask->stops[ask->n_stops]);
	if (!error)
		error = take_messages(rest, ask, fixed->n_messages);
	return error ?: rest->length ? -EBADMSG : 0;
}

int infer_worker_get_ask(const struct infer_worker_message *message, uint64_t *id, struct infer_ask *ask,
			 uint32_t **done, uint32_t *n_done)
{
	struct infer_text rest = { message->bytes, message->length };
	struct fixed fixed = { 0 };
	int error;

	*ask = (struct infer_ask){ 0 };
	*done = NULL;
	error = take(&rest, &fixed, sizeof(fixed));
	*id = fixed.id;
	if (!error)
		error = take_ask(&rest, &fixed, ask, done);
	*n_done = fixed.n_done;
	if (error) {
		infer_ask_free(ask);
		free(*done);
		*done = NULL;
	}
	return error;
}
