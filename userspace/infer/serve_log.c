// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdio.h>

#include "serve_log.h"

#define LINE 1024

static void write_line(const char *format, va_list arguments)
{
	char line[LINE];

	vsnprintf(line, sizeof(line), format, arguments);
	/* Cgroups have any names, and devices what their drivers say. */
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' || *c == '\x7f')
			*c = '?';
	fprintf(stderr, "headgate-infer: serve: %s\n", line);
}

void infer_log_line(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(format, arguments);
	va_end(arguments);
}

void infer_log_tick(struct infer_log *log, uint64_t now)
{
	if (!log->written || now < log->since + INFER_LOG_NS)
		return;
	if (log->left_out)
		infer_log_line("%u more lines about %s were left out", log->left_out, log->of);
	log->written = 0;
	log->left_out = 0;
}

void infer_log(struct infer_log *log, uint64_t now, const char *format, ...)
{
	va_list arguments;

	infer_log_tick(log, now);
	if (log->written == INFER_LOG_LINES) {
		log->left_out++;
		return;
	}
	if (!log->written++)
		log->since = now;
	va_start(arguments, format);
	write_line(format, arguments);
	va_end(arguments);
}
