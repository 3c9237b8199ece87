/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cgroup of `run` where systemd has the cgroups: a transient scope. What is in it is systemd's
 * own then, so that it neither moves nor removes it, and systemctl shows it.
 */
#ifndef CTL_RUN_SCOPE_H
#define CTL_RUN_SCOPE_H

#include <stdbool.h>
#include <sys/types.h>

/* A scope's parent when none is given. */
#define SCOPE_SLICE "headgate.slice"

/* Whether systemd is the first process. */
bool scope_wanted(void);

/*
 * The slice whose cgroup is @parent, "/a.slice/a-b.slice": its last name, "/": "-.slice"; NULL: it
 * is none.  Freed by the caller.
 */
char *scope_slice(const char *parent);

/* The scope's name from that of an agent: what names of units cannot have is written as \xNN. NULL without memory. */
char *scope_name(const char *agent);

/**
 * scope_start - have systemd make a scope
 * @name: its name
 * @slice: below which
 * @description: for systemctl
 * @pid: the process to put into it
 * @path: receives its cgroup, freed by the caller
 *
 * What is wrong is told.  Return: 0 or a negative errno.
 */
int scope_start(const char *name, const char *slice, const char *description, pid_t pid, char **path);

/* Have systemd end it, and what is in it. What is wrong is told.  0 or a negative errno. */
int scope_stop(const char *name);

#endif
