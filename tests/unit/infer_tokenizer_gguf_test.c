// SPDX-License-Identifier: GPL-2.0-or-later
/* Vocabularies out of GGUF files: seeded models', and such as something is wrong with. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gguf_write.h"
#include "seeded.h"
#include "tokenizer.h"

#define KEY "tokenizer.ggml."

static void *bytes;
static struct infer_gguf *gguf;
static char problem[INFER_PROBLEM];

static void parse(size_t length)
{
	assert_int_equal(infer_gguf_parse(bytes, length, &gguf, problem), 0);
}

static void done(struct infer_tokenizer *tokenizer)
{
	infer_tokenizer_free(tokenizer);
	infer_gguf_close(gguf);
	free(bytes);
}

static struct infer_tokenizer *open_seeded(bool qwen2)
{
	struct infer_tokenizer *tokenizer;
	struct infer_seeded seeded;
	size_t length;

	assert_int_equal(infer_seeded_named("tiny", &seeded), 0);
	seeded.qwen2 = qwen2;
	assert_int_equal(infer_seeded_make(&seeded, &bytes, &length), 0);
	parse(length);
	assert_int_equal(infer_tokenizer_from(gguf, &tokenizer, problem), 0);
	assert_int_equal(infer_tokenizer_size(tokenizer), seeded.vocabulary);
	return tokenizer;
}

static void the_vocabularies_of_seeded_models__are_whole(void **state)
{
	static const char text[] = "The inner station, 42 notes;\n\xff\xe2\x82 Zoë's € 日本\n";
	size_t length = sizeof(text) - 1;

	(void)state;
	for (int qwen2 = 0; qwen2 < 2; qwen2++) {
		struct infer_tokenizer *tokenizer = open_seeded(qwen2);
		size_t begin = !qwen2, count, back = 0;
		char spelled[512];
		uint32_t *tokens;

		assert_int_equal(infer_tokenise(tokenizer, text, length, true, false, &tokens,
						&count), 0);
		assert_true(count < length);
		if (begin)
			assert_int_equal(tokens[0], infer_tokenizer_begin(tokenizer));
		for (size_t i = begin; i < count; i++)
			back += infer_token_text(tokenizer, tokens[i], spelled + back);
		assert_int_equal(back, length + begin);
		assert_memory_equal(spelled + begin, text, length);
		free(tokens);
		assert_true(infer_tokenizer_ends(tokenizer, infer_tokenizer_end(tokenizer)));
		done(tokenizer);
	}
}

/* What is wrong with a file; 0 is right. */
enum fault {
	NONE, NO_MODEL, STRANGE_MODEL, STRANGE_PRE, NO_TOKENS, NUMBERS_FOR_TOKENS, NO_MERGES,
	TYPES_TOO_FEW, TYPES_OF_BYTES, TYPE_TOO_GREAT, SCORES_TOO_MANY, END_TOO_GREAT, FAULTS,
};

static void write_tokens(struct infer_gguf_writer *writer, enum fault fault)
{
	static const uint32_t types[] = { 2, 3, 1, 1, 1 }, great[] = { 2, 3, 1, 1, 7 };
	static const uint8_t small[5];
	static const float scores[6];

	if (fault == NUMBERS_FOR_TOKENS)
		infer_gguf_write_array(writer, KEY "tokens", INFER_GGUF_F32, 5, scores);
	if (fault != NO_TOKENS && fault != NUMBERS_FOR_TOKENS) {
		infer_gguf_write_array(writer, KEY "tokens", INFER_GGUF_STRING, 5, NULL);
		infer_gguf_write_element(writer, "<unk>", 5);
		infer_gguf_write_element(writer, "<end>", 5);
		infer_gguf_write_element(writer, "a", 1);
		infer_gguf_write_element(writer, "b", 1);
		infer_gguf_write_element(writer, "ab", 2);
	}
	if (fault == TYPES_OF_BYTES)
		infer_gguf_write_array(writer, KEY "token_type", INFER_GGUF_U8, 5, small);
	else
		infer_gguf_write_array(writer, KEY "token_type", INFER_GGUF_I32, fault == TYPES_TOO_FEW ? 4 : 5,
				       fault == TYPE_TOO_GREAT ? great : types);
	infer_gguf_write_array(writer, KEY "scores", INFER_GGUF_F32, fault == SCORES_TOO_MANY ? 6 : 5, scores);
}

