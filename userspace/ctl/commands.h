/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of commands: help, completion and man page follow it. */
#ifndef CTL_COMMANDS_H
#define CTL_COMMANDS_H

#include "arguments.h"

#define OPTION(_id) (1U << OPTION_##_id)

/**
 * struct command - an entry of the table
 * @name: one or two words, "agent set"
 * @positional: "CGROUP", "[--] COMMAND [ARGUMENT...]", or NULL
 * @summary: one line, no full stop
 * @help: more, whole sentences; or NULL
 * @options: mask of OPTION(); OPTION_HELP is implied
 * @min: least number of positional arguments
 * @max: greatest, or -1: any number, and the options end at the first
 * @run: does it; returns the exit status
 * @program: headgate-infer does it, and reads the arguments itself, --help too; NULL @run
 */
struct command {
	const char *name;
	const char *positional;
	const char *summary;
	const char *help;
	unsigned int options;
	int min;
	int max;
	int (*run)(const struct arguments *arguments);
	bool program;
};

extern const struct command commands[];
extern const size_t commands_count;

/* The entry whose words argv begins with, *words of them; NULL: none. */
const struct command *command_find(int argc, char **argv, int *words);

/* Whether @word begins an entry of two words. */
bool command_is_group(const char *word);

/**
 * program_run() - becomes headgate-infer
 * @argv: from the command's name on, ended by NULL
 *
 * Return: only if it cannot be executed: the exit status.
 */
int program_run(char **argv);

void help_all(FILE *file);
void help_group(FILE *file, const char *group);
void help_command(FILE *file, const struct command *command);

int run_status(const struct arguments *arguments);
int run_top(const struct arguments *arguments);
int run_agent_list(const struct arguments *arguments);
int run_agent_set(const struct arguments *arguments);
int run_agent_del(const struct arguments *arguments);
int run_agent_pause(const struct arguments *arguments);
int run_agent_resume(const struct arguments *arguments);
int run_agent_kill(const struct arguments *arguments);
int run_agent_shell(const struct arguments *arguments);
int run_device_list(const struct arguments *arguments);
int run_device_health(const struct arguments *arguments);
int run_device_calibrate(const struct arguments *arguments);
int run_lane_list(const struct arguments *arguments);
int run_flow_list(const struct arguments *arguments);
int run_usage(const struct arguments *arguments);
int run_pressure(const struct arguments *arguments);
int run_stall_list(const struct arguments *arguments);
int run_budget_list(const struct arguments *arguments);
int run_config_check(const struct arguments *arguments);
int run_settings(const struct arguments *arguments);
int run_events(const struct arguments *arguments);
int run_trace(const struct arguments *arguments);
int run_report(const struct arguments *arguments);
int run_run(const struct arguments *arguments);
int run_completion(const struct arguments *arguments);

#endif
