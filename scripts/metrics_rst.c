// SPDX-License-Identifier: GPL-2.0-or-later
/* Prints the list of Documentation/metrics.rst, from the table that headgated goes by. */
#include <stdio.h>

#include "metrics_table.h"

static const char *const suffixes[] = {
	[METRICS_COUNTER] = "_total", [METRICS_GAUGE] = "", [METRICS_HISTOGRAM] = "", [METRICS_INFO] = "_info",
	[METRICS_STATE] = "",
};

int main(void)
{
	puts(".. list-table::\n   :header-rows: 1\n\n   * - metric\n     - type\n     - labels\n     - what it tells");
	for (size_t i = 0; i < metrics_table_size; i++) {
		const struct metrics_metric *metric = &metrics_table[i];

		printf("   * - %s%s\n     - %s\n     -%s%s\n     - %s\n", metric->name, suffixes[metric->type],
		       metrics_type_name(metric->type), *metric->labels ? " " : "", metric->labels, metric->help);
	}
	return 0;
}
