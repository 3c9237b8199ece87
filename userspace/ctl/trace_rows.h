/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tracks for what may overlap, each slice on the first that is free. */
#ifndef CTL_TRACE_ROWS_H
#define CTL_TRACE_ROWS_H

#include "trace_events.h"

/* All zero is none. */
struct trace_rows {
	struct trace_row {
		struct track track;
		uint64_t end;	/* until when it is taken */
	} *items;
	size_t count;
};

/*
 * A track of @process for what takes from @from to @to. The first is called @name, those
 * that follow "@name (2)" and so on.  NULL: no memory.
 */
const struct track *trace_rows_take(struct trace_events *events, const struct track *process,
				    struct trace_rows *rows, const char *name, uint64_t from,
				    uint64_t to);

void trace_rows_free(struct trace_rows *rows);

#endif
