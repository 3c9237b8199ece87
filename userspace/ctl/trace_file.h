/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of a trace: JSON that is written as it comes, in pieces that end between two
 * events, so that one that cannot be written whole can be cut back and closed.
 */
#ifndef CTL_TRACE_FILE_H
#define CTL_TRACE_FILE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "json.h"

/* What a trace holds, kept with each piece: a file that is cut back holds that of then. */
struct trace_totals {
	uint64_t jobs;
	uint64_t failed;
	uint64_t never_ran;
	uint64_t busy_ns;
	uint64_t waits;
};

/**
 * struct trace_file - initialise by trace_file_open()
 * @json: where events go, within the array of events
 * @totals: to be kept up to date by whoever writes events
 * @kept: @totals at the beginning of this piece, and of the one before
 * @start: offset of this piece, and of the one before
 * @name: for people
 * @ours: a new regular file, which can be cut back or taken away
 * @given_up: signals that asked to end; from the second on nobody waits for a reader
 */
struct trace_file {
	struct headgate_json json;
	struct trace_totals totals;
	struct trace_totals kept[2];
	uint64_t start[2];
	const char *name;
	bool ours;
	int fd;
	FILE *piece;
	char *text;
	size_t size;
	const volatile sig_atomic_t *given_up;
};

/*
 * Make @name, which must not be there unless it is no regular file; "-" is standard output.
 * Negative errno.
 */
int trace_file_open(struct trace_file *file, const char *name);

/* After each event: write if there is enough.  Negative errno, of which -EINTR: given up. */
int trace_file_commit(struct trace_file *file);

/* End the array of events: what comes next is beside it. */
void trace_file_end_events(struct trace_file *file);

/* Write the end.  Negative errno. */
int trace_file_end(struct trace_file *file);

/*
 * After an error: forget the events that were not written, and those of the last piece, so
 * that there is room for the end of the file; @totals are those of what is left.
 * false: nothing is left.
 */
bool trace_file_cut(struct trace_file *file);

/* Size of what was written. */
uint64_t trace_file_size(const struct trace_file *file);

/* @keep: false takes a file of ours away. */
void trace_file_close(struct trace_file *file, bool keep);

#endif
