// SPDX-License-Identifier: GPL-2.0-or-later
/* What README and manuals show is what parser, tool and Makefile understand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "commands.h"
#include "config.h"
#include "home.h"

#define WORDS_MAX 32

static char *read_file(const char *name)
{
	FILE *file = fopen(name, "r");
	char *text = NULL;
	size_t size = 0;

	if (!file)
		fail_msg("cannot open %s", name);
	assert_true(getdelim(&text, &size, '\0', file) > 0);
	fclose(file);
	return text;
}

/* @policy must be without errors and hold at least @agents sections. */
static void expect_policy(const char *policy, size_t agents)
{
	struct headgate_config config = { 0 };
	struct headgate_config_errors errors;
	char name[64];

	snprintf(name, sizeof(name), "%s/policy", home);
	write_file(name, policy);
	if (headgate_config_load(name, false, &config, &errors))
		fail_msg("%s, in\n%s", errors.count ? errors.items[0] : "no memory", policy);
	if (config.n_agents < agents)
		fail_msg("%zu agent sections, not %zu, in\n%s", config.n_agents, agents, policy);
	headgate_config_free(&config);
}

/* The next piece of code between backquotes, three or one; *at goes behind it. */
static char *next_code(char **at)
{
	size_t quotes;
	char *code, *end;

	code = strchr(*at, '`');
	if (!code)
		return NULL;
	quotes = strspn(code, "`");
	code += quotes;
	end = strstr(code, quotes == 3 ? "```" : "`");
	assert_non_null(end);
	*at = end + quotes;
	*end = '\0';
	return code;
}

static void readme__shows_a_policy_without_errors(void **state)
{
	char *readme = read_file("README.md"), *at = readme, *code;
	int found = 0;

	(void)state;
	while ((code = next_code(&at))) {
		if (!strstr(code, "\n["))
			continue;
		expect_policy(code, 2);
		found++;
	}
	assert_int_equal(found, 1);
	free(readme);
}

static void man_page__shows_a_policy_without_errors(void **state)
{
	char *page = read_file("Documentation/man/headgate.conf.5.rst");
	char *example = strstr(page, "\nEXAMPLE\n"), *end;

	(void)state;
	assert_non_null(example);
	example = strstr(example, "::\n");
	assert_non_null(example);
	end = strstr(example, "\nSEE ALSO\n");
	assert_non_null(end);
	*end = '\0';
	expect_policy(example + 3, 3);
	free(page);
}

/* Its settings are commented out: "#weight = 200", while words follow a blank. */
static void example_policy__is_without_errors_when_it_is_taken(void **state)
{
	char *policy = read_file("userspace/daemon/headgate.conf"), *at = policy;

	(void)state;
	expect_policy(policy, 0);
	while ((at = strchr(at, '#')))
		if ((at == policy || at[-1] == '\n') && at[1] != ' ')
			*at = ' ';
		else
			at++;
	expect_policy(policy, 3);
	free(policy);
}

/* @line in words up to its comment; returns their number. */
static int split(char *line, char **words)
{
	char *comment = strstr(line, " #");
	int count = 0;

	if (comment)
		*comment = '\0';
	for (char *word; (word = strsep(&line, " \t"));) {
		if (!*word)
			continue;
		assert_true(count < WORDS_MAX);
		words[count++] = word;
	}
	words[count] = NULL;
	return count;
}

/* How many of the commands in @words are a call of headgate; each must be one that it takes. */
static int check_calls(char **words, int count)
{
	int calls = 0;

	for (int i = 0, next; i < count; i = next + 1) {
		const struct command *command;
		struct arguments arguments;
		int name_words;

		for (next = i; next < count && strcmp(words[next], "&&") && strcmp(words[next], "|");)
			next++;
		i += !strcmp(words[i], "sudo");
		if (i + 1 >= next || strcmp(words[i], "headgate"))
			continue;
		words[next] = NULL;
		command = command_find(next - i - 1, words + i + 1, &name_words);
		if (!command)
			fail_msg("there is no command headgate %s", words[i + 1]);
		i += name_words;
		/* Another program's arguments are for it to read; tests/infer tries them. */
		if (!command->program &&
		    arguments_parse(command, next - i, words + i, &arguments, stderr))
			fail_msg("headgate %s does not take that", command->name);
		calls++;
	}
	return calls;
}

static void readme__calls_commands_that_there_are(void **state)
{
	char *readme = read_file("README.md"), *at = readme, *code, *line;
	char *words[WORDS_MAX + 1];
	int calls = 0;

	(void)state;
	while ((code = next_code(&at)))
		while ((line = strsep(&code, "\n")))
			calls += check_calls(words, split(line, words));
	if (calls < 4)
		fail_msg("README calls headgate only %d times: is it looked for rightly?", calls);
	free(readme);
}

/* How many targets a call of make in @words names; @makefile must have a rule for each. */
static int check_targets(char **words, int count, const char *makefile)
{
	int first = count && !strcmp(words[0], "sudo"), targets = 0;

	if (first >= count || strcmp(words[first], "make"))
		return 0;
	for (int i = first + 1; i < count; i++) {
		char rule[64];

		if (strchr(words[i], '='))
			continue;
		snprintf(rule, sizeof(rule), "\n%s:", words[i]);
		if (!strstr(makefile, rule))
			fail_msg("there is no target %s", words[i]);
		targets++;
	}
	return targets;
}

static void readme__makes_targets_that_there_are(void **state)
{
	char *readme = read_file("README.md"), *at = readme, *code, *line;
	char *makefile = read_file("Makefile"), *words[WORDS_MAX + 1];
	int targets = 0;

	(void)state;
	while ((code = next_code(&at)))
		while ((line = strsep(&code, "\n")))
			targets += check_targets(words, split(line, words), makefile);
	assert_true(targets >= 4);
	free(readme);
	free(makefile);
}

static void readme__links_to_files_that_there_are(void **state)
{
	char *readme = read_file("README.md"), *at = readme;
	int links = 0;

	(void)state;
	while ((at = strstr(at, "]("))) {
		char *name = at + 2;

		at = strchr(name, ')');
		assert_non_null(at);
		*at++ = '\0';
		if (access(name, R_OK))
			fail_msg("there is no %s", name);
		links++;
	}
	assert_true(links >= 4);
	free(readme);
}

static int set_up(void **state)
{
	return enter_home(state) || chdir(TOP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readme__shows_a_policy_without_errors),
		cmocka_unit_test(man_page__shows_a_policy_without_errors),
		cmocka_unit_test(example_policy__is_without_errors_when_it_is_taken),
		cmocka_unit_test(readme__calls_commands_that_there_are),
		cmocka_unit_test(readme__makes_targets_that_there_are),
		cmocka_unit_test(readme__links_to_files_that_there_are),
	};

	return cmocka_run_group_tests_name("docs", tests, set_up, leave_home);
}
