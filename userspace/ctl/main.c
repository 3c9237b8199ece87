// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "commands.h"

#ifndef HEADGATE_VERSION
#define HEADGATE_VERSION "0.1.0"
#endif

static int unknown(int argc, char **argv)
{
	if (command_is_group(argv[0])) {
		if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
			printf("Usage: headgate %s COMMAND [OPTIONS]\n\nCommands:\n", argv[0]);
			help_group(stdout, argv[0]);
			return EXIT_OK;
		}
		fprintf(stderr, argc > 1 ? "headgate: %s has no command '%s', it has:\n" :
					   "headgate: %s needs a command:\n",
			argv[0], argc > 1 ? argv[1] : "");
		help_group(stderr, argv[0]);
		return EXIT_USAGE;
	}
	if (argv[0][0] == '-')
		return usage_error("there is no option %s, see headgate --help", argv[0]);
	return usage_error("there is no command '%s', see headgate --help", argv[0]);
}

int main(int argc, char **argv)
{
	const struct command *command;
	struct arguments arguments;
	int words, ret;

	if (argc < 2) {
		help_all(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		help_all(stdout);
		return EXIT_OK;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("headgate " HEADGATE_VERSION);
		return EXIT_OK;
	}
	command = command_find(argc - 1, argv + 1, &words);
	if (!command)
		return unknown(argc - 1, argv + 1);
	if (command->program)
		return program_run(argv + 1);
	ret = arguments_parse(command, argc - words, argv + words, &arguments, stderr);
	if (ret)
		return ret;
	if (arguments.values[OPTION_HELP]) {
		help_command(stdout, command);
		return EXIT_OK;
	}
	ret = command->run(&arguments);
	if (fflush(stdout) || ferror(stdout)) {
		perror("headgate: writing failed");
		return EXIT_FAILED;
	}
	return ret;
}
