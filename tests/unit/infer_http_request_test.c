// SPDX-License-Identifier: GPL-2.0-or-later
/* Bodies of requests: what is asked, or what is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http_request.h"

#define SEED 4711

static struct infer_http_request request;
static struct infer_http_error error;

/* From memory without a byte behind it. */
static bool parse_bytes(const char *body, size_t length, bool chat)
{
	char *copy = malloc(length ? length : 1);
	bool right;

	memcpy(copy, body, length);
	right = infer_http_request_parse(copy, length, chat, SEED, &request, &error);
	free(copy);
	return right;
}

static void completion(const char *body)
{
	if (!parse_bytes(body, strlen(body), false))
		fail_msg("%s: %s", body, error.message);
}

static void chat(const char *body)
{
	if (!parse_bytes(body, strlen(body), true))
		fail_msg("%s: %s", body, error.message);
}

static void assert_text(struct infer_text text, const char *expected, size_t length)
{
	assert_int_equal(text.length, length);
	assert_memory_equal(text.bytes, expected, length);
}

static void what_is_not_said__is_as_openai_has_it(void **state)
{
	(void)state;
	completion("{\"prompt\":\"x\"}");
	assert_int_equal(request.ask.most, 16);
	assert_true(request.ask.sampling.temperature == 1);
	assert_true(request.ask.sampling.top_p == 1);
	assert_int_equal(request.ask.sampling.seed, SEED);
	assert_false(request.stream);
	assert_int_equal(request.ask.n_stops, 0);
	infer_ask_free(&request.ask);
	chat("{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}");
	assert_int_equal(request.ask.most, 0);
	infer_ask_free(&request.ask);
}

static void all_parameters__are_read(void **state)
{
	(void)state;
	completion("{\"model\":\"m\",\"prompt\":\"a\\u0000\\u00e9\",\"max_tokens\":7,"
		   "\"temperature\":0,\"top_p\":0.5,\"top_k\":40,\"min_p\":0.25,\"seed\":-3,"
		   "\"stop\":[\"x\",\"yz\"],\"stream\":true,\"n\":1,"
		   "\"stream_options\":{\"include_usage\":true},\"user\":{\"unknown\":[1,2]}}");
	assert_int_equal(request.ask.kind, INFER_ASK_TEXT);
	assert_text(request.ask.text, "a\0\xc3\xa9", 4);
	assert_int_equal(request.ask.most, 7);
	assert_true(request.ask.sampling.temperature == 0);
	assert_true(request.ask.sampling.top_p == 0.5f);
	assert_true(request.ask.sampling.min_p == 0.25f);
	assert_int_equal(request.ask.sampling.top_k, 40);
	assert_int_equal(request.ask.sampling.seed, (uint64_t)-3);
	assert_int_equal(request.ask.n_stops, 2);
	assert_text(request.ask.stops[1], "yz", 2);
	assert_true(request.stream && request.include_usage);
	infer_ask_free(&request.ask);
}

static void null__is_as_if_it_were_not_there(void **state)
{
	(void)state;
	completion("{\"prompt\":\"x\",\"max_tokens\":null,\"temperature\":null,\"stop\":null,"
		   "\"stream\":null,\"seed\":null,"
		   "\"stream_options\":null,\"n\":null,\"top_p\":null,\"model\":null}");
	assert_int_equal(request.ask.most, 16);
	infer_ask_free(&request.ask);
}

static void prompts__are_texts_or_tokens_or_one_of_them(void **state)
{
	(void)state;
	completion("{\"prompt\":[\"one\"]}");
	assert_text(request.ask.text, "one", 3);
	infer_ask_free(&request.ask);
	completion("{\"prompt\":[1,2,4294967295]}");
	assert_int_equal(request.ask.kind, INFER_ASK_TOKENISED);
	assert_int_equal(request.ask.n_tokens, 3);
	assert_int_equal(request.ask.tokens[2], UINT32_MAX);
	infer_ask_free(&request.ask);
	completion("{\"prompt\":[[5]]}");
	assert_int_equal(request.ask.n_tokens, 1);
	assert_int_equal(request.ask.tokens[0], 5);
	infer_ask_free(&request.ask);
}

