/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cgroups that say a budget of their own (budget_cgroup.h): what they say, and what becomes of it. */
#ifndef HEADGATE_DAEMON_BUDGET_CGROUPS_H
#define HEADGATE_DAEMON_BUDGET_CGROUPS_H

#include "budget_file.h"
#include "config.h"

/**
 * struct budget_cgroup - what one says, or said
 * @id: cgroup id
 * @says: something
 * @budget: without a name: what it says is not understood
 * @told: what was said of that, once
 */
struct budget_cgroup {
	uint64_t id;
	bool says;
	struct headgate_budget budget;
	char *told;
};

/* In the order of ids: those that say something, and those that do no more and have a record yet. */
struct budget_cgroups {
	struct budget_cgroup *items;
	size_t count;
};

/*
 * Look at the attribute of an agent's cgroup. @known: whether there is a record of it. 0, also if it went; a negative
 * errno: it is to be looked at again.
 */
int budget_cgroups_look(struct budget_cgroups *cgroups, const struct headgate_budgets *known, uint64_t id,
			const char *path);

/**
 * budget_cgroups_apply - have the records be what the cgroups say
 * @cgroups: those that were looked at; of others the records stay, as do those of cgroups that say
 *	what is not understood now
 * @known: its records that are of cgroups are added, changed and dropped
 * @agents: what the module holds now, in the order of ids: others have no budget any more
 * @config: policy, with prices
 * @removed: called for each that is dropped while its agent is there
 * @data: for @removed
 *
 * What an agent had used before is not counted: it is the budget of a run, from its begin on.
 *
 * Return: whether there are other records than before.
 */
bool budget_cgroups_apply(struct budget_cgroups *cgroups, struct headgate_budgets *known,
			  const struct headgate_agents *agents, const struct headgate_config *config,
			  void (*removed)(const struct headgate_budget_record *record, void *data), void *data);

void budget_cgroups_free(struct budget_cgroups *cgroups);

#endif
