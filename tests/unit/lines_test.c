// SPDX-License-Identifier: GPL-2.0-or-later
/* Files that are read line by line. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "home.h"
#include "lines.h"

static char seen[256];

static int see(char *line, void *data)
{
	snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s|", line);
	return strcmp(line, "stop") ? 0 : *(int *)data;
}

static int read_all(const char *file)
{
	int stop = -ENOMEM;

	seen[0] = '\0';
	return headgate_lines_read(file, see, &stop);
}

static void lines__come_without_their_ends(void **state)
{
	(void)state;
	write_file("f", "a b\n\n c\t\nlast");
	assert_int_equal(read_all("f"), 0);
	assert_string_equal(seen, "a b|| c\t|last|");
	write_file("f", "");
	assert_int_equal(read_all("f"), 0);
	assert_string_equal(seen, "");
}

static void who_has_enough__gets_no_more(void **state)
{
	(void)state;
	write_file("f", "a\nstop\nb\n");
	assert_int_equal(read_all("f"), -ENOMEM);
	assert_string_equal(seen, "a|stop|");
}

static void what_cannot_be_read__is_told(void **state)
{
	(void)state;
	assert_int_equal(read_all("f"), -ENOENT);
	assert_int_equal(mkdir("d", 0700), 0);
	assert_int_equal(read_all("d"), -EISDIR);
	assert_string_equal(seen, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(lines__come_without_their_ends),
		IN_HOME(who_has_enough__gets_no_more),
		IN_HOME(what_cannot_be_read__is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
