// SPDX-License-Identifier: GPL-2.0-or-later
#include "log.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "printable.h"

static int lowest = LOG_INFO;
static bool to_journal;

/* $JOURNAL_STREAM names the device and inode of the journal's socket: is it our stderr? */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       !fstat(STDERR_FILENO, &st) && st.st_dev == device && st.st_ino == inode;
}

void log_open(bool verbose)
{
	lowest = verbose ? LOG_DEBUG : LOG_INFO;
	to_journal = stderr_is_journal();
}

bool log_to_journal(void)
{
	return to_journal;
}

void log_write_va(int priority, const char *format, va_list args)
{
	char text[4096]; /* a path and a sentence; longer text is cut */
	char *shown;
	size_t len;

	if (priority > lowest)
		return;
	vsnprintf(text, sizeof(text), format, args);
	len = strlen(text);
	while (len && text[len - 1] == '\n')
		text[--len] = '\0';
	/* Whoever may make cgroups chose their names. */
	shown = headgate_printable(text, sizeof(text));
	if (to_journal)
		fprintf(stderr, "<%d>%s\n", priority, shown ?: "memory is short");
	else
		fprintf(stderr, "headgated: %s\n", shown ?: "memory is short");
	free(shown);
}

void log_write(int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_write_va(priority, format, args);
	va_end(args);
}
