/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every command does with the module: connect, and say what failed. */
#ifndef CTL_SESSION_H
#define CTL_SESSION_H

#include "headgate.h"

/* Connect; on failure say so on standard error and return the exit status. */
int session_open(struct headgate_client **client);

/* Say what failed ("cannot …") and by which @error; returns the exit status. */
int session_fail(const struct headgate_client *client, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A sentence on standard error. */
void session_complain(const char *sentence);

/* The same for failures outside the connection. */
int session_error(int error, const char *what);

/*
 * The cgroup that a command line names: an id, a path below the cgroup v2 root,
 * or one from the root of the file system.  *path is NULL, or points into @text.
 * Returns 0 or EXIT_USAGE.
 */
int session_cgroup(const char *text, uint64_t *id, const char **path);

#endif
