// SPDX-License-Identifier: GPL-2.0-or-later
/* Text that comes in pieces: whole characters, and an end at a stop string. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stream_text.h"
#include "unicode.h"

#define R INFER_REPLACEMENT_TEXT

static char seen[4096];
static size_t n_seen;

static void begin(struct infer_stream_text *stream, const char *first, const char *second)
{
	struct infer_text stops[] = {
		{ first, first ? strlen(first) : 0 },
		{ second, second ? strlen(second) : 0 },
	};

	n_seen = 0;
	assert_int_equal(infer_stream_text_begin(stream, stops, !!first + !!second), 0);
}

static void see(struct infer_text text)
{
	assert_true(n_seen + text.length < sizeof(seen));
	if (text.length)
		memcpy(seen + n_seen, text.bytes, text.length);
	n_seen += text.length;
	seen[n_seen] = '\0';
}

/* From a copy without a byte behind it, so that reading on is seen. */
static int add_bytes(struct infer_stream_text *stream, const char *bytes, size_t length)
{
	char *copy = malloc(length ? length : 1);
	struct infer_text out;
	int answer;

	memcpy(copy, bytes, length);
	answer = infer_stream_text_add(stream, copy, length, &out);
	free(copy);
	assert_true(answer >= 0);
	see(out);
	return answer;
}

#define assert_adds(stream, bytes, answer, so_far) do {					\
	assert_int_equal(add_bytes(stream, bytes, sizeof(bytes) - 1), answer);		\
	assert_string_equal(seen, so_far);						\
} while (0)

static void assert_ends(struct infer_stream_text *stream, int answer, const char *all)
{
	struct infer_text out;

	assert_int_equal(infer_stream_text_end(stream, &out), answer);
	see(out);
	assert_string_equal(seen, all);
	infer_stream_text_free(stream);
}

static void only_whole_characters__are_passed_on(void **state)
{
	struct infer_stream_text stream;

	(void)state;
	begin(&stream, NULL, NULL);
	assert_adds(&stream, "a\xe2", 0, "a");
	assert_adds(&stream, "\x82", 0, "a");
	assert_adds(&stream, "", 0, "a");
	assert_adds(&stream, "\xac" "b", 0, "a€b");
	assert_adds(&stream, "\xf0\x9f\x98", 0, "a€b");
	assert_adds(&stream, "\x80\xf0", 0, "a€b😀");
	assert_ends(&stream, 0, "a€b😀" R);
}

/* Into three pieces at each pair of places; whatever comes out at once is whole. */
static void a_text__is_the_same_however_it_is_cut(void **state)
{
	static const char text[] = "Zoë kostet 3 €, 日本語 😀 – ende\xe2\x82";
	static const char whole[] = "Zoë kostet 3 €, 日本語 😀 – ende" R;
	size_t length = sizeof(text) - 1;
	struct infer_stream_text stream;
	uint32_t character;

	(void)state;
	for (size_t first = 0; first <= length; first++) {
		for (size_t second = first; second <= length; second++) {
			begin(&stream, "kosten", NULL);
			add_bytes(&stream, text, first);
			for (size_t at = 0; at < n_seen; ) {
				int bytes = infer_utf8_next(seen + at, n_seen - at, &character);

				assert_true(bytes > 0);
				at += (size_t)bytes;
			}
			add_bytes(&stream, text + first, second - first);
			add_bytes(&stream, text + second, length - second);
			assert_ends(&stream, 0, whole);
		}
	}
}

static void a_stop_string__is_found_across_three_tokens(void **state)
{
	struct infer_stream_text stream;

	(void)state;
	begin(&stream, "<end>", "STOP");
	assert_adds(&stream, "say <e", 0, "say ");
	assert_adds(&stream, "n", 0, "say ");
	assert_adds(&stream, "d> more", 1, "say ");
	assert_adds(&stream, "and more", 1, "say ");
	assert_ends(&stream, 1, "say ");
}

static void what_was_no_stop_string__is_passed_on(void **state)
{
	struct infer_stream_text stream;

	(void)state;
	begin(&stream, "aab", "xyz");
	assert_adds(&stream, "a", 0, "");
	assert_adds(&stream, "a", 0, "");
	assert_adds(&stream, "a", 0, "a");
	assert_adds(&stream, "c", 0, "aaac");
	assert_adds(&stream, "xy", 0, "aaac");
	assert_adds(&stream, "aa", 0, "aaacxy");
	assert_adds(&stream, "aab", 1, "aaacxyaa");
	assert_ends(&stream, 1, "aaacxyaa");
	begin(&stream, "aab", "xyz");
	assert_adds(&stream, "xy", 0, "");
	assert_ends(&stream, 0, "xy");
}

static void of_two_stop_strings__the_first_complete_ends(void **state)
{
	struct infer_stream_text stream;

	(void)state;
	begin(&stream, "abcd", "bc");
	assert_adds(&stream, "-abcd", 1, "-a");
	assert_ends(&stream, 1, "-a");
	begin(&stream, "c", "abc");
	assert_adds(&stream, "-abc", 1, "-");
	assert_ends(&stream, 1, "-");
}

