// SPDX-License-Identifier: GPL-2.0-or-later
/* Text to tokens and back, of vocabularies made by hand. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "infer_vocabulary.h"
#include "tokenizer_index.h"

#define NORMAL INFER_TOKEN_NORMAL

static struct made made;

static void assert_tokens(struct infer_tokenizer *tokenizer, const char *text, bool control,
			  const uint32_t *expected, size_t n_expected)
{
	size_t count;
	uint32_t *tokens = made_tokenise(tokenizer, text, strlen(text), false, control, &count);

	assert_int_equal(count, n_expected);
	assert_memory_equal(tokens, expected, count * sizeof(*tokens));
	free(tokens);
}

#define assert_becomes(tokenizer, text, control, ...)					\
	assert_tokens(tokenizer, text, control, (const uint32_t[]){ __VA_ARGS__ },	\
		      sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

#define BYTE(byte) (MADE_BYTES + (uint8_t)(byte))

/* What a vocabulary is refused for, and how. */
static void assert_refused(int error, const char *part)
{
	struct infer_tokenizer *tokenizer;
	char problem[INFER_PROBLEM] = "";

	assert_int_equal(infer_tokenizer_make(&made.vocabulary, &tokenizer, problem), error);
	assert_non_null(strstr(problem, part));
}

static void spm__merges_the_best_scored_first(void **state)
{
	struct infer_tokenizer *tokenizer;
	uint32_t space, a, b, c, ab, bc;

	(void)state;
	made_begin(&made, INFER_SPM);
	space = made_add(&made, "▁", NORMAL, -1);
	a = made_add(&made, "a", NORMAL, -1);
	b = made_add(&made, "b", NORMAL, -1);
	c = made_add(&made, "c", NORMAL, -1);
	ab = made_add(&made, "ab", NORMAL, -7);
	bc = made_add(&made, "bc", NORMAL, -6);
	made.vocabulary.add_space = false;
	tokenizer = made_end(&made);
	assert_becomes(tokenizer, "abc", false, a, bc);
	assert_becomes(tokenizer, "ab abc", false, ab, space, a, bc);
	assert_becomes(tokenizer, "cab", false, c, ab);
	assert_becomes(tokenizer, "bb", false, b, b);
	infer_tokenizer_free(tokenizer);
	made.scores[ab] = 6; /* above 0 too */
	tokenizer = made_end(&made);
	assert_becomes(tokenizer, "abc", false, ab, c);
	infer_tokenizer_free(tokenizer);
	made.scores[ab] = NAN;
	tokenizer = made_end(&made);
	assert_becomes(tokenizer, "abc", false, a, bc);
	infer_tokenizer_free(tokenizer);
	made_free(&made);
}

static void equal_merges__are_from_the_left(void **state)
{
	struct infer_tokenizer *tokenizer;
	uint32_t a, aa;

	(void)state;
	made_begin(&made, INFER_SPM);
	a = made_add(&made, "a", NORMAL, -1);
	aa = made_add(&made, "aa", NORMAL, -2);
	made.vocabulary.add_space = false;
	tokenizer = made_end(&made);
	assert_becomes(tokenizer, "aaaaa", false, aa, aa, a);
	infer_tokenizer_free(tokenizer);
	made_free(&made);
}

static void spm__puts_a_space_first(void **state)
{
	struct infer_tokenizer *tokenizer;
	uint32_t x, space_x, end = MADE_END;

	(void)state;
	made_begin(&made, INFER_SPM);
	x = made_add(&made, "x", NORMAL, -1);
	made_add(&made, "▁", NORMAL, -1);
	space_x = made_add(&made, "▁x", NORMAL, -2);
	tokenizer = made_end(&made);
	assert_becomes(tokenizer, "xx x", false, space_x, x, space_x);
	assert_becomes(tokenizer, "x</s>x", true, space_x, end, space_x);
	assert_tokens(tokenizer, "", false, NULL, 0);
	infer_tokenizer_free(tokenizer);
	made_free(&made);
}

static void spm__spells_what_it_does_not_know_in_bytes(void **state)
{
	struct infer_tokenizer *tokenizer;
	uint32_t x, known;

	(void)state;
	made_begin(&made, INFER_SPM);
	x = made_add(&made, "x", NORMAL, -1);
	known = made_add(&made, "ä", NORMAL, -1);
	made_add(&made, "▁", NORMAL, -1);
	made.vocabulary.add_space = false;
	tokenizer = made_end(&made);
	assert_becomes(tokenizer, "xäö", false, x, known, BYTE('\xc3'), BYTE('\xb6'));
	assert_becomes(tokenizer, "x\xc3", false, x, BYTE('\xc3'));
	assert_becomes(tokenizer, "<0x41>", false, BYTE('<'), BYTE('0'), x, BYTE('4'), BYTE('1'), BYTE('>'));
	/* The sign for a space is no space. */
	assert_becomes(tokenizer, "▁", false, BYTE('\xe2'), BYTE('\x96'), BYTE('\x81'));
	infer_tokenizer_free(tokenizer);
	made_free(&made);
}

