/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What headgated knows of budgets, in a file: for headgate, and for the headgated after this one. It
 * is in memory, so that nobody waits for a disk; after a boot the history knows what was used.
 */
#ifndef LIBHEADGATE_BUDGET_FILE_H
#define LIBHEADGATE_BUDGET_FILE_H

#include "budget.h"
#include "labels.h"

#define HEADGATE_BUDGETS_FILE "/run/headgate/budgets"

struct headgate_budget_record {
	struct headgate_budget budget;
	struct headgate_budget_state state;
};

/* The module's total of an agent on a lane, up to which it is counted. */
struct headgate_budget_seen {
	uint64_t agent_id;
	uint32_t lane_id;
	uint64_t busy_ns;
};

/**
 * struct headgate_budget_agent - whose work is counted
 * @id: cgroup id
 * @parent_id: of the nearest agent above, 0: none
 * @path: as it is, or was
 * @labels: its own
 * @budgets: a bit for each record that it belongs to: headgate_budget_agent_in(); of headgated, not
 *	in the file
 * @there: it is an agent now; of headgated
 */
struct headgate_budget_agent {
	uint64_t id;
	uint64_t parent_id;
	char *path;
	struct headgate_labels labels;
	uint64_t budgets[HEADGATE_BUDGET_RECORDS_MAX / 64];
	bool there;
};

static inline bool headgate_budget_agent_in(const struct headgate_budget_agent *agent, size_t record)
{
	return agent->budgets[record / 64] >> record % 64 & 1;
}

struct headgate_budget_policy {
	uint32_t weight;
	uint64_t quota_ns, period_ns;
};

/**
 * struct headgate_budget_held - an agent on which a budget acts
 * @id: cgroup id
 * @paused: it was told to stand still
 * @by_hand: it is not the policy file's: then @had is what it had before, @set what it is given
 *	instead, and @was what it was given before that, should it not have come to @set; what it has beside
 *	these is a person's doing
 * @owed: it could not be given what it is to have; of headgated, not in the file
 */
struct headgate_budget_held {
	uint64_t id;
	bool paused;
	bool by_hand;
	bool owed;
	struct headgate_budget_policy had, set, was;
};

/**
 * struct headgate_budgets - all of that
 * @instance: of the module whose totals @seen are, as the history has it; "": of none
 * @seen: in the order of agents and lanes
 * @agents: in the order of ids, as is @held
 */
struct headgate_budgets {
	struct headgate_budget_record *records;
	size_t n_records;
	char instance[80];
	struct headgate_budget_seen *seen;
	size_t n_seen;
	struct headgate_budget_agent *agents;
	size_t n_agents;
	struct headgate_budget_held *held;
	size_t n_held;
};

/* -ENOENT, -ENOMEM; a line that is not understood is left out. */
int headgate_budgets_load(const char *file, struct headgate_budgets *budgets);

/* The file is there whole or as it was; 0 or a negative errno. */
int headgate_budgets_save(const char *file, const struct headgate_budgets *budgets);

/* One more, with that id; the one that is there, if one is.  NULL without memory. */
struct headgate_budget_agent *headgate_budgets_agent(struct headgate_budgets *budgets, uint64_t id);
struct headgate_budget_held *headgate_budgets_held(struct headgate_budgets *budgets, uint64_t id);
/* NULL: there is none. */
struct headgate_budget_agent *headgate_budgets_find(const struct headgate_budgets *budgets, uint64_t id);
struct headgate_budget_held *headgate_budgets_find_held(const struct headgate_budgets *budgets, uint64_t id);

/* The order of @seen. */
int headgate_budget_seen_order(const void *a, const void *b);

void headgate_budgets_free(struct headgate_budgets *budgets);

#endif
