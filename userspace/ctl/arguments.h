/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Command lines: what options there are, and what was given. */
#ifndef CTL_ARGUMENTS_H
#define CTL_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum option_id {
	OPTION_HELP,
	OPTION_JSON,
	OPTION_WEIGHT,
	OPTION_CLASS,
	OPTION_SLICE,
	OPTION_MAX,
	OPTION_BATCH,
	OPTION_ITERATIONS,
	OPTION_DELAY,
	OPTION_HORIZON,
	OPTION_MAX_WAIT,
	OPTION_SLICE_BATCH,
	OPTION_SLICE_INTERACTIVE,
	OPTION_PARENT,
	OPTION_NAME,
	OPTION_FORGET_GONE,
	OPTION_OUTPUT,
	OPTION_DURATION,
	OPTION_AGENT,
	OPTION_DEVICE,
	OPTION_BUFFER,
	OPTION_WAIT,
	OPTION_SINCE,
	OPTION_UNTIL,
	OPTION_BY,
	OPTION_FORMAT,
	OPTION_CONFIG,
	OPTION_BUDGET,
	OPTION_COUNT,
};

/* An option means the same in every command that has it. */
struct option_entry {
	const char *name;	/* "weight" */
	char letter;		/* 0: long form only */
	const char *argument;	/* "N", NULL: takes none */
	const char *values;	/* words for completion, NULL */
	const char *help;
};

extern const struct option_entry option_table[OPTION_COUNT];

struct command;

struct arguments {
	const char *values[OPTION_COUNT];	/* "" when given without argument, NULL: not given */
	char **positional;			/* NULL-terminated, points into argv */
	int count;
};

enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_DEGRADED = 3,
	EXIT_NO_MODULE = 4,
	EXIT_NOT_RUN = 125,	/* `run` itself failed; 126 and 127 as in a shell */
	EXIT_NOT_EXECUTABLE = 126,
	EXIT_NOT_FOUND = 127,
};

/*
 * Parse argv[0] (the command's last word), argv[1], … for @command.  A mistake
 * is told on @errors in one sentence.  Returns 0 or EXIT_USAGE.
 */
int arguments_parse(const struct command *command, int argc, char **argv,
		    struct arguments *arguments, FILE *errors);

/*
 * Read the time that was given to @option; @examples, such as "500us or 4ms", are told to who
 * gave none.  Returns EXIT_OK, or EXIT_USAGE after a message.
 */
int arguments_time(enum option_id option, const char *text, const char *examples, uint64_t min_ns,
		   uint64_t max_ns, uint64_t *ns);

/* "headgate: <sentence>" on standard error; returns EXIT_USAGE. */
int usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
