/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a cgroup stands still, and by whose will: a person's, or that of a budget, which mark its
 * cgroup.freeze, or pacing's, which keeps a list.
 */
#ifndef LIBHEADGATE_FREEZER_H
#define LIBHEADGATE_FREEZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "life.h"

/* The cgroups that pacing has frozen, an id a line: written before each freeze, and after each thaw. */
#define HEADGATE_FROZEN_FILE "/run/headgate/frozen"

struct headgate_ids {
	uint64_t *items;
	size_t count;
};

/* What pacing holds now; a file that is not there holds nothing.  0 or -ENOMEM. */
int headgate_freezer_paced(const char *file, struct headgate_ids *ids);
bool headgate_ids_have(const struct headgate_ids *ids, uint64_t id);
void headgate_ids_free(struct headgate_ids *ids);

/*
 * 1: pacing holds that cgroup, and thaws it when that is due.  0: it does not, or it was killed in
 * the midst of it.  Or a negative errno.
 */
int headgate_freezer_held(const char *file, uint64_t id);

/* Open cgroup.freeze of a cgroup for reading and writing; negative errno. */
int headgate_freezer_open(const char *path);

/*
 * The mark: trusted.headgate.paused on cgroup.freeze, which goes with the cgroup: who has paused
 * it, a person, a budget, or both.  0 or a negative errno.
 */
#define HEADGATE_FREEZER_PERSON	1
#define HEADGATE_FREEZER_BUDGET	2
bool headgate_freezer_marked(int freezer);
int headgate_freezer_marks(int freezer);	/* bits; 0: nobody */
int headgate_freezer_mark(int freezer, int who);
int headgate_freezer_unmark(int freezer, int who);	/* the rest of the bits stays */

/*
 * A person resumes it: no mark stays, and where one was a budget's, another says that it is not to
 * be paused again, until headgate_freezer_renew() takes that away.  1 if so, 0 or a negative errno.
 */
int headgate_freezer_resume(int freezer);
bool headgate_freezer_resumed(int freezer);
int headgate_freezer_renew(int freezer);

/* Write to it; 0 or a negative errno. */
int headgate_freezer_freeze(int freezer, bool freeze);

/* What cgroup.events says: 1 frozen, itself or by one above it, 0, or a negative errno. */
int headgate_freezer_frozen(const char *path);

/**
 * headgate_freezer_await - wait until cgroup.events says so
 * @path: cgroup
 * @key: "frozen" or "populated"
 * @value: 0 or 1
 * @timeout_ms: for how long
 *
 * Return: 0, -ETIMEDOUT, -ENOENT when the cgroup is gone, or another negative errno.
 */
int headgate_freezer_await(const char *path, const char *key, bool value, int timeout_ms);

/**
 * headgate_freezer_stop - how an agent is stopped, by itself or with a cgroup above it
 * @path: cgroup
 *
 * Whatever cannot be read is taken to run.
 */
enum headgate_life_stop headgate_freezer_stop(const char *path);

#endif