static void without_bytes__there_is_the_unknown_token(void **state)
{
	struct infer_tokenizer *tokenizer;
	char text[INFER_TOKEN_TEXT];

	(void)state;
	made_begin(&made, INFER_SPM);
	made.types[BYTE('\xb6')] = INFER_TOKEN_UNUSED;
	made.vocabulary.add_space = false;
	tokenizer = made_end(&made);
	assert_becomes(tokenizer, "ö.", false, 0, BYTE('.'));
	assert_int_equal(infer_token_text(tokenizer, 0, text), 3);
	assert_memory_equal(text, "\xef\xbf\xbd", 3);
	infer_tokenizer_free(tokenizer);
	made.vocabulary.unknown = INFER_NO_TOKEN;
	assert_refused(-EBADMSG, "0xb6");
	made_free(&made);
}

static void bpe__merges_in_the_order_of_its_list(void **state)
{
	struct infer_tokenizer *tokenizer;
	uint32_t he, ll, hell, space_w;

	(void)state;
	made_begin(&made, INFER_BPE);
	ll = made_merge(&made, "l", "l");
	he = made_merge(&made, "h", "e");
	hell = made_merge(&made, "he", "ll");
	made_merge(&made, "e", "ll"); /* too late, where an h precedes */
	space_w = made_merge(&made, "Ġ", "w");
	tokenizer = made_end(&made);
	assert_becomes(tokenizer, "hello wh", false, hell, BYTE('o'), space_w, BYTE('h'));
	assert_becomes(tokenizer, "hel", false, he, BYTE('l'));
	assert_becomes(tokenizer, "ll\xff", false, ll, BYTE('\xff'));
	infer_tokenizer_free(tokenizer);
	made_free(&made);
}

static void merges__end_at_the_borders_of_pieces(void **state)
{
	struct infer_tokenizer *tokenizer;

	(void)state;
	made_begin(&made, INFER_BPE);
	made_merge(&made, "a", "Ġ");
	tokenizer = made_end(&made);
	assert_becomes(tokenizer, "a b", false, BYTE('a'), BYTE(' '), BYTE('b'));
	infer_tokenizer_free(tokenizer);
	made_free(&made);
}

static void llama3__takes_whole_words(void **state)
{
	struct infer_tokenizer *tokenizer;
	uint32_t ab, abc;

	(void)state;
	made_begin(&made, INFER_BPE);
	ab = made_merge(&made, "a", "b");
	abc = made_add(&made, "abc", NORMAL, 0);
	tokenizer = made_end(&made);
	assert_becomes(tokenizer, "abc", false, ab, BYTE('c'));
	infer_tokenizer_free(tokenizer);
	made.vocabulary.split = INFER_SPLIT_LLAMA3;
	tokenizer = made_end(&made);
	assert_becomes(tokenizer, "abc", false, abc);
	infer_tokenizer_free(tokenizer);
	made_free(&made);
}

static void merges_of_no_tokens__are_none(void **state)
{
	static const char * const odd[] = { "", " ", "a", "a ", " a", "xx y", "a b", "é b", "a  b", "x y" };
	struct infer_tokenizer *tokenizer;
	uint32_t xy;

	(void)state;
	made_begin(&made, INFER_BPE);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		made.merges[i] = (struct infer_text){ strdup(odd[i]), strlen(odd[i]) };
	made.vocabulary.n_merges = sizeof(odd) / sizeof(odd[0]);
	xy = made_add(&made, "xy", NORMAL, 0);
	made_add(&made, "ab", INFER_TOKEN_UNUSED, 0);
	tokenizer = made_end(&made);
	assert_becomes(tokenizer, "xyab", false, xy, BYTE('a'), BYTE('b'));
	infer_tokenizer_free(tokenizer);
	made_free(&made);
}

