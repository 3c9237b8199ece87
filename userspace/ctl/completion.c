// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "commands.h"

static void print_options(const struct command *command)
{
	for (int id = 0; id < OPTION_COUNT; id++)
		if ((command->options | OPTION(HELP)) & (1U << id))
			printf(" --%s", option_table[id].name);
}

/* Of a program of its own, which is asked: nobody else knows its options. */
static void print_asked(const struct command *command)
{
	printf("\t\twords=$(\"${COMP_WORDS[0]}\" %s --help 2>/dev/null | grep -o -- '--[a-z][a-z0-9-]*' | sort -u) ;;\n",
	       command->name);
}

/* The first words: each once, though groups come in several entries. */
static void print_first_words(void)
{
	for (size_t i = 0; i < commands_count; i++) {
		const char *name = commands[i].name;
		size_t length = strcspn(name, " ");

		if (i && !strncmp(commands[i - 1].name, name, length) && name[length] == ' ')
			continue;
		printf(" %.*s", (int)length, name);
	}
}

static void print_groups(void)
{
	for (size_t i = 0; i < commands_count; i++) {
		const char *name = commands[i].name;
		size_t length = strcspn(name, " ");

		if (!name[length])
			continue;
		if (i && !strncmp(commands[i - 1].name, name, length + 1))
			continue;
		printf("\t%.*s)\n\t\twords='", (int)length, name);
		for (size_t j = i; j < commands_count; j++)
			if (!strncmp(commands[j].name, name, length + 1))
				printf(" %s", commands[j].name + length + 1);
		puts("' ;;");
	}
}

static void print_values(void)
{
	for (int id = 0; id < OPTION_COUNT; id++)
		if (option_table[id].values)
			printf("\t--%s)\n\t\twords='%s' ;;\n", option_table[id].name,
			       option_table[id].values);
}

int run_completion(const struct arguments *arguments)
{
	if (strcmp(arguments->positional[0], "bash"))
		return usage_error("there is completion for bash only, not for '%s'",
				   arguments->positional[0]);
	puts("# bash completion for headgate, made by: headgate completion bash\n"
	     "_headgate()\n{\n"
	     "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
	     "\tlocal first=${COMP_WORDS[1]} second=${COMP_WORDS[2]} words=");
	puts("\tcase $before in");
	print_values();
	puts("\t*)\n\tif ((COMP_CWORD == 1)); then\n\t\twords='");
	print_first_words();
	puts(" --help --version'\n\telif ((COMP_CWORD == 2)); then\n\tcase $first in");
	print_groups();
	puts("\tesac\n\tfi ;;\n\tesac\n"
	     "\tif [[ -z $words ]]; then\n\tcase \"$first $second\" in");
	for (size_t i = 0; i < commands_count; i++) {
		printf("\t'%s'%s)\n", commands[i].name, strchr(commands[i].name, ' ') ? "" : "' '*");
		if (commands[i].program) {
			print_asked(&commands[i]);
			continue;
		}
		fputs("\t\twords='", stdout);
		print_options(&commands[i]);
		puts("' ;;");
	}
	puts("\tesac\n\tfi\n"
	     "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n}\n"
	     "complete -o default -F _headgate headgate");
	return EXIT_OK;
}
