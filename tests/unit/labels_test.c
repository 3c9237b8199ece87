// SPDX-License-Identifier: GPL-2.0-or-later
/* Owner and project: what may be one, and the file that has those of all agents. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <cmocka.h>

#include "home.h"
#include "labels.h"

#define TEXT_64 "0123456789012345678901234567890123456789012345678901234567890123"

static void only_printable_text_of_bounded_length__is_fit(void **state)
{
	static const struct {
		const char *text;
		bool fit;
	} cases[] = {
		{ "anna", true },
		{ "Team Graphics & Co.", true },
		{ "M\303\274ller", true },
		{ "\346\227\245\346\234\254", true },
		{ "\360\237\230\200", true },
		{ TEXT_64, true },
		{ TEXT_64 "4", false },
		{ "", false },
		{ " a", false },
		{ "a ", false },
		{ "a\tb", false },
		{ "a\nb", false },
		{ "a\033[2Jb", false },
		{ "a\177", false },
		{ "a\302\233", false },		/* CSI */
		{ "a\342\200\256b", false },	/* turns the direction */
		{ "a\342\200\213b", false },	/* has no width */
		{ "a\377b", false },
		{ "a\303", false },		/* cut off */
		{ "\300\201", false },		/* longer than it need be */
		{ "\355\240\200", false },	/* half of a pair */
		{ "\364\220\200\200", false },	/* beyond Unicode */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (headgate_label_is_fit(cases[i].text, strlen(cases[i].text)) != cases[i].fit)
			fail_msg("case %zu: %s", i, cases[i].text);
	assert_false(headgate_label_is_fit("a\0b", 3));
}

static void file_of_labels__is_what_was_saved(void **state)
{
	struct headgate_labels_list list = { 0 }, read;

	(void)state;
	assert_int_equal(headgate_labels_load("labels", &read), -ENOENT);
	strcpy(headgate_labels_add(&list, 7)->labels.values[HEADGATE_LABEL_PROJECT], "a b");
	headgate_labels_add(&list, 8);
	strcpy(headgate_labels_add(&list, 9)->labels.values[HEADGATE_LABEL_OWNER], "anna");
	assert_int_equal(headgate_labels_save("labels", &list), 0);
	assert_int_equal(headgate_labels_load("labels", &read), 0);
	assert_int_equal(read.count, 3);
	assert_string_equal(headgate_labels_find(&read, 7)->labels.values[HEADGATE_LABEL_PROJECT], "a b");
	assert_string_equal(headgate_labels_find(&read, 7)->labels.values[HEADGATE_LABEL_OWNER], "");
	assert_string_equal(headgate_labels_find(&read, 9)->labels.values[HEADGATE_LABEL_OWNER], "anna");
	assert_null(headgate_labels_find(&read, 10));
	headgate_labels_free(&list);
	headgate_labels_free(&read);
}

static void line_that_is_not_understood__is_left_out(void **state)
{
	struct headgate_labels_list list;

	(void)state;
	write_file("labels", "x\ta\tb\n1\ta\n2\ta\tb\tc\n3\ta\033\tb\n\n4\ta\t\n");
	assert_int_equal(headgate_labels_load("labels", &list), 0);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.items[0].agent_id, 4);
	headgate_labels_free(&list);
}

static void of_cgroup(const char *attribute, const char *value)
{
	if (setxattr("a", attribute, value, strlen(value), 0)) {
		assert_int_equal(errno, EOPNOTSUPP);
		skip();	/* the file system of /tmp has none */
	}
}

static void label_that_is_given__wins_over_the_cgroup(void **state)
{
	struct headgate_labels labels = { 0 };

	(void)state;
	setenv("HEADGATE_CGROUP_ROOT", home, 1);
	assert_int_equal(mkdir("a", 0700), 0);
	assert_int_equal(headgate_labels_complete(&labels, "/a"), 0);
	assert_string_equal(labels.values[HEADGATE_LABEL_OWNER], "");
	of_cgroup("user.headgate.owner", "anna");
	of_cgroup("user.headgate.project", "x y");
	strcpy(labels.values[HEADGATE_LABEL_OWNER], "bert");
	assert_int_equal(headgate_labels_complete(&labels, "/a"), 0);
	assert_string_equal(labels.values[HEADGATE_LABEL_OWNER], "bert");
	assert_string_equal(labels.values[HEADGATE_LABEL_PROJECT], "x y");
	/* What is not fit is told, unless nobody asks for it. */
	of_cgroup("user.headgate.owner", "a\033[2Jb");
	of_cgroup("user.headgate.project", TEXT_64 "4");
	labels.values[HEADGATE_LABEL_PROJECT][0] = '\0';
	assert_int_equal(headgate_labels_complete(&labels, "/a"), 1 << HEADGATE_LABEL_PROJECT);
	assert_string_equal(labels.values[HEADGATE_LABEL_OWNER], "bert");
	assert_string_equal(labels.values[HEADGATE_LABEL_PROJECT], "");
	labels.values[HEADGATE_LABEL_OWNER][0] = '\0';
	assert_int_equal(headgate_labels_complete(&labels, "/a"),
			 1 << HEADGATE_LABEL_OWNER | 1 << HEADGATE_LABEL_PROJECT);
	unsetenv("HEADGATE_CGROUP_ROOT");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_printable_text_of_bounded_length__is_fit),
		IN_HOME(file_of_labels__is_what_was_saved),
		IN_HOME(line_that_is_not_understood__is_left_out),
		IN_HOME(label_that_is_given__wins_over_the_cgroup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
