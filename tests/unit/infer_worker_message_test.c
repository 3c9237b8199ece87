// SPDX-License-Identifier: GPL-2.0-or-later
/* What the service and a worker tell each other comes as it was said; lies are found. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "worker_message.h"

static struct infer_text text_of(const char *text)
{
	return (struct infer_text){ text, strlen(text) };
}

static void assert_text(struct infer_text text, const char *expected)
{
	assert_int_equal(text.length, strlen(expected));
	assert_memory_equal(text.bytes, expected, text.length);
}

static void messages__come_as_they_were_put(void **state)
{
	struct infer_worker_token token = { .id = 7, .at = 11, .token = 13 }, got;
	struct infer_bytes bytes = { 0 }, part = { 0 };
	struct infer_worker_message message;
	struct infer_text text = text_of("piece");
	int n = 0;

	(void)state;
	for (int i = 0; i < 100; i++) {
		token.id = (uint64_t)i;
		assert_int_equal(infer_worker_put(&bytes, INFER_WORKER_TOKEN, &token, sizeof(token),
						  &text), 0);
	}
	/* Byte by byte, as a socket may have it. */
	while (infer_bytes_left(&bytes)) {
		infer_bytes_put(&part, bytes.data + bytes.at, 1);
		infer_bytes_take(&bytes, 1);
		if (!infer_worker_next(&part, &message))
			continue;
		assert_int_equal(message.kind, INFER_WORKER_TOKEN);
		assert_int_equal(infer_worker_get(&message, &got, sizeof(got), &text), 0);
		assert_int_equal(got.id, n++);
		assert_int_equal(got.token, 13);
		assert_text(text, "piece");
		infer_worker_done(&part, &message);
	}
	assert_int_equal(n, 100);
	assert_int_equal(infer_bytes_left(&part), 0);
	infer_bytes_free(&bytes);
	infer_bytes_free(&part);
}

static void sizes_that_are_others__are_bad(void **state)
{
	struct infer_worker_ended ended = { .id = 1 };
	struct infer_worker_message message;
	struct infer_bytes bytes = { 0 };
	struct infer_text text = text_of("abc");
	uint32_t lie = 4;

	(void)state;
	infer_worker_put(&bytes, INFER_WORKER_ENDED, &ended, sizeof(ended), &text);
	assert_int_equal(infer_worker_next(&bytes, &message), 1);
	assert_int_equal(infer_worker_get(&message, &ended, sizeof(ended), NULL), -EBADMSG);
	assert_int_equal(infer_worker_get(&message, &ended, sizeof(ended) - 1, &text), -EBADMSG);
	assert_int_equal(infer_worker_get(&message, &ended, sizeof(ended), &text), 0);
	/* The text says that it is longer than the message. */
	memcpy(bytes.data + bytes.end - 7, &lie, sizeof(lie));
	assert_int_equal(infer_worker_get(&message, &ended, sizeof(ended), &text), -EBADMSG);
	infer_bytes_free(&bytes);
}

static void a_length_beyond_all_messages__is_bad(void **state)
{
	struct infer_worker_header header = { INFER_WORKER_MESSAGE + 1, INFER_WORKER_PULSE };
	struct infer_worker_message message;
	struct infer_bytes bytes = { 0 };

	(void)state;
	infer_bytes_put(&bytes, &header, sizeof(header));
	assert_int_equal(infer_worker_next(&bytes, &message), -EBADMSG);
	infer_bytes_free(&bytes);
}

static uint32_t prompt_tokens[] = { 5, 6, 7 };
static struct infer_message chat[] = {
	{ INFER_SYSTEM, { "be brief", 8 } },
	{ INFER_USER, { "", 0 } },
	{ INFER_ASSISTANT, { "x", 1 } },
};

/* All that there can be, though no request has it all. */
static struct infer_ask ask_with_everything(void)
{
	return (struct infer_ask){
		.kind = INFER_ASK_CHAT, .most = 99,
		.sampling = { .temperature = 0.5f, .top_k = 3, .top_p = 0.25f, .min_p = 0.125f,
			      .seed = 1ull << 63 },
		.text = text_of("prompt"), .tokens = prompt_tokens, .n_tokens = 3,
		.messages = chat, .n_messages = 3,
		.stops = { text_of("stop"), text_of("\n\n") }, .n_stops = 2,
	};
}

