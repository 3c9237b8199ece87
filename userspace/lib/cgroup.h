/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cgroups (cgroup.c), and commands that are born in one (spawn.c). Paths are below the
 * cgroup v2 root and begin with a slash, as in the module.
 */
#ifndef LIBHEADGATE_CGROUP_H
#define LIBHEADGATE_CGROUP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/**
 * headgate_cgroup_root() - mount point of the cgroup v2 hierarchy
 * @root: receives the path without a final slash, to be freed by the caller
 *
 * $HEADGATE_CGROUP_ROOT, else the first cgroup2 mount of the hierarchy's root
 * in /proc/self/mountinfo.
 *
 * Return: 0, or -ENOENT when cgroup v2 is not mounted.
 */
int headgate_cgroup_root(char **root);

/* As headgate_cgroup_root(), from an open file in the format of mountinfo. */
int headgate_cgroup_root_from(FILE *mountinfo, char **root);

/* Path from the root of the file system; -EINVAL for a relative path or one with "..". */
int headgate_cgroup_absolute(const char *path, char **absolute);

/* Cgroup id of a path; -ENOENT, -ENOTDIR, -EINVAL. */
int headgate_cgroup_id(const char *path, uint64_t *id);

/* Path of a cgroup id (needs CAP_DAC_READ_SEARCH); -ENOENT or -ESTALE when it is gone. */
int headgate_cgroup_path(uint64_t id, char **path);

/* Cgroup of a process, 0: the caller; "" if it cannot be told.  Freed by the caller; -ENOMEM. */
int headgate_cgroup_of(pid_t pid, char **path);

/* Whether @own, a cgroup path, is @path or lies below it, or is "": then @path must not be stopped. */
bool headgate_cgroup_covers(const char *path, const char *own);

/**
 * headgate_cgroup_create() - make a cgroup and those above it
 * @path: path
 *
 * Return: 1 when the last component was made, 0 when it was there, or a
 * negative errno.
 */
int headgate_cgroup_create(const char *path);

/* Remove an empty cgroup; -EBUSY while a process or a child is in it. */
int headgate_cgroup_remove(const char *path);

/* 0; -ESTALE when the cgroup of that path is not the one of that id, as it may be one that was made anew. */
int headgate_cgroup_check(const char *path, uint64_t id);

/*
 * Move process @pid (0: the caller) into a cgroup, and kill all processes in and below it
 * (cgroup.kill).  The one of that id, 0: whichever.
 */
int headgate_cgroup_attach(const char *path, uint64_t id, pid_t pid);
int headgate_cgroup_kill(const char *path, uint64_t id);

/**
 * headgate_cgroup_spawn() - run a command that is born in a cgroup
 * @path: cgroup
 * @argv: NULL-terminated, argv[0] is looked up in $PATH
 * @mask: signal mask of the command, NULL: that of the caller
 *
 * The child never runs outside the cgroup: clone3(CLONE_INTO_CGROUP).
 *
 * Return: pid of the child, or a negative errno, that of exec included; -EBUSY: the cgroup stands still, and not
 * for pacing, so the command was not begun.
 */
pid_t headgate_cgroup_spawn(const char *path, char *const argv[], const sigset_t *mask);

/* A child that waits to become a command, so that somebody else can put it into a cgroup before. */
struct headgate_spawn {
	pid_t pid;	/* 0: there is none */
	int talk;
};

/*
 * As headgate_cgroup_spawn(), @path may be NULL: the caller's cgroup.  It waits for one of the
 * two below, which is called in any case, and ends with the caller.  0 or a negative errno.
 */
int headgate_spawn_hold(const char *path, char *const argv[], const sigset_t *mask, struct headgate_spawn *spawn);

/* It becomes the command: pid, or a negative errno, that of exec and -EBUSY as above included. */
pid_t headgate_spawn_go(struct headgate_spawn *spawn);

/*
 * The same without waiting for exec, which in a frozen cgroup takes as long as it is frozen: if exec
 * fails, the child ends with status 126.
 */
pid_t headgate_spawn_let(struct headgate_spawn *spawn);

/* It ends; nothing if there is none. */
void headgate_spawn_drop(struct headgate_spawn *spawn);

#endif
