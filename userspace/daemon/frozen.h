/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cgroups that headgated has frozen: a file remembers them, so that whoever comes after a
 * process that was killed can thaw them.  It is locked by the one who freezes.
 */
#ifndef HEADGATE_DAEMON_FROZEN_H
#define HEADGATE_DAEMON_FROZEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "instance.h"

/**
 * struct frozen_place - where that is
 * @list: the file, one cgroup id a line
 * @open: opens cgroup.freeze of a cgroup for reading and writing; negative errno
 * @paused: whether a person has marked it as paused (freezer.h)
 */
struct frozen_place {
	const char *list;
	int (*open)(uint64_t id);
	bool (*paused)(int freezer);
};

/* The host's. */
extern const struct frozen_place frozen_host;

/**
 * frozen_lock - open and lock the file
 * @place: place
 * @wait_ms: how long to wait for another holder
 *
 * Return: its descriptor, -EWOULDBLOCK, or another negative errno.
 */
int frozen_lock(const struct frozen_place *place, int wait_ms);

/* Write @ids to the locked file; 0 or a negative errno. */
int frozen_write(int list, const uint64_t *ids, size_t count);

/* 1, 0, or a negative errno: what cgroup.freeze says. */
int frozen_get(int freezer);
int frozen_set(int freezer, bool freeze);

/*
 * Have a cgroup stand as a person wants it who may have paused it: thawed, as a rule.  True: it is
 * paused.  Whoever resumes it leaves it alone as long as it is in the file; so when it is not any
 * more, frozen_forgotten() is to be told what this has returned.
 */
bool frozen_release(const struct frozen_place *place, int freezer);
void frozen_forgotten(const struct frozen_place *place, int freezer, bool paused);

/**
 * frozen_thaw_all - thaw what the file remembers, and empty it
 * @place: place
 * @wait_ms: as for frozen_lock()
 *
 * Return: how many were thawed, or a negative errno.
 */
int frozen_thaw_all(const struct frozen_place *place, int wait_ms);

#endif /* HEADGATE_DAEMON_FROZEN_H */
