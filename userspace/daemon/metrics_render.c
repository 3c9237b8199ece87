// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics_render.h"

#include <string.h>

#include "life.h"
#include "metrics_table.h"

static void put_number(struct metrics_text *text, enum metrics_unit unit, uint64_t value)
{
	switch (unit) {
	case METRICS_SECONDS:
		return metrics_put_decimal(text, value, 9);
	case METRICS_RATIO:
		return metrics_put_decimal(text, value, 6);
	case METRICS_COUNT:
	case METRICS_BYTES:
		return metrics_put_uint(text, value);
	}
}

/* NAME SUFFIX {LABELS,MORE="VALUE"}, and a blank. */
static void begin_line(struct metrics_text *text, const struct metrics_metric *metric, const char *suffix,
		       const char *labels)
{
	metrics_puts(text, metric->name);
	metrics_puts(text, suffix);
	if (*labels) {
		metrics_puts(text, "{");
		metrics_puts(text, labels);
		metrics_puts(text, "}");
	}
	metrics_puts(text, " ");
}

/* The same with a label at the end, of a value that we chose. */
static void begin_line_with(struct metrics_text *text, const struct metrics_metric *metric, const char *suffix,
			    const char *labels, const char *name)
{
	metrics_puts(text, metric->name);
	metrics_puts(text, suffix);
	metrics_puts(text, "{");
	metrics_puts(text, labels);
	metrics_puts(text, *labels ? "," : "");
	metrics_puts(text, name);
	metrics_puts(text, "=\"");
}

static void put_histogram(struct metrics_text *text, const struct metrics_metric *metric, const char *labels,
			  const struct metrics_sums *sums)
{
	uint64_t count = 0;

	for (int i = 0; i <= METRICS_WAITS; i++) {
		count += sums->waits[i];
		begin_line_with(text, metric, "_bucket", labels, "le");
		if (i < METRICS_WAITS)
			put_number(text, metric->unit, metrics_wait_edges[i]);
		else
			metrics_puts(text, "+Inf");
		metrics_puts(text, "\"} ");
		metrics_put_uint(text, count);
		metrics_puts(text, "\n");
	}
	begin_line(text, metric, "_count", labels);
	metrics_put_uint(text, count);
	metrics_puts(text, "\n");
	begin_line(text, metric, "_sum", labels);
	put_number(text, metric->unit, sums->wait_ns);
	metrics_puts(text, "\n");
}

static void put_states(struct metrics_text *text, const struct metrics_metric *metric, const char *labels,
		       uint64_t state)
{
	for (int i = 0; i < HEADGATE_LIFE_STATES; i++) {
		begin_line_with(text, metric, "", labels, "state");
		metrics_puts(text, headgate_life_name(i));
		metrics_puts(text, "\"} ");
		metrics_put_uint(text, state == (uint64_t)i);
		metrics_puts(text, "\n");
	}
}

static void put_row(struct metrics_text *text, const struct metrics_metric *metric, const void *row)
{
	const void *value = (const char *)row + metric->value;
	const char *labels = *(char *const *)row;
	uint64_t number;

	switch (metric->type) {
	case METRICS_INFO:
		begin_line(text, metric, "_info", *(char *const *)value);
		return metrics_puts(text, "1\n");
	case METRICS_HISTOGRAM:
		return put_histogram(text, metric, labels, value);
	case METRICS_STATE:
		return put_states(text, metric, labels, *(const uint64_t *)value);
	case METRICS_COUNTER:
	case METRICS_GAUGE:
		number = *(const uint64_t *)value;
		begin_line(text, metric, metric->type == METRICS_COUNTER ? "_total" : "", labels);
		put_number(text, metric->unit, number);
		return metrics_puts(text, "\n");
	}
}

/* Has a row anything to say of it? */
static bool is_there(const struct metrics_metric *metric, const void *row)
{
	const void *value = (const char *)row + metric->value;

	if (metric->type == METRICS_INFO)
		return *(char *const *)value;
	if (metric->type == METRICS_HISTOGRAM)
		return true;
	return *(const uint64_t *)value != METRICS_NONE;
}

/* What a line of help may not have: a newline, a backslash, and in OpenMetrics a quote. */
static void put_help(struct metrics_text *text, const char *help, enum metrics_format format)
{
	for (; *help; help++) {
		if (*help == '\\' || (*help == '"' && format == METRICS_OPENMETRICS))
			metrics_puts(text, "\\");
		metrics_put(text, help, 1);
	}
}

static void put_comment(struct metrics_text *text, const char *what, const char *name, const char *suffix)
{
	metrics_puts(text, "# ");
	metrics_puts(text, what);
	metrics_puts(text, " ");
	metrics_puts(text, name);
	metrics_puts(text, suffix);
	metrics_puts(text, " ");
}

/* In OpenMetrics a family has the name without the suffix, and info is a type. */
static void put_head(struct metrics_text *text, const struct metrics_metric *metric, enum metrics_format format)
{
	static const char *const units[] = {
		[METRICS_COUNT] = NULL, [METRICS_SECONDS] = "seconds", [METRICS_RATIO] = "ratio", [METRICS_BYTES] = "bytes",
	};
	const char *suffix = "", *type = metrics_type_name(metric->type);

	if (format == METRICS_PROMETHEUS && metric->type == METRICS_COUNTER)
		suffix = "_total";
	if (format == METRICS_PROMETHEUS && metric->type == METRICS_INFO) {
		suffix = "_info";
		type = "gauge";
	}
	put_comment(text, "HELP", metric->name, suffix);
	put_help(text, metric->help, format);
	metrics_puts(text, "\n");
	put_comment(text, "TYPE", metric->name, suffix);
	metrics_puts(text, type);
	metrics_puts(text, "\n");
	if (format == METRICS_OPENMETRICS && units[metric->unit]) {
		put_comment(text, "UNIT", metric->name, "");
		metrics_puts(text, units[metric->unit]);
		metrics_puts(text, "\n");
	}
}

void metrics_render(const struct metrics_snapshot *snapshot, enum metrics_format format,
		    struct metrics_text *text)
{
	for (size_t i = 0; i < metrics_table_size; i++) {
		const struct metrics_metric *metric = &metrics_table[i];
		const struct metrics_rows *rows = &snapshot->rows[metric->scope];
		bool begun = false;

		for (size_t j = 0; j < rows->count; j++) {
			const void *row = (const char *)rows->items + j * metrics_row_sizes[metric->scope];

			if (!is_there(metric, row))
				continue;
			if (!begun)
				put_head(text, metric, format);
			begun = true;
			put_row(text, metric, row);
		}
	}
	if (format == METRICS_OPENMETRICS)
		metrics_puts(text, "# EOF\n");
}
