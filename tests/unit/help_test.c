// SPDX-License-Identifier: GPL-2.0-or-later
/* Man page, completion and help against the table of commands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "commands.h"

/* All of @file from its beginning; closes it. */
static char *read_all(FILE *file)
{
	static char text[65536];
	size_t length;

	assert_non_null(file);
	rewind(file);
	length = fread(text, 1, sizeof(text) - 1, file);
	assert_true(length > 0 && length < sizeof(text) - 1);
	text[length] = '\0';
	fclose(file);
	return text;
}

static char *man_page(void)
{
	return read_all(fopen(MAN_PAGE, "r"));
}

/* Text of a man page's section on a command, up to the next underlined heading. */
static char *section(char *page, const char *name)
{
	static char text[65536];
	char heading[128], *at, *end;
	size_t length = strlen(name);

	snprintf(heading, sizeof(heading), "\n%s\n", name);
	at = strstr(page, heading);
	if (!at)
		fail_msg("the man page has no section '%s'", name);
	at += strlen(heading);
	assert_true(strspn(at, "-") == length);
	at += length;
	end = strstr(at, "\n--");
	while (end && strspn(end + 1, "-") != strcspn(end + 1, "\n"))
		end = strstr(end + 1, "\n--");
	snprintf(text, sizeof(text), "%.*s", end ? (int)(end - at) : (int)strlen(at), at);
	return text;
}

static void man_page__names_each_command_and_option(void **state)
{
	char *page = man_page();

	(void)state;
	for (size_t i = 0; i < commands_count; i++) {
		const char *text = section(page, commands[i].name);

		for (int id = OPTION_HELP + 1; id < OPTION_COUNT; id++) {
			bool has = commands[i].options & (1U << id);
			char bold[64], plain[64];

			snprintf(bold, sizeof(bold), "[**--%s**", option_table[id].name);
			snprintf(plain, sizeof(plain), "\n--%s", option_table[id].name);
			if (has != !!strstr(text, bold))
				fail_msg("synopsis of '%s': --%s", commands[i].name,
					 option_table[id].name);
			/* Explained here, or where the same option is explained. */
			if (has && id != OPTION_JSON && !strstr(page, plain))
				fail_msg("the man page does not explain --%s",
					 option_table[id].name);
		}
	}
}

static void man_page__has_no_option_that_is_none(void **state)
{
	char *at = man_page();

	(void)state;
	while ((at = strstr(at, "--"))) {
		size_t length;
		bool known = false;

		at += strspn(at, "-");
		length = strspn(at, "abcdefghijklmnopqrstuvwxyz-");
		if (!length)
			continue;
		for (int id = 0; id < OPTION_COUNT; id++)
			known |= strlen(option_table[id].name) == length &&
				 !strncmp(option_table[id].name, at, length);
		/* --detach is headgated's. */
		if (!known && strncmp(at, "version", length) && strncmp(at, "detach", length))
			fail_msg("the man page has --%.*s", (int)length, at);
	}
}

static void completion__offers_each_command_and_option(void **state)
{
	char *argv[] = { "bash", NULL };
	struct arguments arguments = { .positional = argv, .count = 1 };
	FILE *file = tmpfile();
	int out = dup(STDOUT_FILENO);
	char *text;

	(void)state;
	assert_non_null(file);
	fflush(stdout);
	dup2(fileno(file), STDOUT_FILENO);
	assert_int_equal(run_completion(&arguments), 0);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	close(out);
	text = read_all(file);
	for (size_t i = 0; i < commands_count; i++) {
		char line[64], *at, *end;

		snprintf(line, sizeof(line), "'%s'", commands[i].name);
		at = strstr(text, line);
		assert_non_null(at);
		end = strstr(at, ";;");
		assert_non_null(end);
		*end = '\0';
		for (int id = 0; id < OPTION_COUNT; id++)
			if (commands[i].options & (1U << id)) {
				snprintf(line, sizeof(line), " --%s", option_table[id].name);
				assert_non_null(strstr(at, line));
			}
		*end = ';';
	}
}

static void help__shows_each_option_of_each_command(void **state)
{
	(void)state;
	for (size_t i = 0; i < commands_count; i++) {
		FILE *file = tmpfile();
		char *text;

		assert_non_null(file);
		help_command(file, &commands[i]);
		rewind(file);
		text = read_all(file);
		for (int id = 0; id < OPTION_COUNT; id++) {
			char option[64];

			snprintf(option, sizeof(option), " --%s ", option_table[id].name);
			assert_true(!!strstr(text, option) ==
				    !!((commands[i].options | OPTION(HELP)) & (1U << id)));
		}
	}
}

static void help__fits_a_terminal(void **state)
{
	FILE *file = tmpfile();
	char *text, *line;

	(void)state;
	assert_non_null(file);
	help_all(file);
	text = read_all(file);
	while ((line = strsep(&text, "\n")))
		if (strlen(line) > 80)
			fail_msg("longer than 80: %s", line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(man_page__names_each_command_and_option),
		cmocka_unit_test(man_page__has_no_option_that_is_none),
		cmocka_unit_test(completion__offers_each_command_and_option),
		cmocka_unit_test(help__fits_a_terminal),
		cmocka_unit_test(help__shows_each_option_of_each_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
