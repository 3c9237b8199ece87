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
static uint64_t lookups;

/* Counts what is looked up: the work that a text makes. */
uint32_t __real_infer_index_find(const struct infer_index *index, uint64_t hash);
uint32_t __wrap_infer_index_find(const struct infer_index *index, uint64_t hash);
uint32_t __wrap_infer_index_find(const struct infer_index *index, uint64_t hash)
{
	lookups++;
	return __real_infer_index_find(index, hash);
}

static uint32_t next_number(void)
{
	static uint32_t number = 1;

	number = number * 1664525 + 1013904223;
	return number >> 12;
}

/* From a copy without a byte behind it, so that reading on is seen. */
static uint32_t *tokenise(struct infer_tokenizer *tokenizer, const char *text, size_t length, bool begin, bool control,
			  size_t *count)
{
	char *copy = malloc(length ? length : 1);
	uint32_t *tokens;

	memcpy(copy, text, length);
	assert_int_equal(infer_tokenise(tokenizer, copy, length, begin, control, &tokens, count), 0);
	free(copy);
	return tokens;
}

static char *spell(struct infer_tokenizer *tokenizer, const uint32_t *tokens, size_t count, size_t *length)
{
	char *text = malloc(count * INFER_TOKEN_TEXT + 1);

	*length = 0;
	for (size_t i = 0; i < count; i++) {
		assert_true(tokens[i] < infer_tokenizer_size(tokenizer));
		*length += infer_token_text(tokenizer, tokens[i], text + *length);
	}
	text[*length] = '\0';
	return text;
}

static void assert_tokens(struct infer_tokenizer *tokenizer, const char *text, bool control, const uint32_t *expected,
			  size_t n_expected)
{
	size_t count;
	uint32_t *tokens = tokenise(tokenizer, text, strlen(text), false, control, &count);

	for (size_t i = 0; i < count && (count != n_expected || memcmp(tokens, expected, 4 * count)); i++)
		print_error("%u ", tokens[i]);
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
		made.merges[made.vocabulary.n_merges++] = (struct infer_text){ strdup(odd[i]), strlen(odd[i]) };
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
		tokens = tokenise(tokenizer, "a<|im_end|></s>.", 16, false, false, &count);
		assert_int_equal(count, 16);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(tokens[i], BYTE("a<|im_end|></s>."[i]));
		free(tokens);
		assert_int_equal(infer_token_text(tokenizer, end, text), 0);
		assert_int_equal(infer_token_text(tokenizer, MADE_END, text), 0);
		assert_int_equal(infer_tokenizer_control(tokenizer, "<|im_end|>"), end);
		assert_int_equal(infer_tokenizer_control(tokenizer, "<|im_end|>x"), INFER_NO_TOKEN);
		assert_int_equal(infer_tokenizer_control(tokenizer, "<|im_end|"), INFER_NO_TOKEN);
		assert_true(infer_tokenizer_ends(tokenizer, end) && infer_tokenizer_ends(tokenizer, MADE_END));
		assert_false(infer_tokenizer_ends(tokenizer, BYTE('a')) || infer_tokenizer_ends(tokenizer, 99999));
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
		tokens = tokenise(tokenizer, "x", 1, true, false, &count);
		assert_int_equal(count, 1 + wanted);
		assert_int_equal(tokens[0], wanted ? MADE_BEGIN : BYTE('x'));
		free(tokens);
		infer_tokenizer_free(tokenizer);
	}
	made.vocabulary.add_begin = true;
	made.vocabulary.begin = INFER_NO_TOKEN;
	tokenizer = made_end(&made);
	tokens = tokenise(tokenizer, "x", 1, true, false, &count);
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
		tokens = tokenise(tokenizer, long_text, INFER_TOKEN_TEXT + 2, false, false, &count);
		assert_int_equal(count, type == NORMAL ? INFER_TOKEN_TEXT + 2 : 3);
		free(tokens);
		assert_int_equal(infer_token_text(tokenizer, more, text), INFER_TOKEN_TEXT);
		infer_tokenizer_free(tokenizer);
		made_free(&made);
	}
}

static void a_bad_vocabulary__is_refused(void **state)
{
	(void)state;
	made_begin(&made, INFER_SPM);
	made.vocabulary.end = made.vocabulary.size;
	assert_refused(-EBADMSG, "ends a text");
	made.vocabulary.end = MADE_END;
	made.vocabulary.turn_end = UINT32_MAX - 1;
	assert_refused(-EBADMSG, "ends a turn");
	made.vocabulary.turn_end = INFER_NO_TOKEN;
	made_add(&made, "<0x4G>", INFER_TOKEN_BYTE, 0);
	assert_refused(-EBADMSG, "<0xNN>");
	made_free(&made);
	made.vocabulary.size = 0;
	assert_refused(-EBADMSG, "0 tokens");
	made.vocabulary.size = INFER_MOST_TOKENS + 1;
	assert_refused(-ENOTSUP, "tokens");
}

