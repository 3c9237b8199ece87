// SPDX-License-Identifier: GPL-2.0-or-later
#include "usage.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"

/* Those that people call as headgate's. */
static const char *program_of(const char *command)
{
	static const char *const of_headgate[] = { "infer", "selftest", "bench" };

	for (size_t i = 0; i < sizeof(of_headgate) / sizeof(of_headgate[0]); i++)
		if (!strcmp(command, of_headgate[i]))
			return "headgate";
	return "headgate-infer";
}

int infer_usage_error(const char *command, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "headgate-infer: %s: ", command);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return INFER_EXIT_USAGE;
}

int infer_usage_value(const char *command, const char *option, const char *value, const char *expected)
{
	return infer_usage_error(command, "--%s '%s': expected %s", option, value, expected);
}

int infer_usage_option(const char *command, int code, const struct option *options, char **argv)
{
	const struct option *option = options;

	while (option->name && option->val != optopt)
		option++;
	if (option->name)
		return infer_usage_error(command, code == ':' ? "--%s needs a value" : "--%s takes no value", option->name);
	if (optopt)
		return infer_usage_error(command, "there is no option -%c, see %s %s --help", optopt, program_of(command),
					 command);
	return infer_usage_error(command, "there is no option %s, see %s %s --help", argv[optind - 1], program_of(command),
				 command);
}

int infer_usage_arguments(const char *command, const char *missing, const char *extra)
{
	if (extra)
		return infer_usage_error(command, "'%s' is one argument too many, see %s %s --help", extra,
					 program_of(command), command);
	return infer_usage_error(command, "%s is missing, see %s %s --help", missing, program_of(command), command);
}
