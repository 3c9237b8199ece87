// SPDX-License-Identifier: GPL-2.0-or-later
#include "tell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
/* Not where in our source a message is made: its id says more. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "hooks.h"
#include "log.h"

#define FIELDS_MAX 32

static struct iovec line(char *text)
{
	return (struct iovec){ text, strlen(text) };
}

static int send_to_journal(const struct tell *tell)
{
	char priority[] = "PRIORITY=0", identifier[] = "SYSLOG_IDENTIFIER=headgated", *message;
	struct iovec lines[FIELDS_MAX + 4];
	int count = 0, ret;

	if (asprintf(&message, "MESSAGE=%s", tell->sentence) < 0)
		return -1;
	priority[sizeof(priority) - 2] = '0' + (char)tell->priority;
	lines[count++] = line(message);
	lines[count++] = line(priority);
	lines[count++] = line(identifier);
	lines[count++] = line((char *)tell->message_id);
	for (size_t i = 0; tell->fields[i] && i < FIELDS_MAX; i++)
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

void tell_program(const struct tell *tell, struct hooks *hooks, const char *program, uint64_t timeout_ns)
{
	char *environment[FIELDS_MAX + 3], *message = NULL, *path = NULL;
	size_t count = 0;

	if (!program)
		return;
	if (asprintf(&message, "HEADGATE_MESSAGE=%s", tell->sentence) < 0)
		message = NULL;
	if (asprintf(&path, "PATH=%s", getenv("PATH") ?: "/usr/sbin:/usr/bin:/sbin:/bin") < 0)
		path = NULL;
	if (message && path) {
		for (; tell->fields[count] && count < FIELDS_MAX; count++)
			environment[count] = tell->fields[count];
		environment[count++] = message;
		environment[count++] = path;
		environment[count] = NULL;
		hooks_run(hooks, program, environment, timeout_ns);
	}
	free(message);
	free(path);
}
