// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * headgate-infer: what of headgate computes on devices itself. `headgate infer` becomes this
 * program; so does each worker.
 */
#include <stdio.h>
#include <string.h>

#include "commands.h"

static const struct {
	const char *name, *summary;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "infer", "answer a prompt with a model", infer_command_infer },
	{ "devices", "what models can run on", infer_command_devices },
	{ "selftest", "whether devices compute what they should", infer_command_selftest },
	{ "canary", "watch devices by known work, and tell headgated", infer_command_canary },
	{ "generate", "make a model of random weights, for tests", infer_command_generate },
	{ "serve", "answer requests of this machine's agents, a worker for each", infer_command_serve },
	{ "worker", NULL, infer_command_worker }, /* what serve starts */
	{ "bench", "how fast the kernels are, against what the memory gives", infer_command_bench },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int help(FILE *file)
{
	fputs("Usage: headgate-infer COMMAND [OPTIONS]\nInference kernels, on GPUs by Vulkan and on processors.\n\nCommands:\n",
	      file);
	for (size_t i = 0; i < COMMANDS; i++)
		if (commands[i].summary)
			fprintf(file, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fputs("\nCOMMAND --help shows the options of a command.\nExit status: 0 done, 1 failed, 2 wrong arguments.\n", file);
	return file == stdout ? INFER_EXIT_OK : INFER_EXIT_USAGE;
}

int main(int argc, char **argv)
{
	int status;

	if (argc < 2)
		return help(stderr);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return help(stdout);
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		status = commands[i].run(argc - 1, argv + 1);
		if (fflush(stdout) || ferror(stdout)) {
			perror("headgate-infer: writing failed");
			return INFER_EXIT_FAILED;
		}
		return status;
	}
	fprintf(stderr, "headgate-infer: there is no command '%s', see headgate-infer --help\n", argv[1]);
	return INFER_EXIT_USAGE;
}
