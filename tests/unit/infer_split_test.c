// SPDX-License-Identifier: GPL-2.0-or-later
/* Where text is cut before byte-level BPE merges. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tokenizer_split.h"

static char *cut(enum infer_split split, const char *text)
{
	static char pieces[512];
	size_t length = strlen(text), count = 0;
	/* Without a byte behind it, so that reading on is seen. */
	char *copy = malloc(length);

	memcpy(copy, text, length);
	for (size_t at = 0, end; at < length; at = end) {
		end = infer_split_end(split, copy, at, length);
		assert_true(end > at && end <= length);
		if (at)
			pieces[count++] = '|';
		assert_true(count + end - at < sizeof(pieces) - 1);
		memcpy(pieces + count, copy + at, end - at);
		count += end - at;
	}
	pieces[count] = '\0';
	free(copy);
	return pieces;
}

static void gpt2__cuts_before_spaces(void **state)
{
	(void)state;
	assert_string_equal(cut(INFER_SPLIT_GPT2, "Hello world, it's 1234 o'clock!"), "Hello| world|,| it|'s| 1234| o|'|clock|!");
	assert_string_equal(cut(INFER_SPLIT_GPT2, "we'll they're I'd I'VE 'em"), "we|'ll| they|'re| I|'d| I|'|VE| '|em");
	assert_string_equal(cut(INFER_SPLIT_GPT2, "a  b   \n c"), "a| | b|   \n| c");
	assert_string_equal(cut(INFER_SPLIT_GPT2, "a\n\nb\n"), "a|\n|\n|b|\n");
	assert_string_equal(cut(INFER_SPLIT_GPT2, "  "), "  ");
	assert_string_equal(cut(INFER_SPLIT_GPT2, "\tx ' "), "\t|x| '| ");
	assert_string_equal(cut(INFER_SPLIT_GPT2, "Zoë日本 ٣½x …"), "Zoë日本| ٣½|x| …");
}

static void digits__stand_alone(void **state)
{
	(void)state;
	assert_string_equal(cut(INFER_SPLIT_DIGITS, "it's 12  3 x\n4"), "it|'s| |1|2|  |3| x|\n|4");
	assert_string_equal(cut(INFER_SPLIT_DIGITS, "a  b"), "a| | b");
}

static void llama3__takes_digits_by_three_and_newlines_along(void **state)
{
	(void)state;
	assert_string_equal(cut(INFER_SPLIT_LLAMA3, "Hello world, it's 12345 I'VEx"), "Hello| world|,| it|'s| |123|45| I|'VE|x");
	assert_string_equal(cut(INFER_SPLIT_LLAMA3, "a();\n\n\tb"), "a|();\n\n|\tb");
	assert_string_equal(cut(INFER_SPLIT_LLAMA3, "a \n \n  b"), "a| \n \n| | b");
	assert_string_equal(cut(INFER_SPLIT_LLAMA3, "x\r\n(y"), "x|\r\n|(y");
	assert_string_equal(cut(INFER_SPLIT_LLAMA3, "! \xc2\xa0z it'\xc5\xbf"), "!| |\xc2\xa0z| it|'\xc5\xbf");
	assert_string_equal(cut(INFER_SPLIT_LLAMA3, "'"), "'");
}

static void qwen2__takes_digits_by_one(void **state)
{
	(void)state;
	assert_string_equal(cut(INFER_SPLIT_QWEN2, "x 12345;\n"), "x| |1|2|3|4|5|;\n");
	assert_string_equal(cut(INFER_SPLIT_QWEN2, "   x"), "  | x");
}

static void bytes_that_are_no_character__are_as_signs(void **state)
{
	(void)state;
	for (int split = INFER_SPLIT_GPT2; split <= INFER_SPLIT_QWEN2; split++)
		assert_string_equal(cut(split, "a \xff\xe2\x82 b"), "a| \xff\xe2\x82| b");
}

static void a_way_to_split__is_known_by_its_name(void **state)
{
	enum infer_split split;

	(void)state;
	assert_int_equal(infer_split_named("llama-bpe-", 9, &split), 0);
	assert_int_equal(split, INFER_SPLIT_LLAMA3);
	assert_int_equal(infer_split_named("qwen2", 5, &split), 0);
	assert_int_equal(split, INFER_SPLIT_QWEN2);
	assert_int_equal(infer_split_named("qwen", 4, &split), -ENOTSUP);
	assert_int_equal(infer_split_named("", 0, &split), -ENOTSUP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gpt2__cuts_before_spaces),
		cmocka_unit_test(digits__stand_alone),
		cmocka_unit_test(llama3__takes_digits_by_three_and_newlines_along),
		cmocka_unit_test(qwen2__takes_digits_by_one),
		cmocka_unit_test(bytes_that_are_no_character__are_as_signs),
		cmocka_unit_test(a_way_to_split__is_known_by_its_name),
	};

	return cmocka_run_group_tests_name("infer_split", tests, NULL, NULL);
}
