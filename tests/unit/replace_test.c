// SPDX-License-Identifier: GPL-2.0-or-later
/* Files that are written anew: as they were, or whole, and for nobody else to read. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "home.h"
#include "replace.h"

static int replace(const char *text)
{
	struct headgate_replace replace;
	int ret = headgate_replace_begin(&replace, "f");

	if (ret)
		return ret;
	fputs(text, replace.stream);
	return headgate_replace_end(&replace);
}

static void expect(const char *wanted)
{
	char text[16] = "";
	FILE *file = fopen("f", "r");

	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	assert_string_equal(text, wanted);
	assert_int_equal(access("f.new", F_OK), -1);
}

static unsigned int mode_of(const char *file)
{
	struct stat st;

	assert_int_equal(stat(file, &st), 0);
	return st.st_mode & 07777;
}

static void file__is_its_owners_alone_whatever_the_umask(void **state)
{
	mode_t before = umask(0);

	(void)state;
	assert_int_equal(replace("a"), 0);
	assert_int_equal(mode_of("f"), 0600);
	/* Left behind by one that was killed. */
	write_file("f.new", "longer than what comes");
	assert_int_equal(mode_of("f.new"), 0666);
	assert_int_equal(replace("b"), 0);
	assert_int_equal(mode_of("f"), 0600);
	umask(0777);
	assert_int_equal(replace("c"), 0);
	assert_int_equal(mode_of("f"), 0600);
	umask(before);
	expect("c");
}

static void what_cannot_be_written__leaves_the_file_as_it_was(void **state)
{
	struct headgate_replace replaced;

	(void)state;
	assert_int_equal(replace("a"), 0);
	assert_int_equal(headgate_replace_begin(&replaced, "f"), 0);
	fputs("b", replaced.stream);
	/* As a disk that is full when the buffer is to be written. */
	assert_int_equal(freopen("/dev/full", "w", replaced.stream) == replaced.stream, 1);
	fputs("b", replaced.stream);
	assert_int_equal(headgate_replace_end(&replaced), -ENOSPC);
	expect("a");
}

static void link__is_not_followed(void **state)
{
	(void)state;
	write_file("f", "a");
	write_file("other", "other");
	assert_int_equal(symlink("other", "f.new"), 0);
	assert_int_equal(replace("b"), -ELOOP);
	assert_int_equal(unlink("f.new"), 0);
	expect("a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(file__is_its_owners_alone_whatever_the_umask),
		IN_HOME(what_cannot_be_written__leaves_the_file_as_it_was),
		IN_HOME(link__is_not_followed),
	};

	return cmocka_run_group_tests_name("replace", tests, NULL, NULL);
}
