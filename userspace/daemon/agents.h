/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agents that this daemon set, told from those set by hand.  A file remembers
 * them, so that a daemon started anew, or headgated --detach, knows them too.
 */
#ifndef HEADGATE_DAEMON_AGENTS_H
#define HEADGATE_DAEMON_AGENTS_H

#include <stdint.h>

#include "cgroups.h"
#include "config.h"
#include "headgate.h"
#include "instance.h"
#include "override.h"

#define AGENTS_FILE	RUN_DIR "/agents"

struct agents;

int agents_new(struct agents **agents);
void agents_free(struct agents *agents);

/* Read the file anew; what is not in it was not set by us. */
void agents_load(struct agents *agents);

/* Forget all, in the file too. */
void agents_clear(struct agents *agents);

/* From now on these are laid on top of the policy. */
void agents_override(struct agents *agents, const struct overrides *overrides);

/* Make the kernel hold exactly the policy for our cgroups; -errno after a message. */
int agents_sync(struct agents *agents, struct headgate_client *client,
		const struct headgate_config *config, const struct cgroups *cgroups);

/* A cgroup came: set it if the policy names it. */
void agents_came(struct agents *agents, struct headgate_client *client,
		 const struct headgate_config *config, const struct cgroups *cgroups,
		 const char *path, uint64_t id);

/* The kernel says that an agent went with its cgroup. */
void agents_gone(struct agents *agents, uint64_t id, const char *path);

/* Delete all of ours from the kernel; returns how many, or -errno after a message. */
int agents_delete_all(struct agents *agents, struct headgate_client *client);

#endif /* HEADGATE_DAEMON_AGENTS_H */