static void write_file(enum fault fault)
{
	struct infer_gguf_writer writer;
	void *weights;
	size_t length;

	assert_int_equal(infer_gguf_writer_begin(&writer), 0);
	if (fault != NO_MODEL)
		infer_gguf_write_text(&writer, KEY "model", fault == STRANGE_MODEL ? "gpt3" : "gpt2");
	infer_gguf_write_text(&writer, KEY "pre", fault == STRANGE_PRE ? "mine" : "llama-bpe");
	write_tokens(&writer, fault);
	if (fault != NO_MERGES) {
		infer_gguf_write_array(&writer, KEY "merges", INFER_GGUF_STRING, 1, NULL);
		infer_gguf_write_element(&writer, "a b", 3);
	}
	infer_gguf_write_u32(&writer, KEY "unknown_token_id", 0);
	infer_gguf_write_u32(&writer, KEY "bos_token_id", 1);
	infer_gguf_write_u32(&writer, KEY "eos_token_id", fault == END_TOO_GREAT ? 5 : 1);
	infer_gguf_write_u32(&writer, KEY "eot_token_id", 2);
	assert_int_equal(infer_gguf_writer_end(&writer, &bytes, &length, &weights), 0);
	parse(length);
}

static void a_vocabulary__is_read_as_it_is_written(void **state)
{
	struct infer_tokenizer *tokenizer;
	uint32_t *tokens;
	size_t count;

	(void)state;
	write_file(NONE);
	assert_int_equal(infer_tokenizer_from(gguf, &tokenizer, problem), 0);
	/* Llama 3's begin by custom; token 2 ends turns, and so is no text. */
	assert_int_equal(infer_tokenise(tokenizer, "ab?", 3, true, false, &tokens, &count), 0);
	assert_int_equal(count, 3);
	assert_memory_equal(tokens, ((const uint32_t[]){ 1, 4, 0 }), sizeof(*tokens) * 3);
	free(tokens);
	assert_true(infer_tokenizer_ends(tokenizer, 1) && infer_tokenizer_ends(tokenizer, 2));
	assert_false(infer_tokenizer_ends(tokenizer, 3));
	assert_int_equal(infer_tokenizer_begin(tokenizer), 1);
	done(tokenizer);
}

static void a_file__is_refused_with_a_sentence(void **state)
{
	static const struct {
		int error;
		const char *part;
	} cases[] = {
		[NO_MODEL] = { -EBADMSG, "model is missing" },
		[STRANGE_MODEL] = { -ENOTSUP, "neither" },
		[STRANGE_PRE] = { -ENOTSUP, "pre names" },
		[NO_TOKENS] = { -EBADMSG, "tokens is missing" },
		[NUMBERS_FOR_TOKENS] = { -EBADMSG, "tokens is no array of strings" },
		[NO_MERGES] = { -EBADMSG, "merges is missing" },
		[TYPES_TOO_FEW] = { -EBADMSG, "token_type has not one" },
		[TYPES_OF_BYTES] = { -EBADMSG, "token_type is of another type" },
		[TYPE_TOO_GREAT] = { -EBADMSG, "token_type has a type" },
		[SCORES_TOO_MANY] = { -EBADMSG, "scores has not one" },
		[END_TOO_GREAT] = { -EBADMSG, "ends a text is 5" },
	};
	struct infer_tokenizer *tokenizer;

	(void)state;
	for (enum fault fault = NONE + 1; fault < FAULTS; fault++) {
		write_file(fault);
		assert_int_equal(infer_tokenizer_from(gguf, &tokenizer, problem),
				 cases[fault].error);
		if (!strstr(problem, cases[fault].part))
			print_error("%s\n", problem);
		assert_non_null(strstr(problem, cases[fault].part));
		done(NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vocabularies_of_seeded_models__are_whole),
		cmocka_unit_test(a_vocabulary__is_read_as_it_is_written),
		cmocka_unit_test(a_file__is_refused_with_a_sentence),
	};

	return cmocka_run_group_tests_name("infer_tokenizer_gguf", tests, NULL, NULL);
}
