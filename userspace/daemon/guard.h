/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that freezes cgroups on command, and thaws each at its deadline, and all when the
 * one that commands it is gone, however that died.
 */
#ifndef HEADGATE_DAEMON_GUARD_H
#define HEADGATE_DAEMON_GUARD_H

#include <stdint.h>
#include <sys/types.h>

#include "frozen.h"

/* Most cgroups that are frozen at a time. */
#define GUARD_HOLDS_MAX	512

struct guard;

/* Start one; 0 or a negative errno. */
int guard_start(struct guard **guard, const struct frozen_place *place);

pid_t guard_pid(const struct guard *guard);

/* Readable when the guard has died. */
int guard_fd(const struct guard *guard);

/**
 * guard_hold - freeze a cgroup, or keep it frozen
 * @guard: guard
 * @id: cgroup id
 * @ms: from now; 0 thaws
 *
 * A cgroup that somebody else has frozen, or that is gone, is left alone and no error.  What
 * the guard cannot take is lost: nothing depends on it, since deadlines thaw.
 *
 * Return: 0, or -EPIPE when the guard is dead.
 */
int guard_hold(struct guard *guard, uint64_t id, unsigned int ms);

/* Everything is thawed when this returns. */
void guard_stop(struct guard **guard);

#endif /* HEADGATE_DAEMON_GUARD_H */
