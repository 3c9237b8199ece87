// SPDX-License-Identifier: GPL-2.0-or-later
/* Merges against those of the slow way, by hand, and what they cost. */
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
#include "infer_lookups.h"

#define NORMAL INFER_TOKEN_NORMAL

static struct made made;
static char raw[MADE_TOKENS][256];
static size_t raw_length[MADE_TOKENS];
static uint64_t lookups;

/* Counts what is looked up: the work that a text makes. */
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

static char *spell(struct infer_tokenizer *tokenizer, const uint32_t *tokens, size_t count,
		   size_t *length)
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

/* What each token stands for, by definition. */
static void spell_out(void)
{
	char spelled[256][3];

	for (int byte = 0; byte < 256; byte++)
		made_spell_byte((uint8_t)byte, spelled[byte]);
	for (uint32_t i = 0; i < made.vocabulary.size; i++) {
		struct infer_text text = made.tokens[i];
		size_t count = 0;

		for (size_t at = 0; made.types[i] == NORMAL && at < text.length; ) {
			const char *from = text.bytes + at;
			int byte = (uint8_t)*from;

			if (made.vocabulary.kind == INFER_SPM && !strncmp(from, "▁", 3)) {
				byte = ' ';
				at += 2;
			} else if (made.vocabulary.kind == INFER_BPE) {
				byte = 0;
				while (strncmp(from, spelled[byte], strlen(spelled[byte])))
					byte++;
				at += strlen(spelled[byte]) - 1;
			}
			raw[i][count++] = (char)byte;
			at++;
		}
		raw_length[i] = count;
	}
}

static uint32_t named(const char *bytes, size_t length)
{
	for (uint32_t i = 0; i < made.vocabulary.size; i++)
		if (raw_length[i] == length && !memcmp(raw[i], bytes, length))
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

		if (sides[0].length == (size_t)(space - merge) &&
		    sides[1].length == strlen(space + 1) &&
		    !memcmp(sides[0].bytes, merge, sides[0].length) &&
		    !memcmp(sides[1].bytes, space + 1, sides[1].length))
			return i;
	}
	return INFINITY;
}

/* Merges @lengths of a word's parts as the books say: of all pairs the best, and again. */
static size_t merge_slowly(const char *word, size_t *lengths, size_t n)
{
	for (;;) {
		double best = INFINITY, value;
		size_t at = 0, best_i = 0;

		for (size_t i = 0; i + 1 < n; at += lengths[i++]) {
			value = worth(word + at, lengths[i], lengths[i + 1]);
			if (value < best) {
				best = value;
				best_i = i;
			}
		}
		if (best == INFINITY)
			return n;
		lengths[best_i] += lengths[best_i + 1];
		n--;
		memmove(lengths + best_i + 1, lengths + best_i + 2,
			(n - best_i - 1) * sizeof(*lengths));
	}
}

static void tokens__are_those_of_the_slow_way(void **state)
{
	(void)state;
	for (int round = 0; round < 40; round++) {
		int kind = round % 2 ? INFER_SPM : INFER_BPE;
		struct infer_tokenizer *tokenizer;
		bool spm = kind == INFER_SPM;

		made_begin(&made, kind);
		made.vocabulary.add_space = false;
		add_random(kind);
		spell_out();
		tokenizer = made_end(&made);
		for (int i = 0; i < 6; i++) {
			char text[64] = "", spelled[INFER_TOKEN_TEXT];
			size_t lengths[64], n = 0, count, at = 0;
			uint32_t *tokens;

			/* BPE's are letters alone: one piece. */
			for (int j = 0; j < 20; j++) {
				static const char * const all[] = { "a", "b", "c", "é", " " };
				const char *letter = all[next_number() % (spm ? 5 : 4)];

				strcat(text, letter);
				for (size_t k = 0; k < (spm ? 1 : strlen(letter)); k++)
					lengths[n++] = spm ? strlen(letter) : 1;
			}
			n = merge_slowly(text, lengths, n);
			tokens = made_tokenise(tokenizer, text, strlen(text), false, false, &count);
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
			tokens = made_tokenise(tokenizer, text, length, false, false, &count);
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
			tokens = made_tokenise(tokenizer, text, LENGTH, false, false, &count);
			assert_true(lookups < 4 * LENGTH);
			assert_true(shape || count < LENGTH / 100);
			free(tokens);
		}
		infer_tokenizer_free(tokenizer);
		made_free(&made);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens__are_those_of_the_slow_way),
		cmocka_unit_test(any_bytes__come_back),
		cmocka_unit_test(a_hostile_text__costs_in_proportion_to_its_length),
	};

	return cmocka_run_group_tests_name("infer_merge", tests, NULL, NULL);
}
