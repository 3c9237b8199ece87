// SPDX-License-Identifier: GPL-2.0-or-later
#include "tell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
/* Not where in our source a message is made: its id says more. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "log.h"

static struct iovec line(const char *text)
{
	return (struct iovec){ (void *)text, strlen(text) };
}

static int send_to_journal(const struct tell *tell)
{
	struct iovec lines[TELL_FIELDS_MAX + 4];
	char level[16], *message;
	int count = 0, ret;

	if (asprintf(&message, "MESSAGE=%s", tell->sentence) < 0)
		return -1;
	snprintf(level, sizeof(level), "PRIORITY=%d", tell->priority);
	lines[count++] = line(message);
	lines[count++] = line(level);
	lines[count++] = line(tell->message_id);
	lines[count++] = line("SYSLOG_IDENTIFIER=headgated");
	for (size_t i = 0; tell->fields[i] && i < TELL_FIELDS_MAX; i++)
		if (!strchr(tell->fields[i], '=') || strchr(tell->fields[i], '=')[1])
			lines[count++] = line(tell->fields[i]);
	ret = sd_journal_sendv(lines, count);
	free(message);
	return ret;
}

void tell_log(const struct tell *tell)
{
	if (!log_to_journal() || send_to_journal(tell) < 0)
		log_write(tell->priority, "%s", tell->sentence);
}