static void a_stop_string__may_be_of_long_characters_and_replacements(void **state)
{
	struct infer_stream_text stream;

	(void)state;
	begin(&stream, "€😀", R "!");
	assert_adds(&stream, "1€\xf0\x9f", 0, "1");
	assert_adds(&stream, "\x98\x80", 1, "1");
	assert_ends(&stream, 1, "1");
	begin(&stream, "€😀", R "!");
	assert_adds(&stream, "1€\xff", 0, "1€");
	assert_adds(&stream, "!", 1, "1€");
	assert_ends(&stream, 1, "1€");
	begin(&stream, R, NULL);
	assert_adds(&stream, "1\xe2", 0, "1");
	assert_ends(&stream, 1, "1");
}

/* As the Unicode standard's table 3-8 replaces them: maximal subparts. */
static void bytes_that_are_no_character__are_replaced(void **state)
{
	static const struct {
		const char *bytes, *text;
	} cases[] = {
		{ "\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41", R R R R R R R R "A" },
		{ "\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41", R R R R R R R R "A" },
		{ "\xf4\x91\x92\x93\xff\x41\x80\xbf\x42", R R R R R "A" R R "B" },
		{ "\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", R R R R "A" },
		{ "\xe2\x82\xe2\x82\xac", R "€" },
		{ "\xf4\x8f\xbf\xbf\xc2\x80", "\xf4\x8f\xbf\xbf\xc2\x80" },
	};
	struct infer_stream_text stream;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t step = 1; step < 10; step++) {
			size_t length = strlen(cases[i].bytes);

			begin(&stream, NULL, NULL);
			for (size_t at = 0, n; at < length; at += n) {
				n = length - at < step ? length - at : step;
				add_bytes(&stream, cases[i].bytes + at, n);
			}
			assert_ends(&stream, 0, cases[i].text);
		}
	}
}

/* Of small alphabets, in which strings overlap themselves: as searching the whole text finds it. */
static void a_stop_string__is_found_as_in_the_whole_text(void **state)
{
	uint32_t number = 1;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct infer_stream_text stream;
		char text[61] = "", stop[6] = "";
		const char *found;
		int answer = 0;

		for (int i = 0; i < 60; i++) {
			number = number * 1664525 + 1013904223;
			text[i] = (char)('a' + (number >> 28) % 2);
		}
		memcpy(stop, text + round % 7 * 3 + 30, 2 + round % 4);
		if (round % 3)
			stop[1] ^= 3;
		begin(&stream, stop, NULL);
		for (int at = 0; at < 60; ) {
			int step = 1 + (round + at) % 5;

			if (at + step > 60)
				step = 60 - at;
			answer = add_bytes(&stream, text + at, (size_t)step);
			at += step;
		}
		found = strstr(text, stop);
		assert_int_equal(answer, !!found);
		if (found)
			text[found - text] = '\0';
		assert_ends(&stream, answer, text);
	}
}

static void strings_that_end_no_text__are_refused(void **state)
{
	static char endless[INFER_STOP_LENGTH + 1];
	struct infer_text stops[INFER_STOPS + 1];
	struct infer_stream_text stream;

	(void)state;
	memset(endless, 'x', sizeof(endless));
	for (int i = 0; i <= INFER_STOPS; i++)
		stops[i] = (struct infer_text){ endless, 1 };
	assert_int_equal(infer_stream_text_begin(&stream, stops, INFER_STOPS + 1), -EINVAL);
	stops[3].length = 0;
	assert_int_equal(infer_stream_text_begin(&stream, stops, INFER_STOPS), -EINVAL);
	stops[3].length = INFER_STOP_LENGTH + 1;
	assert_int_equal(infer_stream_text_begin(&stream, stops, INFER_STOPS), -EINVAL);
	stops[3].length = INFER_STOP_LENGTH;
	assert_int_equal(infer_stream_text_begin(&stream, stops, INFER_STOPS), 0);
	infer_stream_text_free(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_whole_characters__are_passed_on),
		cmocka_unit_test(a_text__is_the_same_however_it_is_cut),
		cmocka_unit_test(a_stop_string__is_found_across_three_tokens),
		cmocka_unit_test(what_was_no_stop_string__is_passed_on),
		cmocka_unit_test(of_two_stop_strings__the_first_complete_ends),
		cmocka_unit_test(a_stop_string__may_be_of_long_characters_and_replacements),
		cmocka_unit_test(bytes_that_are_no_character__are_replaced),
		cmocka_unit_test(a_stop_string__is_found_as_in_the_whole_text),
		cmocka_unit_test(strings_that_end_no_text__are_refused),
	};

	return cmocka_run_group_tests_name("infer_stream_text", tests, NULL, NULL);
}
