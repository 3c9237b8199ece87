/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tree of cgroups, followed as they come and go. */
#ifndef HEADGATE_DAEMON_CGROUPS_H
#define HEADGATE_DAEMON_CGROUPS_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct cgroups;

/**
 * typedef cgroups_fn - told of a cgroup
 * @path: below the root of the tree, beginning with a slash; never the root itself
 * @id: inode number of its directory
 * @data: as given
 */
typedef void (*cgroups_fn)(const char *path, uint64_t id, void *data);

/**
 * cgroups_new - begin to follow a tree
 * @cgroups: receives the tree, which holds nothing until cgroups_rescan()
 * @event: loop that watches it
 * @root: directory of the root cgroup
 * @came: called for a new cgroup, after that of its parent
 * @went: called for one that is gone; a path made anew went and came
 * @data: for both
 *
 * Return: 0 or a negative errno.
 */
int cgroups_new(struct cgroups **cgroups, sd_event *event, const char *root, cgroups_fn came,
		cgroups_fn went, void *data);
void cgroups_free(struct cgroups *cgroups);

/* Compare with the file system and tell the differences. */
int cgroups_rescan(struct cgroups *cgroups);

/* Call @function for each cgroup, parents first; it must not change the tree. */
void cgroups_foreach(const struct cgroups *cgroups, cgroups_fn function, void *data);

/* Whether the file system has this cgroup now. */
bool cgroups_exists(const struct cgroups *cgroups, const char *path, uint64_t id);

#endif /* HEADGATE_DAEMON_CGROUPS_H */
