/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is told of a recording: at its end, and at the end of its file. */
#ifndef CTL_TRACE_REPORT_H
#define CTL_TRACE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace_file.h"
#include "trace_source.h"

/**
 * struct trace_report - what is told
 * @file: the file and its totals
 * @losses: what did not come
 * @agents: of which there is something in the file
 * @engines: the same
 * @base_ns: where the time of the events begins, in ns of CLOCK_MONOTONIC
 * @begin_ns: of the recording
 * @end_ns: of the recording
 * @unwritten: jobs for which the file had no room
 * @error: why the file ends early, a negative errno
 */
struct trace_report {
	const struct trace_file *file;
	struct trace_losses losses;
	size_t agents;
	size_t engines;
	uint64_t base_ns;
	uint64_t begin_ns;
	uint64_t end_ns;
	uint64_t unwritten;
	int error;
};

/* Events that were lost, of all kinds. */
uint64_t trace_report_lost(const struct trace_report *report);

/* "standard output" for "-". */
const char *trace_report_name(const struct trace_report *report);

/* A line on standard error, to be overwritten by the next. */
void trace_report_progress(const struct trace_report *report, uint64_t now);

/* Into the object "otherData" of the file. */
void trace_report_json(struct headgate_json *json, const struct trace_report *report);

/* At the end; returns the exit status. */
int trace_report_tell(const struct trace_report *report, bool json);

/* Instead, after an error; @kept: a file is left all the same. */
int trace_report_failure(const struct trace_report *report, bool kept);

#endif
