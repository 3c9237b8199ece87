/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where `run` has its command: a cgroup of its own, and the process that waits in it to become the
 * command. It is a scope of systemd's where systemd has the cgroups, and else made and removed here.
 */
#ifndef CTL_RUN_PLACE_H
#define CTL_RUN_PLACE_H

#include "arguments.h"
#include "cgroup.h"

/**
 * struct run_place - a place
 * @path: its cgroup
 * @slice: of @scope; both NULL: it is no scope
 * @spawn: who waits in it
 */
struct run_place {
	char *path;
	char *slice, *scope;
	struct headgate_spawn spawn;
};

/* Its names.  What is wrong is told: exit status. */
int run_place_choose(const struct arguments *arguments, struct run_place *place);

/* @mask: signals of the command.  What is wrong is told, and nothing is left then: exit status. */
int run_place_make(struct run_place *place, char *const argv[], const sigset_t *mask);

/* All that is in it ends, and it goes.  @id: of its cgroup, 0: it could not be told */
void run_place_end(struct run_place *place, uint64_t id);

void run_place_free(struct run_place *place);

/* That a command cannot be begun: tells it, and gives the exit status. */
int run_failed(int error, const char *command);

#endif
