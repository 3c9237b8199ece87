// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json.h"

struct page {
	struct headgate_json json;
	FILE *file;
	char *text;
	size_t size;
};

static void begin(struct page *page, bool pretty)
{
	memset(page, 0, sizeof(*page));
	page->file = open_memstream(&page->text, &page->size);
	assert_non_null(page->file);
	headgate_json_begin(&page->json, page->file, pretty);
}

static void end(struct page *page, int ret, const char *expected)
{
	assert_int_equal(headgate_json_end(&page->json), ret);
	fclose(page->file);
	if (expected)
		assert_string_equal(page->text, expected);
	free(page->text);
}

static void document__nests(void **state)
{
	struct page page;

	(void)state;
	begin(&page, false);
	headgate_json_array(&page.json, "agents");
	headgate_json_object(&page.json, NULL);
	headgate_json_uint(&page.json, "id", UINT64_MAX);
	headgate_json_int(&page.json, "minor", -1);
	headgate_json_close(&page.json);
	headgate_json_null(&page.json, NULL);
	headgate_json_close(&page.json);
	headgate_json_object(&page.json, "empty");
	headgate_json_close(&page.json);
	headgate_json_bool(&page.json, "ok", true);
	end(&page, 0, "{\"schema_version\":1,\"agents\":[{\"id\":18446744073709551615,"
		      "\"minor\":-1},null],\"empty\":{},\"ok\":true}\n");
}

static void foreign_document__has_nothing_on_top(void **state)
{
	struct page page;

	(void)state;
	memset(&page, 0, sizeof(page));
	page.file = open_memstream(&page.text, &page.size);
	assert_non_null(page.file);
	headgate_json_begin_foreign(&page.json, page.file);
	headgate_json_array(&page.json, "events");
	page.json.lines = page.json.depth;
	headgate_json_us(&page.json, NULL, 0);
	headgate_json_us(&page.json, NULL, 1005);
	headgate_json_us(&page.json, NULL, UINT64_MAX);
	headgate_json_close(&page.json);
	headgate_json_schema(&page.json);
	end(&page, 0, "{\"events\":[\n0.000,\n1.005,\n18446744073709551.615],\"schema_version\":1}\n");
}

static void pretty_document__is_indented(void **state)
{
	struct page page;

	(void)state;
	begin(&page, true);
	headgate_json_array(&page.json, "a");
	headgate_json_uint(&page.json, NULL, 1);
	headgate_json_uint(&page.json, NULL, 2);
	headgate_json_close(&page.json);
	end(&page, 0, "{\n  \"schema_version\": 1,\n  \"a\": [\n    1,\n    2\n  ]\n}\n");
}

static void strings__are_escaped(void **state)
{
	struct page page;

	(void)state;
	begin(&page, false);
	headgate_json_string(&page.json, "a\"b", "\"\\\n\r\t\b\f\x01\x1b\x7f");
	headgate_json_string(&page.json, "u", "µ€\U0001f600");
	/* a lone continuation, an overlong slash, a surrogate, a cut sequence */
	headgate_json_string(&page.json, "bad", "\x80|\xc0\xaf|\xed\xa0\x80|\xe2\x82");
	end(&page, 0,
	    "{\"schema_version\":1,\"a\\\"b\":\"\\\"\\\\\\n\\r\\t\\b\\f\\u0001\\u001b\\u007f\","
	    "\"u\":\"µ€\U0001f600\","
	    "\"bad\":\"\\ufffd|\\ufffd\\ufffd|\\ufffd\\ufffd\\ufffd|\\ufffd\\ufffd\"}\n");
}

static void text_of_a_length__may_hold_a_nul(void **state)
{
	struct page page;

	(void)state;
	begin(&page, false);
	headgate_json_text(&page.json, "text", "a\0\xc3\xa9\xc3", 5);
	headgate_json_text(&page.json, "part", "ab", 2);
	headgate_json_text(&page.json, "none", "", 0);
	end(&page, 0, "{\"schema_version\":1,\"text\":\"a\\u0000\xc3\xa9\\ufffd\",\"part\":\"ab\","
		      "\"none\":\"\"}\n");
}

static void what_is_no_number__is_null(void **state)
{
	struct page page;

	(void)state;
	begin(&page, false);
	headgate_json_double(&page.json, "nan", NAN);
	headgate_json_double(&page.json, "inf", -INFINITY);
	headgate_json_double(&page.json, "third", 0.25);
	end(&page, 0, "{\"schema_version\":1,\"nan\":null,\"inf\":null,\"third\":0.25}\n");
}

static void calls_that_do_not_nest__are_errors(void **state)
{
	struct page page;

	(void)state;
	begin(&page, false);
	headgate_json_uint(&page.json, NULL, 1);	/* an object's value needs a key */
	end(&page, -EINVAL, NULL);

	begin(&page, false);
	headgate_json_array(&page.json, "a");
	headgate_json_uint(&page.json, "key", 1);	/* an array's value has none */
	headgate_json_close(&page.json);
	end(&page, -EINVAL, NULL);

	begin(&page, false);
	headgate_json_array(&page.json, "left open");
	end(&page, -EINVAL, NULL);

	begin(&page, false);
	for (int i = 0; i < HEADGATE_JSON_DEPTH + 2; i++)
		headgate_json_object(&page.json, "deep");
	end(&page, -EINVAL, NULL);
}

static void full_disk__is_an_error(void **state)
{
	struct headgate_json json;
	FILE *file = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(file);
	headgate_json_begin(&json, file, true);
	assert_int_equal(headgate_json_end(&json), -ENOSPC);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(document__nests),
		cmocka_unit_test(foreign_document__has_nothing_on_top),
		cmocka_unit_test(pretty_document__is_indented),
		cmocka_unit_test(strings__are_escaped),
		cmocka_unit_test(text_of_a_length__may_hold_a_nul),
		cmocka_unit_test(what_is_no_number__is_null),
		cmocka_unit_test(calls_that_do_not_nest__are_errors),
		cmocka_unit_test(full_disk__is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
