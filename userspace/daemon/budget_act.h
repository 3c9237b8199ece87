/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What budgets that are spent do to their agents, and how all of it is taken back. */
#ifndef HEADGATE_DAEMON_BUDGET_ACT_H
#define HEADGATE_DAEMON_BUDGET_ACT_H

#include "budget_file.h"
#include "calls.h"
#include "config.h"
#include "override.h"

/* What each budget that is spent asks for. A cap is shared out among its agents evenly. 0 or -ENOMEM. */
int budget_plan(const struct headgate_budgets *budgets, struct overrides *overrides);

/* The same for one agent that comes, until the next plan. */
void budget_plan_one(const struct headgate_budgets *budgets, const struct headgate_budget_agent *agent,
		     struct overrides *overrides);

/**
 * budget_act - have the agents be as is planned, or as they were
 * @budgets: @held is brought up to date
 * @overrides: the plan
 * @client: connection
 * @config: policy
 * @agents: what the module holds now, in the order of ids
 * @save: called when @held has what must not be forgotten, before it is done
 * @data: for @save
 *
 * Each look again: who comes later is found, and what somebody thaws by hand is frozen anew, unless
 * it is a person's *agent resume*.
 */
void budget_act(struct headgate_budgets *budgets, const struct overrides *overrides,
		struct headgate_client *client, const struct headgate_config *config,
		const struct headgate_agents *agents, void (*save)(void *data), void *data);

/* Thaw all that budgets have paused, until the next budget_act(). Returns how many. */
unsigned int budget_thaw(struct headgate_budgets *budgets);

/* Take all back that the file says is done; without a @client it is paused agents alone. */
void budget_lift(struct headgate_client *client);

/* Thaw what it says is paused: of a headgated that was killed. Returns how many. */
unsigned int budget_thaw_left(void);

#endif