/* Pieces of a few letters, with a score each, or merges of what is there already. */
static void add_random(int kind)
{
	static const char * const letters[] = { "a", "b", "c", "▁", "é" };
	static const char * const spelled[] = { "a", "b", "c", "Ġ", "Ã", "©" };

	if (kind == INFER_SPM) {
		for (int i = 0; i < 4; i++)
			made_add(&made, letters[i], NORMAL, -1);
		for (int i = 0; i < 60; i++) {
			char text[32] = "";

			for (uint32_t j = 2 + next_number() % 3; j--; )
				strcat(text, letters[next_number() % 5]);
			made_add(&made, text, NORMAL, -(float)(next_number() % 16));
		}
		return;
	}
	for (int i = 0; i < 40; i++) {
		char sides[2][256];

		for (int j = 0; j < 2; j++) {
			uint32_t n = made.vocabulary.n_merges, pick = next_number() % (n + 6);
			uint32_t token = made.vocabulary.size - 1 - pick;

			if (pick < n && made.tokens[token].length < 60)
				strcpy(sides[j], made.tokens[token].bytes);
			else
				strcpy(sides[j], spelled[pick % 6]);
		}
		made_merge(&made, sides[0], sides[1]);
	}
}

static bool is_named(uint32_t token, const char *bytes, size_t length)
{
	struct infer_text text = made.tokens[token];
	char raw[256];
	size_t count = 0;

	if (made.types[token] != NORMAL)
		return false;
	for (size_t at = 0; at < text.length; at++) {
		if (made.vocabulary.kind == INFER_SPM && !strncmp(text.bytes + at, "▁", 3)) {
			raw[count++] = ' ';
			at += 2;
		} else if (made.vocabulary.kind == INFER_BPE) {
			char spelled[3];
			int byte = 0;

			do
				made_spell_byte((uint8_t)byte, spelled);
			while (strncmp(text.bytes + at, spelled, strlen(spelled)) && ++byte < 256);
			raw[count++] = (char)byte;
			at += strlen(spelled) - 1;
		} else {
			raw[count++] = text.bytes[at];
		}
	}
	return count == length && !memcmp(raw, bytes, length);
}

static uint32_t named(const char *bytes, size_t length)
{
	for (uint32_t i = 0; i < made.vocabulary.size; i++)
		if (is_named(i, bytes, length))
			return i;
	return INFER_NO_TOKEN;
}

/* How good a pair is, the less the better; INFINITY if it cannot be merged. */
static double worth(const char *left, size_t left_length, size_t right_length)
{
	uint32_t both = named(left, left_length + right_length), l, r;

	if (both == INFER_NO_TOKEN)
		return INFINITY;
	if (made.vocabulary.kind == INFER_SPM)
		return -(double)made.scores[both];
	l = named(left, left_length);
	r = named(left + left_length, right_length);
	for (uint32_t i = 0; i < made.vocabulary.n_merges; i++) {
		const char *merge = made.merges[i].bytes, *space = strchr(merge, ' ');
		struct infer_text sides[] = { made.tokens[l], made.tokens[r] };

		if (sides[0].length == (size_t)(space - merge) && sides[1].length == strlen(space + 1) &&
		    !memcmp(sides[0].bytes, merge, sides[0].length) &&
		    !memcmp(sides[1].bytes, space + 1, sides[1].length))
			return i;
	}
	return INFINITY;
}

/* Merges @lengths of parts of a word as the books say: look at all pairs, take the best, begin again. */
static size_t merge_slowly(const char *word, size_t *lengths, size_t n)
{
	for (;;) {
		double best = INFINITY, value;
		size_t at = 0, best_i = 0, best_at = 0;

		for (size_t i = 0; i + 1 < n; at += lengths[i++]) {
			value = worth(word + at, lengths[i], lengths[i + 1]);
			if (value < best) {
				best = value;
				best_i = i;
				best_at = at;
			}
		}
		(void)best_at;
		if (best == INFINITY)
			return n;
		lengths[best_i] += lengths[best_i + 1];
		n--;
		memmove(lengths + best_i + 1, lengths + best_i + 2, (n - best_i - 1) * sizeof(*lengths));
	}
}

static void tokens__are_those_of_the_slow_way(void **state)
{
	(void)state;
	for (int round = 0; round < 40; round++) {
		int kind = round % 2 ? INFER_SPM : INFER_BPE;
		struct infer_tokenizer *tokenizer;

		made_begin(&made, kind);
		made.vocabulary.add_space = false;
		add_random(kind);
		tokenizer = made_end(&made);
		for (int i = 0; i < 6; i++) {
			char text[64] = "", spelled[INFER_TOKEN_TEXT];
			size_t lengths[64], n = 0, count, at = 0;
			uint32_t *tokens;

			/* BPE's are letters alone: one piece. */
			for (int j = 0; j < 20; j++) {
				const char *letter = ((const char *[]){ "a", "b", "c", "é", " " })[next_number() % (kind == INFER_SPM ? 5 : 4)];

				strcat(text, letter);
				for (size_t k = 0; k < (kind == INFER_SPM ? 1 : strlen(letter)); k++)
					lengths[n++] = kind == INFER_SPM ? strlen(letter) : 1;
			}
			n = merge_slowly(text, lengths, n);
			tokens = tokenise(tokenizer, text, strlen(text), false, false, &count);
			for (size_t j = 0, k = 0; j < n; at += lengths[j++]) {
				/* SPM: a character without a token is as many tokens as bytes. */
				size_t length = 0;

				while (length < lengths[j] && k < count)
					length += infer_token_text(tokenizer, tokens[k++], spelled);
				assert_int_equal(length, lengths[j]);
			}
			free(tokens);
		}
		infer_tokenizer_free(tokenizer);
		made_free(&made);
	}
}

