// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "commands.h"

/* Column at which the explanations begin. */
#define COLUMN 30

/* What is too long for its column has the explanation below it. */
static void print_line(FILE *file, const char *left, const char *right)
{
	if (strlen(left) > COLUMN)
		fprintf(file, "  %s\n  %*s %s\n", left, COLUMN, "", right);
	else
		fprintf(file, "  %-*s %s\n", COLUMN, left, right);
}

static void print_entry(FILE *file, const struct command *command)
{
	char left[64];

	snprintf(left, sizeof(left), "%s%s%s", command->name, command->positional ? " " : "",
		 command->positional ? command->positional : "");
	print_line(file, left, command->summary);
}

void help_all(FILE *file)
{
	fputs("Usage: headgate COMMAND [OPTIONS]\n"
	      "Share GPUs fairly between cgroups, and see what they use.\n\nCommands:\n", file);
	for (size_t i = 0; i < commands_count; i++)
		print_entry(file, &commands[i]);
	fputc('\n', file);
	print_line(file, "--version", "show the version");
	print_line(file, "COMMAND --help", "show the options of a command");
	fputs("\nExit status: 0 done, 1 failed, 2 wrong arguments, 3 degraded (status),\n"
	      "4 the module is not loaded.\n", file);
}

void help_group(FILE *file, const char *group)
{
	size_t length = strlen(group);

	for (size_t i = 0; i < commands_count; i++)
		if (!strncmp(commands[i].name, group, length) && commands[i].name[length] == ' ')
			print_entry(file, &commands[i]);
}

void help_command(FILE *file, const struct command *command)
{
	fprintf(file, "Usage: headgate %s [OPTIONS]%s%s\n", command->name,
		command->positional ? " " : "", command->positional ? command->positional : "");
	fprintf(file, "%c%s.\n", command->summary[0] - ('a' <= command->summary[0] &&
		command->summary[0] <= 'z' ? 'a' - 'A' : 0), command->summary + 1);
	if (command->help)
		fprintf(file, "%s\n", command->help);
	fputs("\nOptions:\n", file);
	for (int i = 0; i < OPTION_COUNT; i++) {
		/* What only this command has, then --json and --help. */
		int id = i + OPTION_WEIGHT < OPTION_COUNT ? i + OPTION_WEIGHT : OPTION_COUNT - 1 - i;
		const struct option_entry *entry = &option_table[id];
		char left[64];

		if (!((command->options | OPTION(HELP)) & (1U << id)))
			continue;
		snprintf(left, sizeof(left), "%c%c%c --%s%s%s", entry->letter ? '-' : ' ',
			 entry->letter ? entry->letter : ' ', entry->letter ? ',' : ' ',
			 entry->name, entry->argument ? " " : "",
			 entry->argument ? entry->argument : "");
		print_line(file, left, entry->help);
	}
}
