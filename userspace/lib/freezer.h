/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a cgroup stands still, and by whose will: a person's, who leaves a mark on its
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

/* Open cgroup.freeze of a cgroup for reading and writing; negative errno. */
int headgate_freezer_open(const char *path);

/*
 * The mark: trusted.headgate.paused on cgroup.freeze, which goes with the cgroup.
 * 0 or a negative errno.
 */
bool headgate_freezer_marked(int freezer);
int headgate_freezer_mark(int freezer);
int headgate_freezer_unmark(int freezer);

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
