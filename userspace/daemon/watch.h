/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks at what each agent is doing, and whose it is, and keeps both in files for headgate (lives.h, labels.h). */
#ifndef HEADGATE_DAEMON_WATCH_H
#define HEADGATE_DAEMON_WATCH_H

#include "config.h"
#include "labels.h"
#include "look.h"

struct watch;

/* -ENOMEM. */
int watch_new(struct watch **watch);

/* Writes down what it knows. */
void watch_free(struct watch *watch);

/* Go on from what a headgated before has written down about this module. */
void watch_load(struct watch *watch);

/* The policy has changed: what it says of agents is looked at anew. */
void watch_reload(struct watch *watch);

/* The module went: forget all, in the file too. */
void watch_clear(struct watch *watch);

/*
 * Call @seen whenever the attributes of an agent's cgroup are to be read: at first, when the kernel tells that one has
 * changed, and again at the next look if it returns an error.
 */
void watch_attributes(struct watch *watch, int (*seen)(uint64_t agent_id, const char *path, void *data),
		      void *data);

/* What cannot be read is looked at the next time. */
void watch_look(struct watch *watch, const struct look *seen, const struct headgate_config *config);

/* Whose an agent is: as it was at the last look, or, of one that is newer, as is said of @path
 * now; "" is no path. */
void watch_labels(const struct watch *watch, const struct headgate_config *config,
		  uint64_t agent_id, const char *path, struct headgate_labels *labels);

#endif /* HEADGATE_DAEMON_WATCH_H */
