// SPDX-License-Identifier: GPL-2.0-or-later
/* Text in columns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "table.h"

static char *print(const struct table *table, int width)
{
	char *text;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	table_print(table, file, width, NULL, NULL);
	fclose(file);
	return text;
}

static void narrow_table__shrinks_then_drops(void **state)
{
	static const struct table_column columns[] = {
		{ .title = "AGENT", .shrink = true },
		{ .title = "N", .right = true },
		{ .title = "CLASS", .drop = 1 },
		{ .title = "WAIT", .drop = 2, .right = true },
	};
	struct table table = { .columns = columns, .n_columns = 4 };
	char *text;

	(void)state;
	table_add(&table, "/a/rather/long/path");
	table_add(&table, "10");
	table_add(&table, "batch");
	table_add(&table, "4 ms");
	text = print(&table, 0);
	assert_string_equal(text, "AGENT                 N  CLASS  WAIT\n"
				  "/a/rather/long/path  10  batch  4 ms\n");
	free(text);
	text = print(&table, 33);
	assert_string_equal(text, "AGENT              N  CLASS  WAIT\n"
				  "..ther/long/path  10  batch  4 ms\n");
	free(text);
	text = print(&table, 32);
	assert_string_equal(text, "AGENT                 N  CLASS\n"
				  "/a/rather/long/path  10  batch\n");
	free(text);
	text = print(&table, 20);
	assert_string_equal(text, "AGENT              N\n"
				  "..ther/long/path  10\n");
	free(text);
	table_clear(&table);
}

static void notes__stand_below_their_row_in_whole_words(void **state)
{
	static const struct table_column columns[] = {
		{ .title = "NAME" },
		{ .title = "WHY", .note = true },
		{ .title = "N", .right = true },
	};
	struct table table = { .columns = columns, .n_columns = 3 };
	char *text;

	(void)state;
	table_add(&table, "a");
	table_add(&table, "for a reason of twenty, unbreakable-as-it-is, words");
	table_add(&table, "10");
	table_add(&table, "b");
	table_add(&table, "%s", "");
	table_add(&table, "7");
	text = print(&table, 0);
	assert_string_equal(text, "NAME   N\n"
				  "a     10\n"
				  "    for a reason of twenty, unbreakable-as-it-is, words\n"
				  "b      7\n");
	free(text);
	text = print(&table, 24);
	assert_string_equal(text, "NAME   N\n"
				  "a     10\n"
				  "    for a reason of\n"
				  "    twenty,\n"
				  "    unbreakable-as-it-is,\n"
				  "    words\n"
				  "b      7\n");
	free(text);
	table_clear(&table);
}

static void names__cannot_steer_the_terminal(void **state)
{
	char text[] = "/a\033[2J\n\x7f\xc2\x9b" "b\xc3\xa9";

	(void)state;
	assert_string_equal(table_sanitize(text), "/a?[2J???\x9b" "b\xc3\xa9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(narrow_table__shrinks_then_drops),
		cmocka_unit_test(notes__stand_below_their_row_in_whole_words),
		cmocka_unit_test(names__cannot_steer_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
