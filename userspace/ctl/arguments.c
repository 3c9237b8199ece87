// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <string.h>

#include "commands.h"
#include "units.h"

/* Long options answer with this plus their id: no letter is that high. */
#define LONG_BASE 256

int usage_error(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	fputs("headgate: ", stderr);
	vfprintf(stderr, format, list);
	fputc('\n', stderr);
	va_end(list);
	return EXIT_USAGE;
}

int arguments_time(enum option_id option, const char *text, const char *examples, uint64_t min_ns,
		   uint64_t max_ns, uint64_t *ns)
{
	char lowest[32], highest[32];
	uint64_t value = UINT64_MAX; /* what does not fit is out of range, too */
	int ret = headgate_duration_parse(text, &value);

	if (ret && ret != -ERANGE)
		return usage_error("--%s '%s' is not a time such as %s", option_table[option].name,
				   text, examples);
	if (value < min_ns || value > max_ns)
		return usage_error("--%s '%s' is out of range: %s to %s are allowed",
				   option_table[option].name, text,
				   headgate_duration_format(min_ns, lowest, sizeof(lowest)),
				   headgate_duration_format(max_ns, highest, sizeof(highest)));
	*ns = value;
	return EXIT_OK;
}

static unsigned int allowed(const struct command *command)
{
	return command->options | OPTION(HELP);
}

/* getopt's two forms of the command's options. */
static void build(const struct command *command, struct option *longs, char *shorts)
{
	/* '+': the options of `run` end where the command begins. */
	if (command->max < 0)
		*shorts++ = '+';
	*shorts++ = ':';
	for (int id = 0; id < OPTION_COUNT; id++) {
		const struct option_entry *entry = &option_table[id];

		if (!(allowed(command) & (1U << id)))
			continue;
		*longs++ = (struct option){
			.name = entry->name,
			.has_arg = entry->argument ? required_argument : no_argument,
			.val = LONG_BASE + id,
		};
		if (!entry->letter)
			continue;
		*shorts++ = entry->letter;
		if (entry->argument)
			*shorts++ = ':';
	}
	*longs = (struct option){ 0 };
	*shorts = '\0';
}

static int find_option(int code)
{
	for (int id = 0; id < OPTION_COUNT; id++)
		if (code == LONG_BASE + id || (code && code == option_table[id].letter))
			return id;
	return -1;
}

static int complain(const struct command *command, int code, char **argv, FILE *errors)
{
	int id = find_option(optopt);

	if (code == ':')
		fprintf(errors, "headgate: option --%s needs an argument (%s)\n",
			option_table[id].name, option_table[id].argument);
	else if (id >= 0 && optopt >= LONG_BASE)
		fprintf(errors, "headgate: option --%s takes no argument\n", option_table[id].name);
	else if (optopt)
		fprintf(errors, "headgate: %s has no option -%c, see headgate %s --help\n",
			command->name, optopt, command->name);
	else
		fprintf(errors, "headgate: %s has no option %s, see headgate %s --help\n",
			command->name, argv[optind - 1], command->name);
	return EXIT_USAGE;
}

int arguments_parse(const struct command *command, int argc, char **argv,
		    struct arguments *arguments, FILE *errors)
{
	struct option longs[OPTION_COUNT + 1];
	char shorts[2 * OPTION_COUNT + 3];
	int code;

	memset(arguments, 0, sizeof(*arguments));
	build(command, longs, shorts);
	opterr = 0;
	optind = 0;	/* glibc: start over, also for the order of arguments */
	while ((code = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (code == '?' || code == ':')
			return complain(command, code, argv, errors);
		arguments->values[find_option(code)] = optarg ? optarg : "";
	}
	arguments->positional = argv + optind;
	arguments->count = argc - optind;
	if (arguments->values[OPTION_HELP])
		return 0;
	if (arguments->count < command->min) {
		fprintf(errors, "headgate: %s needs %s, see headgate %s --help\n", command->name,
			command->positional, command->name);
		return EXIT_USAGE;
	}
	if (command->max >= 0 && arguments->count > command->max) {
		fprintf(errors, "headgate: %s does not take the argument '%s'\n", command->name,
			arguments->positional[command->max]);
		return EXIT_USAGE;
	}
	return 0;
}