static void control_tokens__are_spelled_by_those_who_may(void **state)
{
	struct infer_tokenizer *tokenizer;
	char text[INFER_TOKEN_TEXT];
	uint32_t end, *tokens;
	size_t count;

	(void)state;
	for (int kind = INFER_SPM; kind <= INFER_BPE; kind++) {
		made_begin(&made, kind);
		made.vocabulary.add_space = false;
		/* Called normal, as some files do. */
		end = made_add(&made, "<|im_end|>", NORMAL, 0);
		tokenizer = made_end(&made);
		assert_becomes(tokenizer, "a<|im_end|></s>.", true, BYTE('a'), end, MADE_END, BYTE('.'));
		tokens = made_tokenise(tokenizer, "a<|im_end|></s>.", 16, false, false, &count);
		assert_int_equal(count, 16);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(tokens[i], BYTE("a<|im_end|></s>."[i]));
		free(tokens);
		assert_int_equal(infer_token_text(tokenizer, end, text), 0);
		assert_int_equal(infer_token_text(tokenizer, MADE_END, text), 0);
		assert_int_equal(infer_tokenizer_control(tokenizer, "<|im_end|>"), end);
		assert_int_equal(infer_tokenizer_control(tokenizer, "<|im_end|>x"), INFER_NO_TOKEN);
		assert_int_equal(infer_tokenizer_control(tokenizer, "<|im_end|"), INFER_NO_TOKEN);
		assert_true(infer_tokenizer_ends(tokenizer, end));
		assert_true(infer_tokenizer_ends(tokenizer, MADE_END));
		assert_false(infer_tokenizer_ends(tokenizer, BYTE('a')));
		assert_false(infer_tokenizer_ends(tokenizer, 99999));
		infer_tokenizer_free(tokenizer);
		made_free(&made);
	}
}

static void user_defined_tokens__are_found_first_and_the_longest(void **state)
{
	struct infer_tokenizer *tokenizer;
	uint32_t two, three, tool, hidden;

	(void)state;
	made_begin(&made, INFER_BPE);
	made_merge(&made, "x", "-");
	two = made_add(&made, "--", INFER_TOKEN_USER, 0);
	three = made_add(&made, "---", INFER_TOKEN_USER, 0);
	tool = made_add(&made, "<tool>", INFER_TOKEN_USER, 0);
	hidden = made_add(&made, "<tool>!", INFER_TOKEN_CONTROL, 0);
	made_add(&made, "---", INFER_TOKEN_USER, 0);
	made_add(&made, "-!", INFER_TOKEN_USER, 0);
	made_add(&made, "", INFER_TOKEN_USER, 0);
	tokenizer = made_end(&made);
	assert_becomes(tokenizer, "x-----", false, BYTE('x'), three, two);
	assert_becomes(tokenizer, "-<tool>!<tool", true, BYTE('-'), hidden, BYTE('<'), BYTE('t'), BYTE('o'), BYTE('o'),
		       BYTE('l'));
	assert_becomes(tokenizer, "<tool>!", false, tool, BYTE('!'));
	infer_tokenizer_free(tokenizer);
	made_free(&made);
}

static void of_tokens_with_the_same_text__the_first_is_used(void **state)
{
	struct infer_tokenizer *tokenizer;
	uint32_t first;

	(void)state;
	made_begin(&made, INFER_SPM);
	first = made_add(&made, "x", NORMAL, -5);
	made_add(&made, "x", NORMAL, -1);
	made.vocabulary.add_space = false;
	tokenizer = made_end(&made);
	assert_becomes(tokenizer, "x", false, first);
	infer_tokenizer_free(tokenizer);
	made_free(&made);
}

static void a_text__begins_as_the_model_wants(void **state)
{
	struct infer_tokenizer *tokenizer;
	uint32_t *tokens;
	size_t count;

	(void)state;
	made_begin(&made, INFER_BPE);
	for (int wanted = 0; wanted < 2; wanted++) {
		made.vocabulary.add_begin = wanted;
		tokenizer = made_end(&made);
		tokens = made_tokenise(tokenizer, "x", 1, true, false, &count);
		assert_int_equal(count, 1 + wanted);
		assert_int_equal(tokens[0], wanted ? MADE_BEGIN : BYTE('x'));
		free(tokens);
		infer_tokenizer_free(tokenizer);
	}
	made.vocabulary.add_begin = true;
	made.vocabulary.begin = INFER_NO_TOKEN;
	tokenizer = made_end(&made);
	tokens = made_tokenise(tokenizer, "x", 1, true, false, &count);
	assert_int_equal(count, 1);
	free(tokens);
	infer_tokenizer_free(tokenizer);
	made_free(&made);
}

