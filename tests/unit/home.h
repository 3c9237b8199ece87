/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests that write files: each runs in an empty directory of its own, IN_HOME(test).
 * After cmocka.h and what that needs.
 */
#ifndef HEADGATE_HOME_H
#define HEADGATE_HOME_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOME_PATTERN "/tmp/headgate-test-XXXXXX"

static char home[] = HOME_PATTERN;

static inline int enter_home(void **state)
{
	(void)state;
	strcpy(home, HOME_PATTERN);
	return mkdtemp(home) && !chdir(home) ? 0 : -1;
}

static inline int leave_home(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", home);
	return chdir("/") || system(command);
}

static inline void write_file(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	assert_int_equal(fputs(text, file) < 0, 0);
	assert_int_equal(fclose(file), 0);
}

#define IN_HOME(test) cmocka_unit_test_setup_teardown(test, enter_home, leave_home)

#endif
