/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pacing by what drivers tell of their clients: a model for each engine. */
#ifndef HEADGATE_DAEMON_PACE_FDINFO_H
#define HEADGATE_DAEMON_PACE_FDINFO_H

#include "cgroups.h"
#include "config.h"
#include "pace_model.h"
#include "roster.h"

struct pace_fdinfo;

/**
 * pace_fdinfo_new - begin to follow the clients of the drivers that the policy has paced so
 * @fdinfo: receives it, NULL where there is no such driver
 * @config: policy, lasting as long
 *
 * Return: 0 or a negative errno.
 */
int pace_fdinfo_new(struct pace_fdinfo **fdinfo, const struct headgate_config *config);
void pace_fdinfo_free(struct pace_fdinfo *fdinfo);

/* Agents and cgroups may have changed; 0 or -ENOMEM. All of these take NULL. */
int pace_fdinfo_refresh(struct pace_fdinfo *fdinfo, const struct roster *roster,
			const struct cgroups *cgroups);

/* A look at the clients: a step of each model; 0 or -ENOMEM. */
int pace_fdinfo_step(struct pace_fdinfo *fdinfo, const struct roster *roster, int64_t now_ns);

/*
 * Who is frozen from now on, for what it got of whatever engine: on all of them, that it gets
 * nothing tells nothing.
 */
void pace_fdinfo_held(struct pace_fdinfo *fdinfo, const uint64_t *ids, size_t count,
		      int64_t now_ns);

/* The models: pass 0, 1, … until NULL is returned. */
const struct pace_model *pace_fdinfo_model(const struct pace_fdinfo *fdinfo, size_t i);

#endif /* HEADGATE_DAEMON_PACE_FDINFO_H */
