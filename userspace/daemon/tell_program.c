// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>

#include "hooks.h"
#include "tell.h"

void tell_program(const struct tell *tell, struct hooks *hooks, const char *program, uint64_t timeout_ns)
{
	char *environment[TELL_FIELDS_MAX + 3], *message = NULL, *path = NULL;
	size_t count = 0;

	if (!program)
		return;
	if (asprintf(&message, "HEADGATE_MESSAGE=%s", tell->sentence) < 0)
		message = NULL;
	if (asprintf(&path, "PATH=%s", getenv("PATH") ?: "/usr/sbin:/usr/bin:/sbin:/bin") < 0)
		path = NULL;
	if (message && path) {
		for (; tell->fields[count] && count < TELL_FIELDS_MAX; count++)
			environment[count] = tell->fields[count];
		environment[count++] = message;
		environment[count++] = path;
		environment[count] = NULL;
		hooks_run(hooks, program, environment, timeout_ns);
	}
	free(message);
	free(path);
}