static void an_ask__comes_as_it_was_put(void **state)
{
	struct infer_ask ask = ask_with_everything(), got;
	const uint32_t done[] = { 101, 102 };
	struct infer_worker_message message;
	struct infer_bytes bytes = { 0 };
	uint32_t *got_done, n_done;
	uint64_t id;

	(void)state;
	assert_int_equal(infer_worker_put_ask(&bytes, 42, &ask, done, 2), 0);
	assert_int_equal(infer_worker_next(&bytes, &message), 1);
	assert_int_equal(message.kind, INFER_WORKER_ASK);
	assert_int_equal(infer_worker_get_ask(&message, &id, &got, &got_done, &n_done), 0);
	assert_int_equal(id, 42);
	assert_int_equal(got.kind, INFER_ASK_CHAT);
	assert_int_equal(got.most, 99);
	assert_memory_equal(&got.sampling, &ask.sampling, sizeof(ask.sampling));
	assert_text(got.text, "prompt");
	assert_int_equal(got.n_tokens, 3);
	assert_memory_equal(got.tokens, prompt_tokens, sizeof(prompt_tokens));
	assert_int_equal(got.n_messages, 3);
	assert_int_equal(got.messages[1].role, INFER_USER);
	assert_text(got.messages[0].content, "be brief");
	assert_text(got.messages[2].content, "x");
	assert_int_equal(got.n_stops, 2);
	assert_text(got.stops[1], "\n\n");
	assert_int_equal(n_done, 2);
	assert_memory_equal(got_done, done, sizeof(done));
	infer_ask_free(&got);
	free(got_done);
	infer_bytes_free(&bytes);
}

/* From memory of that length and no more, so that reading on is seen. */
static int get_part(const char *from, size_t length)
{
	char *copy = malloc(length ? length : 1);
	struct infer_worker_message message = { INFER_WORKER_ASK, copy, length };
	uint32_t *done, n_done;
	struct infer_ask ask;
	uint64_t id;
	int error;

	memcpy(copy, from, length);
	error = infer_worker_get_ask(&message, &id, &ask, &done, &n_done);
	infer_ask_free(&ask);
	free(done);
	free(copy);
	return error;
}

static void an_ask_that_is_cut_off__is_bad(void **state)
{
	struct infer_ask ask = ask_with_everything();
	struct infer_worker_message message;
	struct infer_bytes bytes = { 0 };

	(void)state;
	infer_worker_put_ask(&bytes, 1, &ask, prompt_tokens, 3);
	assert_int_equal(infer_worker_next(&bytes, &message), 1);
	assert_int_equal(get_part(message.bytes, message.length), 0);
	for (size_t length = 0; length < message.length; length++)
		assert_int_equal(get_part(message.bytes, length), -EBADMSG);
	infer_bytes_free(&bytes);
}

/* Each 32-bit word of it, in turn, is as great as can be. */
static void an_ask_that_lies__is_never_believed(void **state)
{
	struct infer_ask ask = ask_with_everything();
	struct infer_worker_message message;
	struct infer_bytes bytes = { 0 };
	unsigned int bad = 0;

	(void)state;
	infer_worker_put_ask(&bytes, 1, &ask, prompt_tokens, 3);
	assert_int_equal(infer_worker_next(&bytes, &message), 1);
	for (size_t at = 0; at + 4 <= message.length; at++) {
		char *copy = malloc(message.length);

		memcpy(copy, message.bytes, message.length);
		memset(copy + at, 0xff, 4);
		bad += get_part(copy, message.length) == -EBADMSG;
		free(copy);
	}
	/* Kind, five counts, the texts' lengths and the roles. */
	assert_true(bad >= 15);
	infer_bytes_free(&bytes);
}

static void kinds_and_roles_that_are_none__are_bad(void **state)
{
	struct infer_message stranger = { (enum infer_role)INFER_ROLES, { "x", 1 } };
	struct infer_ask asks[] = {
		{ .kind = (enum infer_ask_kind)(INFER_ASK_CHAT + 1) },
		{ .kind = INFER_ASK_CHAT, .messages = &stranger, .n_messages = 1 },
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct infer_worker_message message;
		struct infer_bytes bytes = { 0 };

		assert_int_equal(infer_worker_put_ask(&bytes, 1, &asks[i], NULL, 0), 0);
		assert_int_equal(infer_worker_next(&bytes, &message), 1);
		assert_int_equal(get_part(message.bytes, message.length), -EBADMSG);
		infer_bytes_free(&bytes);
	}
}

static void a_prompt_beyond_all_messages__is_refused(void **state)
{
	struct infer_ask ask = { .kind = INFER_ASK_TEXT };
	struct infer_bytes bytes = { 0 };
	char *long_text = calloc(1, INFER_WORKER_MESSAGE);

	(void)state;
	ask.text = (struct infer_text){ long_text, INFER_WORKER_MESSAGE };
	assert_int_equal(infer_worker_put_ask(&bytes, 1, &ask, NULL, 0), -E2BIG);
	assert_int_equal(infer_bytes_left(&bytes), 0);
	infer_bytes_free(&bytes);
	free(long_text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages__come_as_they_were_put),
		cmocka_unit_test(sizes_that_are_others__are_bad),
		cmocka_unit_test(a_length_beyond_all_messages__is_bad),
		cmocka_unit_test(an_ask__comes_as_it_was_put),
		cmocka_unit_test(an_ask_that_is_cut_off__is_bad),
		cmocka_unit_test(an_ask_that_lies__is_never_believed),
		cmocka_unit_test(kinds_and_roles_that_are_none__are_bad),
		cmocka_unit_test(a_prompt_beyond_all_messages__is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
