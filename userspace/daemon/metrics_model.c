// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics_model.h"

#include <stdlib.h>
#include <string.h>

#include "append.h"

/* 16 us to 4.3 s, each four times the one before: enough for quantiles of slices and of max-wait. */
const uint64_t metrics_wait_edges[METRICS_WAITS] = {
	UINT64_C(1) << 14, UINT64_C(1) << 16, UINT64_C(1) << 18, UINT64_C(1) << 20, UINT64_C(1) << 22,
	UINT64_C(1) << 24, UINT64_C(1) << 26, UINT64_C(1) << 28, UINT64_C(1) << 30, UINT64_C(1) << 32,
};

const size_t metrics_row_sizes[METRICS_SCOPES] = {
	[METRICS_DAEMON] = sizeof(struct metrics_daemon), [METRICS_STALL] = sizeof(struct metrics_stall),
	[METRICS_DEVICE] = sizeof(struct metrics_device), [METRICS_ENGINE] = sizeof(struct metrics_engine),
	[METRICS_AGENT] = sizeof(struct metrics_agent), [METRICS_SHARE] = sizeof(struct metrics_share),
	[METRICS_FLOW] = sizeof(struct metrics_flow),
};

void *metrics_add(struct metrics_snapshot *snapshot, enum metrics_scope scope)
{
	struct metrics_rows *rows = &snapshot->rows[scope];
	size_t size = metrics_row_sizes[scope];
	void *items = headgate_append(rows->items, &rows->count, size);

	if (!items)
		return NULL;
	rows->items = items;
	return (char *)items + (rows->count - 1) * size;
}

static void free_text(void *row, size_t offset)
{
	free(*(char **)((char *)row + offset));
}

void metrics_snapshot_free(struct metrics_snapshot *snapshot)
{
	static const size_t info[METRICS_SCOPES] = {
		[METRICS_DAEMON] = offsetof(struct metrics_daemon, build),
		[METRICS_DEVICE] = offsetof(struct metrics_device, info),
		[METRICS_AGENT] = offsetof(struct metrics_agent, info),
	};

	for (int scope = 0; scope < METRICS_SCOPES; scope++) {
		struct metrics_rows *rows = &snapshot->rows[scope];

		for (size_t i = 0; i < rows->count; i++) {
			void *row = (char *)rows->items + i * metrics_row_sizes[scope];

			free_text(row, 0);
			if (info[scope])
				free_text(row, info[scope]);
		}
		free(rows->items);
	}
	*snapshot = (struct metrics_snapshot){ 0 };
}
