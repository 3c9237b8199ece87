// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>

#include "trace_rows.h"

const struct track *trace_rows_take(struct trace_events *events, const struct track *process,
				    struct trace_rows *rows, const char *name, uint64_t from,
				    uint64_t to)
{
	struct trace_row *more;
	char numbered[256];
	size_t i;

	for (i = 0; i < rows->count && rows->items[i].end > from; i++)
		;
	if (i == rows->count) {
		more = reallocarray(rows->items, i + 1, sizeof(*more));
		if (!more)
			return NULL;
		rows->items = more;
		rows->count++;
		snprintf(numbered, sizeof(numbered), i ? "%.200s (%zu)" : "%.200s", name, i + 1);
		more[i].track = trace_track(events, process, numbered);
	}
	rows->items[i].end = to;
	return &rows->items[i].track;
}

void trace_rows_free(struct trace_rows *rows)
{
	free(rows->items);
	*rows = (struct trace_rows){};
}
