// SPDX-License-Identifier: GPL-2.0-or-later
/* Classes of characters. How they are decoded infer_stream_text_test.c sees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "unicode.h"

static void characters__have_their_classes(void **state)
{
	static const struct {
		uint32_t character;
		enum infer_class class;
	} cases[] = {
		{ 0, INFER_OTHER }, { '\t', INFER_SPACE }, { '\r', INFER_SPACE },
		{ 0x1c, INFER_OTHER }, { ' ', INFER_SPACE }, { '/', INFER_OTHER },
		{ '0', INFER_NUMBER }, { '9', INFER_NUMBER }, { ':', INFER_OTHER },
		{ 'A', INFER_LETTER }, { 'z', INFER_LETTER }, { '{', INFER_OTHER },
		{ 0x85, INFER_SPACE }, { 0xa0, INFER_SPACE }, { 0xaa, INFER_LETTER },
		{ 0xb2, INFER_NUMBER }, { 0x301, INFER_OTHER }, { 0x200b, INFER_OTHER },
		{ 0x2028, INFER_SPACE }, { 0x2160, INFER_NUMBER }, { 0x3000, INFER_SPACE },
		{ 0x4e00, INFER_LETTER }, { 0x1f600, INFER_OTHER }, { 0x2a6df, INFER_LETTER },
		{ 0x10ffff, INFER_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(infer_class_of(cases[i].character), cases[i].class);
}

static void the_table_of_classes__is_what_unicode_says(void **state)
{
	(void)state;
	if (system("command -v python3 >/dev/null"))
		skip();
	assert_int_equal(system("python3 " TOP "/scripts/unicode-classes.py --check"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters__have_their_classes),
		cmocka_unit_test(the_table_of_classes__is_what_unicode_says),
	};

	return cmocka_run_group_tests_name("infer_unicode", tests, NULL, NULL);
}