static void messages__are_read_in_order(void **state)
{
	(void)state;
	chat("{\"messages\":[{\"role\":\"developer\",\"content\":\"a\"},"
	     "{\"role\":\"user\",\"content\":"
	     "[{\"type\":\"text\",\"text\":\"b\"},{\"type\":\"text\",\"text\":\"c\"}]},"
	     "{\"role\":\"assistant\",\"content\":null},{\"role\":\"tool\",\"content\":\"d\"}],"
	     "\"max_completion_tokens\":3}");
	assert_int_equal(request.ask.kind, INFER_ASK_CHAT);
	assert_int_equal(request.ask.most, 3);
	assert_int_equal(request.ask.n_messages, 4);
	assert_int_equal(request.ask.messages[0].role, INFER_SYSTEM);
	assert_text(request.ask.messages[0].content, "a", 1);
	assert_text(request.ask.messages[1].content, "bc", 2);
	assert_int_equal(request.ask.messages[2].content.length, 0);
	assert_int_equal(request.ask.messages[3].role, INFER_TOOL);
	assert_text(request.ask.messages[3].content, "d", 1);
	infer_ask_free(&request.ask);
}

static void what_is_wrong__is_told_with_its_parameter(void **state)
{
	static const struct {
		const char *body, *param;
		bool chat;
	} cases[] = {
		{ "", NULL, false },
		{ "{", NULL, false },
		{ "[]", NULL, false },
		{ "null", NULL, false },
		{ "{\"prompt\":\"x\"} x", NULL, false },
		{ "{\"prompt\":\"x\",}", NULL, false },
		{ "{\"prompt\":\"\xff\"}", NULL, false },
		{ "{\"prompt\":\"x\",\"user\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}", NULL, false },
		{ "{}", "prompt", false },
		{ "{\"prompt\":null}", "prompt", false },
		{ "{\"prompt\":5}", "prompt", false },
		{ "{\"prompt\":[]}", "prompt", false },
		{ "{\"prompt\":[[]]}", "prompt", false },
		{ "{\"prompt\":[\"a\",\"b\"]}", "prompt", false },
		{ "{\"prompt\":[1,\"b\"]}", "prompt", false },
		{ "{\"prompt\":[-1]}", "prompt", false },
		{ "{\"prompt\":[4294967296]}", "prompt", false },
		{ "{\"prompt\":[[[1]]]}", "prompt", false },
		{ "{\"prompt\":[1.5]}", "prompt", false },
		{ "{\"prompt\":\"x\",\"model\":1}", "model", false },
		{ "{\"prompt\":\"x\",\"max_tokens\":0}", "max_tokens", false },
		{ "{\"prompt\":\"x\",\"max_tokens\":\"5\"}", "max_tokens", false },
		{ "{\"prompt\":\"x\",\"max_tokens\":1.5}", "max_tokens", false },
		{ "{\"prompt\":\"x\",\"max_tokens\":99999999999999999999}", "max_tokens", false },
		{ "{\"prompt\":\"x\",\"n\":2}", "n", false },
		{ "{\"prompt\":\"x\",\"best_of\":3}", "best_of", false },
		{ "{\"prompt\":\"x\",\"temperature\":-1}", "temperature", false },
		{ "{\"prompt\":\"x\",\"temperature\":2.5}", "temperature", false },
		{ "{\"prompt\":\"x\",\"temperature\":\"hot\"}", "temperature", false },
		{ "{\"prompt\":\"x\",\"top_p\":1.5}", "top_p", false },
		{ "{\"prompt\":\"x\",\"top_p\":true}", "top_p", false },
		{ "{\"prompt\":\"x\",\"seed\":1.5}", "seed", false },
		{ "{\"prompt\":\"x\",\"stream\":1}", "stream", false },
		{ "{\"prompt\":\"x\",\"stream_options\":1}", "stream_options", false },
		{ "{\"prompt\":\"x\",\"stream_options\":{\"include_usage\":1}}", "include_usage",
		  false },
		{ "{\"prompt\":\"x\",\"stop\":5}", "stop", false },
		{ "{\"prompt\":\"x\",\"stop\":\"\"}", "stop", false },
		{ "{\"prompt\":\"x\",\"stop\":[\"a\",null]}", "stop", false },
		{ "{\"prompt\":\"x\",\"stop\":[\"a\",\"b\",\"c\",\"d\",\"e\"]}", "stop", false },
		{ "{\"prompt\":\"x\"}", "messages", true },
		{ "{\"messages\":{}}", "messages", true },
		{ "{\"messages\":[]}", "messages", true },
		{ "{\"messages\":[1]}", "messages", true },
		{ "{\"messages\":[null]}", "messages", true },
		{ "{\"messages\":[{\"content\":\"x\"}]}", "messages", true },
		{ "{\"messages\":[{\"role\":\"king\",\"content\":\"x\"}]}", "messages", true },
		{ "{\"messages\":[{\"role\":\"user\"}]}", "messages", true },
		{ "{\"messages\":[{\"role\":\"tool\",\"content\":null}]}", "messages", true },
		{ "{\"messages\":[{\"role\":\"user\",\"content\":5}]}", "messages", true },
		{ "{\"messages\":[{\"role\":\"user\",\"content\":[5]}]}", "messages", true },
		{ "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]}",
		  "messages", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (parse_bytes(cases[i].body, strlen(cases[i].body), cases[i].chat))
			fail_msg("%s is taken", cases[i].body);
		if (error.status != 400 || !error.message[0] ||
		    strcmp(error.type, "invalid_request_error"))
			fail_msg("%s: %u %s", cases[i].body, error.status, error.message);
		if (strcmp(error.param ?: "", cases[i].param ?: ""))
			fail_msg("%s: %s: %s", cases[i].body, error.param, error.message);
	}
}

static void a_body_that_is_cut_off__is_wrong(void **state)
{
	static const char body[] = "{\"prompt\":[\"one\"],\"stop\":[\"x\"],\"max_tokens\":7}";

	(void)state;
	for (size_t length = 0; length < sizeof(body) - 1; length++)
		if (parse_bytes(body, length, false))
			fail_msg("%zu bytes are taken", length);
	completion(body);
	infer_ask_free(&request.ask);
}

static void too_many_messages__are_refused(void **state)
{
	char *body = malloc(INFER_ASK_MESSAGES * 32 + 64), *at = body;

	(void)state;
	at += sprintf(at, "{\"messages\":[{\"role\":\"assistant\"}");
	for (int i = 0; i < INFER_ASK_MESSAGES - 1; i++)
		at += sprintf(at, ",{\"role\":\"assistant\"}");
	strcpy(at, "]}");
	chat(body);
	assert_int_equal(request.ask.n_messages, INFER_ASK_MESSAGES);
	infer_ask_free(&request.ask);
	strcpy(at, ",{\"role\":\"assistant\"}]}");
	assert_false(parse_bytes(body, strlen(body), true));
	assert_string_equal(error.param, "messages");
	free(body);
}

static void too_long_a_body__is_refused(void **state)
{
	char *body = calloc(1, INFER_HTTP_BODY + 1);

	(void)state;
	assert_false(parse_bytes(body, INFER_HTTP_BODY + 1, false));
	assert_int_equal(error.status, 413);
	free(body);
}

/* @n times @what between two ends. */
static bool parse_repeated(const char *begin, const char *what, size_t n, const char *end)
{
	size_t length = strlen(what), at = strlen(begin);
	char *body = malloc(at + n * length + strlen(end) + 1);
	bool right;

	strcpy(body, begin);
	for (size_t i = 0; i < n; i++, at += length)
		memcpy(body + at, what, length);
	strcpy(body + at, end);
	right = parse_bytes(body, at + strlen(end), false);
	if (right)
		infer_ask_free(&request.ask);
	free(body);
	return right;
}

/* Each takes a multiple of its bytes. */
static void more_objects_than_any_request_has__are_refused(void **state)
{
	const size_t most = (size_t)16 * INFER_ASK_MESSAGES;

	(void)state;
	/* With the body, the array, and the last one. */
	assert_true(parse_repeated("{\"prompt\":\"x\",\"x\":[", "{},", most - 3, "[]]}"));
	assert_false(parse_repeated("{\"prompt\":\"x\",\"x\":[", "{},", most - 2, "[]]}"));
	assert_int_equal(error.status, 400);
	assert_false(parse_repeated("{\"prompt\":\"\\\"\",\"x\":[", "[],", most, "[]]}"));
	assert_true(parse_repeated("{\"prompt\":\"\\\"", "[\\\\,{", most, "\"}"));
}

static void more_values_than_any_request_has__are_refused(void **state)
{
	(void)state;
	assert_true(parse_repeated("{\"prompt\":[", "1,", INFER_ASK_TOKENS - 1, "1]}"));
	assert_false(parse_repeated("{\"prompt\":\"x\",\"x\":[", "1,", INFER_ASK_TOKENS + 16 * INFER_ASK_MESSAGES, "1]}"));
	assert_int_equal(error.status, 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_said__is_as_openai_has_it),
		cmocka_unit_test(all_parameters__are_read),
		cmocka_unit_test(null__is_as_if_it_were_not_there),
		cmocka_unit_test(prompts__are_texts_or_tokens_or_one_of_them),
		cmocka_unit_test(messages__are_read_in_order),
		cmocka_unit_test(what_is_wrong__is_told_with_its_parameter),
		cmocka_unit_test(a_body_that_is_cut_off__is_wrong),
		cmocka_unit_test(too_many_messages__are_refused),
		cmocka_unit_test(too_long_a_body__is_refused),
		cmocka_unit_test(more_objects_than_any_request_has__are_refused),
		cmocka_unit_test(more_values_than_any_request_has__are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