static void any_bytes__come_back(void **state)
{
	(void)state;
	for (int round = 0; round < 60; round++) {
		int kind = round % 2 ? INFER_SPM : INFER_BPE;
		struct infer_tokenizer *tokenizer;

		made_begin(&made, kind);
		made.vocabulary.split = (enum infer_split)(round / 2 % 4);
		add_random(kind);
		made_add(&made, "<|im_end|>", INFER_TOKEN_CONTROL, 0);
		made_add(&made, "ab", INFER_TOKEN_USER, 0);
		tokenizer = made_end(&made);
		for (int i = 0; i < 20; i++) {
			uint32_t length = next_number() % 300, *tokens;
			size_t count, back_length, space = kind == INFER_SPM && length;
			char text[300], *back;

			for (uint32_t j = 0; j < length; j++)
				text[j] = next_number() % 3 ? "ab c\xc3\xa9\xe2\x96\x81\n'"[next_number() % 11] :
							      (char)next_number();
			tokens = tokenise(tokenizer, text, length, false, false, &count);
			back = spell(tokenizer, tokens, count, &back_length);
			/* A user-defined token first of all has no space before it. */
			if (space && back_length == length)
				space = 0;
			assert_int_equal(back_length, length + space);
			assert_memory_equal(back + space, text, length);
			assert_true(!space || back[0] == ' ');
			free(back);
			free(tokens);
		}
		infer_tokenizer_free(tokenizer);
		made_free(&made);
	}
}

/* Words as long as the text, in which all can be merged, or nearly. */
static void a_hostile_text__costs_in_proportion_to_its_length(void **state)
{
	enum { LENGTH = 1 << 20 };
	char *text = malloc(LENGTH);

	(void)state;
	for (int kind = INFER_SPM; kind <= INFER_BPE; kind++) {
		struct infer_tokenizer *tokenizer;
		char word[129] = "a";

		made_begin(&made, kind);
		made_add(&made, "a", kind == INFER_SPM ? NORMAL : INFER_TOKEN_UNUSED, 0);
		for (size_t length = 1; length < 128; length *= 2) {
			if (kind == INFER_BPE)
				made_merge(&made, word, word);
			memset(word, 'a', 2 * length);
			if (kind == INFER_SPM)
				made_add(&made, word, NORMAL, -(float)length);
		}
		tokenizer = made_end(&made);
		for (int shape = 0; shape < 3; shape++) {
			uint32_t *tokens;
			size_t count;

			for (size_t i = 0; i < LENGTH; i++)
				text[i] = shape == 0 ? 'a' : shape == 1 ? "aaaaaaab"[i % 8] : '<';
			lookups = 0;
			tokens = tokenise(tokenizer, text, LENGTH, false, false, &count);
			assert_true(lookups < 4 * LENGTH);
			assert_true(shape || count < LENGTH / 100);
			free(tokens);
		}
		infer_tokenizer_free(tokenizer);
		made_free(&made);
	}
	free(text);
}

static void entries_whose_hashes_are_alike__are_found(void **state)
{
	enum { N = 5000 };
	struct infer_index index;

	(void)state;
	for (int shift = 0; shift <= 50; shift += 25) {
		struct infer_entry *entries = malloc(2 * N * sizeof(*entries));

		/* All in one bucket, in few, or spread; each twice, the second time with a greater value. */
		for (uint32_t i = 0; i < 2 * N; i++)
			entries[i] = (struct infer_entry){ (uint64_t)(i * 7 % N) << shift, i };
		assert_int_equal(infer_index_make(&index, entries, 2 * N), 0);
		assert_int_equal(index.count, N);
		for (uint32_t i = 0; i < N; i++)
			assert_int_equal(infer_index_find(&index, (uint64_t)(i * 7 % N) << shift), i);
		assert_int_equal(infer_index_find(&index, ((uint64_t)N << shift) + 1), INFER_NO_ENTRY);
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
		cmocka_unit_test(tokens__are_those_of_the_slow_way),
		cmocka_unit_test(any_bytes__come_back),
		cmocka_unit_test(a_hostile_text__costs_in_proportion_to_its_length),
		cmocka_unit_test(entries_whose_hashes_are_alike__are_found),
	};

	return cmocka_run_group_tests_name("infer_tokenizer", tests, NULL, NULL);
}
