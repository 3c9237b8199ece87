// SPDX-License-Identifier: GPL-2.0-or-later
#include "canary_log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "printable.h"

/* $JOURNAL_STREAM names the device and inode of the journal's socket: is it our stderr? */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 && !fstat(STDERR_FILENO, &st) &&
	       st.st_dev == device && st.st_ino == inode;
}

void infer_canary_log(int priority, const char *format, ...)
{
	char text[1024], *shown;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* Drivers chose some of the words. */
	shown = headgate_printable(text, sizeof(text));
	if (stderr_is_journal())
		fprintf(stderr, "<%d>%s\n", priority, shown ?: "memory is short");
	else
		fprintf(stderr, "headgate-infer: %s\n", shown ?: "memory is short");
	free(shown);
}
