// SPDX-License-Identifier: GPL-2.0-or-later
/* Reports as text: whatever agents and owners are called, each field is one, and none is run. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "home.h"
#include "report.h"
#include "screen.h"

#define ROOM (1 << 17)

int screen_line(void)
{
	return 0;
}

static char printed[ROOM];

/* What @print writes to standard output. */
static const char *print(int (*print)(const struct report *), const struct report *report)
{
	int before = dup(STDOUT_FILENO);
	size_t length;
	FILE *file;

	fflush(stdout);
	assert_non_null(freopen("out", "w", stdout));
	assert_int_equal(print(report), 0);
	fflush(stdout);
	dup2(before, STDOUT_FILENO);
	close(before);
	file = fopen("out", "r");
	assert_non_null(file);
	length = fread(printed, 1, sizeof(printed) - 1, file);
	fclose(file);
	printed[length] = '\0';
	return printed;
}

static int csv(const struct report *report)
{
	return report_print_csv(report, REPORT_BY_AGENT);
}

static int owners(const struct report *report)
{
	return report_print_csv(report, REPORT_BY_OWNER);
}

static int json(const struct report *report)
{
	return report_print_json(report, REPORT_BY_AGENT);
}

static int table(const struct report *report)
{
	return report_print_table(report, REPORT_BY_AGENT);
}

static struct report_part part_of(const char *agent, const char *owner)
{
	return (struct report_part){ .day = 20000, .device = "gpu0", .driver = "simgpu",
		.agent = agent, .owner = owner, .kind = REPORT_AGENT, .device_ns = 1000,
		.sums = { [HISTORY_BUSY_NS] = 1000 } };
}

static void has(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("there is no '%s' in: %.400s", what, text);
}

static void lacks(const char *text, const char *what)
{
	if (strstr(text, what))
		fail_msg("there is '%s' in: %.400s", what, text);
}

static void formula__is_text_to_a_spreadsheet(void **state)
{
	static const char *const formulas[] = {
		"=HYPERLINK(\"http://x\",\"a\")", "+1", "-1", "@SUM(1)", "\t=1", "\r=1",
	};
	static const char *const fields[] = {
		",\"'=HYPERLINK(\"\"http://x\"\",\"\"a\"\")\",", ",\"'+1\",", ",\"'-1\",", ",\"'@SUM(1)\",",
		",\"'\t=1\",", ",\"'\r=1\",",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(formulas) / sizeof(*formulas); i++) {
		struct report_part part = part_of("/a", formulas[i]);
		struct report report = { .parts = &part, .n_parts = 1, .until_s = 1 };

		has(print(csv, &report), fields[i]);
		/* The first of a line, too. */
		print(owners, &report);
		assert_int_equal(strncmp(strchr(printed, '\n') + 1, fields[i] + 1, 3), 0);
	}
}

static void any_name__is_one_field(void **state)
{
	struct report_part part = part_of("/a,b\"c\nd", "o,p");
	struct report report = { .parts = &part, .n_parts = 1, .until_s = 1 };

	(void)state;
	has(print(csv, &report), "\r\n\"/a,b\"\"c\nd\",\"o,p\",1000,");
	has(print(report_print_focus, &report),
	    "\"{\"\"headgate/agent\"\":\"\"/a,b\\\"\"c\\nd\"\",\"\"headgate/owner\"\":\"\"o,p\"\"}\"\r\n");
	has(print(json, &report), "\"agent\": \"/a,b\\\"c\\nd\"");
	/* On a terminal no line begins within it. */
	has(print(table, &report), "/a,b\"c?d");
}

static void bytes_that_are_no_text__are_replaced_in_json(void **state)
{
	struct report_part part = part_of("/a\xff\x1b[31m", "\xc3\xa9");
	struct report report = { .parts = &part, .n_parts = 1, .until_s = 1 };

	(void)state;
	has(print(report_print_focus, &report), "/a\\ufffd\\u001b[31m\"\",\"\"headgate/owner\"\":\"\"\xc3\xa9\"\"}");
	has(print(json, &report), "/a\\ufffd\\u001b[31m\"");
	lacks(print(table, &report), "\x1b");
}

/* Two agents whose paths differ at their ends alone are two. */
static void longest_path__is_whole(void **state)
{
	struct report_part part = part_of(NULL, "o");
	struct report report = { .parts = &part, .n_parts = 1, .until_s = 1 };
	char path[PATH_MAX];

	(void)state;
	memset(path, '\x01', sizeof(path));
	path[0] = '/';
	memcpy(path + sizeof(path) - 5, "/end", 5);
	part.agent = path;
	has(print(report_print_focus, &report), "/end\"\",\"\"headgate/owner\"\":\"\"o\"\"}\"\r\n");
}

static void sums_that_are_too_large__are_not_told(void **state)
{
	struct report_part parts[2] = { part_of("/a", "o"), part_of("/a", "o") };
	struct report report = { .parts = parts, .n_parts = 2, .until_s = 1 };
	struct report_groups groups = {};

	(void)state;
	parts[0].sums[HISTORY_WAIT_NS] = UINT64_MAX - 10;
	parts[1].sums[HISTORY_WAIT_NS] = 10;
	assert_int_equal(report_group(&report, REPORT_BY_AGENT, &groups), 0);
	assert_true(groups.items[0].sums[HISTORY_WAIT_NS] == UINT64_MAX);
	free(groups.items);
	parts[1].sums[HISTORY_WAIT_NS]++;
	assert_int_equal(report_group(&report, REPORT_BY_AGENT, &groups), -EOVERFLOW);
	parts[1].sums[HISTORY_WAIT_NS]--;
	parts[0].cost = INT64_MAX;
	parts[1].cost = 1;
	assert_int_equal(report_group(&report, REPORT_BY_AGENT, &groups), -EOVERFLOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(formula__is_text_to_a_spreadsheet),
		IN_HOME(any_name__is_one_field),
		IN_HOME(bytes_that_are_no_text__are_replaced_in_json),
		IN_HOME(longest_path__is_whole),
		cmocka_unit_test(sums_that_are_too_large__are_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
