/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who belongs to which budget, and what the work of agents adds to it. */
#ifndef HEADGATE_DAEMON_BUDGET_COUNT_H
#define HEADGATE_DAEMON_BUDGET_COUNT_H

#include "budget_file.h"
#include "calls.h"
#include "config.h"

struct watch;

/* Whether a path, or one above it, matches a pattern. */
bool budget_covers(const char *pattern, const char *path);

/*
 * Find the records that an agent belongs to. A label that it has not is that of the nearest agent
 * above that has one.
 */
void budget_join(const struct headgate_budgets *budgets, struct headgate_budget_agent *agent);

/* Whether none above it belongs to that record: what acts on it acts on all below. */
bool budget_is_top(const struct headgate_budgets *budgets, const struct headgate_budget_agent *agent,
		   size_t record);

/*
 * The agents of the module: those that came are known from now on, those that went are until their
 * work is told no more. @anew: records have changed. 1 when one is another than before, 0 or -ENOMEM.
 */
int budget_agents(struct headgate_budgets *budgets, const struct headgate_agents *agents,
		  const struct headgate_config *config, const struct watch *watch, bool anew);

/* One that went, or comes: it is known, and what is above it is told by its path. NULL without memory. */
struct headgate_budget_agent *budget_agent(struct headgate_budgets *budgets, uint64_t id, const char *path,
					   const struct headgate_config *config, const struct watch *watch);

/**
 * struct budget_price - what time on a lane costs
 * @lane_id: lane
 * @lanes: of its device, which has a price as a whole
 * @price: NULL: none
 */
struct budget_price {
	uint32_t lane_id;
	unsigned int lanes;
	const struct headgate_price *price;
};

struct budget_prices {
	struct budget_price *items;
	size_t count;
};

/* Of all lanes on a day; 0 or -ENOMEM. */
int budget_prices_read(struct budget_prices *prices, const struct headgate_config *config,
		       const struct headgate_lanes *lanes, const struct headgate_devices *devices, int64_t day);
void budget_prices_free(struct budget_prices *prices);

/* Add so much work on a lane to a budget. */
void budget_charge(const struct headgate_budget *budget, struct headgate_budget_state *state,
		   const struct budget_prices *prices, uint32_t lane_id, uint64_t ns);

/* The totals of flows by agent and lane, in that order; of no agent left out. 0 or -ENOMEM. */
int budget_totals(const struct headgate_flows *flows, struct headgate_budget_seen **totals, size_t *count);

/* What each total of the second list is beyond that of the first, for each that is. */
void budget_growth(const struct headgate_budget_seen *from, size_t n_from,
		   const struct headgate_budget_seen *to, size_t n_to,
		   void (*grown)(uint64_t agent_id, uint32_t lane_id, uint64_t ns, void *data), void *data);

/**
 * budget_count - the totals of the module have come to these
 * @budgets: all of them; takes @totals
 * @instance: of the module: of another one all is new, and of none that was seen nothing is
 * @totals: of budget_totals()
 * @count: their number
 * @prices: prices
 *
 * What an agent had that is gone and forgotten since was counted before.
 */
void budget_count(struct headgate_budgets *budgets, const char *instance,
		  struct headgate_budget_seen *totals, size_t count, const struct budget_prices *prices);

#endif