static void tokens_of_too_long_a_text__are_none_of_ours(void **state)
{
	char long_text[INFER_TOKEN_TEXT + 3] = "", text[INFER_TOKEN_TEXT];
	struct infer_tokenizer *tokenizer;
	uint32_t fits, more, *tokens;
	size_t count;

	(void)state;
	memset(long_text, 'x', INFER_TOKEN_TEXT + 2);
	for (int type = NORMAL; type <= INFER_TOKEN_USER; type += INFER_TOKEN_USER - NORMAL) {
		made_begin(&made, INFER_BPE);
		made.vocabulary.split = INFER_SPLIT_LLAMA3;
		more = made_add(&made, long_text, type, 0);
		fits = made_add(&made, long_text + 2, type, 0);
		tokenizer = made_end(&made);
		assert_becomes(tokenizer, long_text + 2, false, fits);
		tokens = made_tokenise(tokenizer, long_text, INFER_TOKEN_TEXT + 2, false, false,
				       &count);
		assert_int_equal(count, type == NORMAL ? INFER_TOKEN_TEXT + 2 : 3);
		free(tokens);
		assert_int_equal(infer_token_text(tokenizer, more, text), INFER_TOKEN_TEXT);
		infer_tokenizer_free(tokenizer);
		made_free(&made);
	}
}

static void a_bad_vocabulary__is_refused(void **state)
{
	static const char * const odd[] = { "<0x4G>", "<0x:4>", "<0x41}", "<0x041>", "<1x41>", "" };

	(void)state;
	made_begin(&made, INFER_SPM);
	made.vocabulary.end = made.vocabulary.size;
	assert_refused(-EBADMSG, "ends a text");
	made.vocabulary.end = MADE_END;
	made.vocabulary.turn_end = UINT32_MAX - 1;
	assert_refused(-EBADMSG, "ends a turn");
	made.vocabulary.turn_end = INFER_NO_TOKEN;
	made_add(&made, "", INFER_TOKEN_BYTE, 0);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct infer_text *last = &made.tokens[made.vocabulary.size - 1];

		free((void *)last->bytes);
		*last = (struct infer_text){ strdup(odd[i]), strlen(odd[i]) };
		assert_refused(-EBADMSG, "<0xNN>");
	}
	made_free(&made);
	made.vocabulary.size = 0;
	assert_refused(-EBADMSG, "0 tokens");
	made.vocabulary.size = INFER_MOST_TOKENS + 1;
	assert_refused(-ENOTSUP, "tokens");
}

static void entries_whose_hashes_are_alike__are_found(void **state)
{
	enum { N = 5000 };
	struct infer_index index;

	(void)state;
	for (int shift = 0; shift <= 50; shift += 25) {
		struct infer_entry *entries = malloc(2 * N * sizeof(*entries));

		/* All in one bucket, in few, or spread; each twice, then with a greater value. */
		for (uint32_t i = 0; i < 2 * N; i++)
			entries[i] = (struct infer_entry){ (uint64_t)(i * 7 % N) << shift, i };
		assert_int_equal(infer_index_make(&index, entries, 2 * N), 0);
		assert_int_equal(index.count, N);
		for (uint32_t i = 0; i < N; i++)
			assert_int_equal(infer_index_find(&index, (i * 7ull % N) << shift), i);
		assert_int_equal(infer_index_find(&index, ((uint64_t)N << shift) + 1),
				 INFER_NO_ENTRY);
		assert_int_equal(infer_index_find(&index, UINT64_MAX), INFER_NO_ENTRY);
		infer_index_free(&index);
	}
	assert_int_equal(infer_index_make(&index, NULL, 0), 0);
	assert_int_equal(infer_index_find(&index, 0), INFER_NO_ENTRY);
	infer_index_free(&index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spm__merges_the_best_scored_first),
		cmocka_unit_test(equal_merges__are_from_the_left),
		cmocka_unit_test(spm__puts_a_space_first),
		cmocka_unit_test(spm__spells_what_it_does_not_know_in_bytes),
		cmocka_unit_test(without_bytes__there_is_the_unknown_token),
		cmocka_unit_test(bpe__merges_in_the_order_of_its_list),
		cmocka_unit_test(merges__end_at_the_borders_of_pieces),
		cmocka_unit_test(llama3__takes_whole_words),
		cmocka_unit_test(merges_of_no_tokens__are_none),
		cmocka_unit_test(control_tokens__are_spelled_by_those_who_may),
		cmocka_unit_test(user_defined_tokens__are_found_first_and_the_longest),
		cmocka_unit_test(of_tokens_with_the_same_text__the_first_is_used),
		cmocka_unit_test(a_text__begins_as_the_model_wants),
		cmocka_unit_test(tokens_of_too_long_a_text__are_none_of_ours),
		cmocka_unit_test(a_bad_vocabulary__is_refused),
		cmocka_unit_test(entries_whose_hashes_are_alike__are_found),
	};

	return cmocka_run_group_tests_name("infer_tokenizer", tests, NULL, NULL);
}
