/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All metrics there are: a line here, a field in metrics_model.h and what fills it, in
 * metrics_collect.c or metrics_devices.c, make one more. Documentation/metrics.rst has them from here.
 */
#ifndef HEADGATE_DAEMON_METRICS_TABLE_H
#define HEADGATE_DAEMON_METRICS_TABLE_H

#include "metrics_model.h"

enum metrics_type {
	METRICS_COUNTER, METRICS_GAUGE, METRICS_HISTOGRAM,
	METRICS_INFO,		/* labels alone: @value is where they are */
	METRICS_STATE,		/* of an agent: one line for each that there is, 1 for the one it has */
};

/* What a number is in the row, and what in the text. */
enum metrics_unit {
	METRICS_COUNT,
	METRICS_SECONDS,	/* from ns */
	METRICS_RATIO,		/* from millionths */
	METRICS_BYTES,
};

/**
 * struct metrics_metric - one metric
 * @name: without _total and _info
 * @value: offset of its uint64_t in the row, or of its struct metrics_sums
 * @labels: the names of its labels, for people
 */
struct metrics_metric {
	const char *name;
	enum metrics_type type;
	enum metrics_unit unit;
	enum metrics_scope scope;
	size_t value;
	const char *labels;
	const char *help;
};

extern const struct metrics_metric metrics_table[];
extern const size_t metrics_table_size;

/* "counter" */
const char *metrics_type_name(enum metrics_type type);

#endif
