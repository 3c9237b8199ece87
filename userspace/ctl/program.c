// SPDX-License-Identifier: GPL-2.0-or-later
/* What drives GPUs itself is a program of its own: no driver of theirs is loaded into this one. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"

#define PROGRAM "headgate-infer"

/* Beside this program, as it is built, or where install puts it. */
static const char *const places[] = { PROGRAM, "../libexec/headgate/" PROGRAM };

int program_run(char **argv)
{
	char path[PATH_MAX], *slash;
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - sizeof("/../libexec/headgate/" PROGRAM));
	int error = ENOENT;

	if (length < 0) {
		fprintf(stderr, "headgate: cannot find itself: %s\n", strerror(errno));
		return EXIT_FAILED;
	}
	path[length] = '\0';
	slash = strrchr(path, '/') + 1;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && error == ENOENT; i++) {
		char *before = argv[-1];

		strcpy(slash, places[i]);
		argv[-1] = path;
		execv(path, argv - 1);
		error = errno;
		argv[-1] = before;
	}
	fprintf(stderr, "headgate: cannot execute %s: %s; it is installed with headgate\n", path, strerror(error));
	return EXIT_FAILED;
}
