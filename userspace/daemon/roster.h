/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The module's agents, as pacing needs them: found by their ids and by paths of cgroups. */
#ifndef HEADGATE_DAEMON_ROSTER_H
#define HEADGATE_DAEMON_ROSTER_H

#include <stdbool.h>

#include "headgate.h"
#include "pace_model.h"

/**
 * struct roster - agents
 * @agents: in the order of ids
 * @by_path: the same in the order of paths
 * @own: cgroup of this process, which must not freeze itself
 * @stranger: somebody asked for an agent that is not here
 */
struct roster {
	struct headgate_agents agents;
	const struct headgate_agent **by_path;
	char *own;
	bool stranger;
};

/* Asks the module anew; 0 or a negative errno, then nothing changed. */
int roster_read(struct roster *roster, struct headgate_client *client);

/* Takes @agents over, and the text @own. */
int roster_set(struct roster *roster, struct headgate_agents *agents, char *own);
void roster_free(struct roster *roster);

/* NULL: there is no such agent. */
const struct headgate_agent *roster_find(const struct roster *roster, uint64_t id);

/* The agent to which a cgroup belongs: itself, or the nearest above; NULL: none. */
const struct headgate_agent *roster_above(const struct roster *roster, const char *path);

/* An agent that has got nothing yet. */
struct pace_input roster_input(const struct roster *roster, const struct headgate_agent *agent);

#endif /* HEADGATE_DAEMON_ROSTER_H */
