/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with a command line: one line each on standard error, and INFER_EXIT_USAGE to end with. */
#ifndef INFER_USAGE_H
#define INFER_USAGE_H

#include <getopt.h>

/* infer_usage_error(): "headgate-infer: COMMAND: SENTENCE" */
int infer_usage_error(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* infer_usage_value(): "headgate-infer: COMMAND: --OPTION 'VALUE': expected EXPECTED" */
int infer_usage_value(const char *command, const char *option, const char *value, const char *expected);

/**
 * infer_usage_option() - what getopt_long() has returned for no option
 * @code: '?' or ':'; its string of letters begins with ':', so that it says nothing itself
 * @options: those of the command; one without a letter has a value above that of any letter
 */
int infer_usage_option(const char *command, int code, const struct option *options, char **argv);

/* infer_usage_arguments(): of the words after the options one is missing, or @extra is one too many */
int infer_usage_arguments(const char *command, const char *missing, const char *extra);

#endif
