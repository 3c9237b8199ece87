// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line, and what becomes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent.h"
#include "commands.h"
#include "session.h"

/* Parses "headgate <words…>" as main() does; *message is owned by the caller. */
static int parse(char **argv, struct arguments *arguments, const struct command **command,
		 char **message)
{
	int argc = 0, words, ret;
	size_t size;
	FILE *file = open_memstream(message, &size);

	while (argv[argc])
		argc++;
	*command = command_find(argc, argv, &words);
	assert_non_null(*command);
	ret = arguments_parse(*command, argc - words + 1, argv + words - 1, arguments, file);
	fclose(file);
	return ret;
}

static void options_and_arguments__may_be_mixed(void **state)
{
	char *argv[] = { "agent", "set", "-w", "200", "/a", "--max=30%", "--class", "batch", NULL };
	const struct command *command;
	struct arguments arguments;
	char *message;

	(void)state;
	assert_int_equal(parse(argv, &arguments, &command, &message), 0);
	assert_string_equal(command->name, "agent set");
	assert_string_equal(arguments.values[OPTION_WEIGHT], "200");
	assert_string_equal(arguments.values[OPTION_MAX], "30%");
	assert_string_equal(arguments.values[OPTION_CLASS], "batch");
	assert_null(arguments.values[OPTION_JSON]);
	assert_int_equal(arguments.count, 1);
	assert_string_equal(arguments.positional[0], "/a");
	free(message);
}

static void options_of_run__end_at_its_command(void **state)
{
	char *argv[] = { "run", "--weight", "7", "make", "--json", "-j", "4", NULL };
	char *dashes[] = { "run", "--", "--help", NULL };
	const struct command *command;
	struct arguments arguments;
	char *message;

	(void)state;
	assert_int_equal(parse(argv, &arguments, &command, &message), 0);
	assert_string_equal(arguments.values[OPTION_WEIGHT], "7");
	assert_null(arguments.values[OPTION_JSON]);
	assert_int_equal(arguments.count, 4);
	assert_string_equal(arguments.positional[0], "make");
	assert_null(arguments.positional[4]);
	free(message);
	assert_int_equal(parse(dashes, &arguments, &command, &message), 0);
	assert_null(arguments.values[OPTION_HELP]);
	assert_string_equal(arguments.positional[0], "--help");
	free(message);
}

static void mistakes__get_one_sentence_each(void **state)
{
	static const struct { char *argv[5]; const char *message; } cases[] = {
		{ { "top", "--foo" }, "headgate: top has no option --foo, see headgate top --help\n" },
		{ { "top", "-Z" }, "headgate: top has no option -Z, see headgate top --help\n" },
		{ { "top", "--weight", "3" },
		  "headgate: top has no option --weight, see headgate top --help\n" },
		{ { "top", "-n" }, "headgate: option --iterations needs an argument (N)\n" },
		{ { "top", "--delay" }, "headgate: option --delay needs an argument (TIME)\n" },
		{ { "status", "--json=1" }, "headgate: option --json takes no argument\n" },
		{ { "status", "x" }, "headgate: status does not take the argument 'x'\n" },
		{ { "agent", "del" },
		  "headgate: agent del needs CGROUP, see headgate agent del --help\n" },
		{ { "agent", "del", "/a", "/b" },
		  "headgate: agent del does not take the argument '/b'\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct command *command;
		struct arguments arguments;
		char *argv[6] = { 0 };
		char *message;

		memcpy(argv, cases[i].argv, sizeof(cases[i].argv));
		assert_int_equal(parse(argv, &arguments, &command, &message), EXIT_USAGE);
		assert_string_equal(message, cases[i].message);
		free(message);
	}
}

static void unknown_words__are_no_command(void **state)
{
	char *unknown[] = { "agents", NULL }, *half[] = { "agent", NULL };
	char *other[] = { "agent", "bogus", NULL };
	int words;

	(void)state;
	assert_null(command_find(1, unknown, &words));
	assert_null(command_find(1, half, &words));
	assert_null(command_find(2, other, &words));
	assert_true(command_is_group("agent"));
	assert_false(command_is_group("age"));
	assert_false(command_is_group("top"));
}

static void policy_options__become_a_change(void **state)
{
	struct arguments arguments = { 0 };
	struct headgate_policy policy = { 0 };

	(void)state;
	assert_int_equal(agent_policy(&arguments, &policy), 0);
	assert_int_equal(policy.present, 0);
	arguments.values[OPTION_WEIGHT] = "300";
	arguments.values[OPTION_MAX] = "30ms/100ms";
	arguments.values[OPTION_SLICE] = "0";
	assert_int_equal(agent_policy(&arguments, &policy), 0);
	assert_int_equal(policy.present, HEADGATE_POLICY_WEIGHT | HEADGATE_POLICY_MAX |
			 HEADGATE_POLICY_SLICE);
	assert_int_equal(policy.weight, 300);
	assert_int_equal(policy.max_quota_ns, 30000000);
	assert_int_equal(policy.max_period_ns, 100000000);
	arguments.values[OPTION_WEIGHT] = "10001";
	assert_int_equal(agent_policy(&arguments, &policy), EXIT_USAGE);
}

static void cgroups__are_named_in_three_ways(void **state)
{
	const char *path;
	uint64_t id;

	(void)state;
	setenv("HEADGATE_CGROUP_ROOT", "/sys/fs/cgroup/", 1);
	assert_int_equal(session_cgroup("/a/b", &id, &path), 0);
	assert_string_equal(path, "/a/b");
	assert_int_equal(id, 0);
	assert_int_equal(session_cgroup("/sys/fs/cgroup/a/b", &id, &path), 0);
	assert_string_equal(path, "/a/b");
	assert_int_equal(session_cgroup("/sys/fs/cgroup", &id, &path), 0);
	assert_string_equal(path, "/");
	assert_int_equal(session_cgroup("/sys/fs/cgroups", &id, &path), 0);
	assert_string_equal(path, "/sys/fs/cgroups");
	assert_int_equal(session_cgroup("1234", &id, &path), 0);
	assert_null(path);
	assert_int_equal(id, 1234);
	assert_int_equal(session_cgroup("12x", &id, &path), EXIT_USAGE);
	assert_int_equal(session_cgroup("a", &id, &path), EXIT_USAGE);
	assert_int_equal(session_cgroup("", &id, &path), EXIT_USAGE);
	unsetenv("HEADGATE_CGROUP_ROOT");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_and_arguments__may_be_mixed),
		cmocka_unit_test(options_of_run__end_at_its_command),
		cmocka_unit_test(mistakes__get_one_sentence_each),
		cmocka_unit_test(unknown_words__are_no_command),
		cmocka_unit_test(policy_options__become_a_change),
		cmocka_unit_test(cgroups__are_named_in_three_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
