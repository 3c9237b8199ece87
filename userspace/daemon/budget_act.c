// SPDX-License-Identifier: GPL-2.0-or-later
#include "budget_act.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "budget_count.h"
#include "by_id.h"
#include "freezer.h"
#include "frozen.h"
#include "log.h"
#include "policy.h"

/* ---- the plan ---- */

static unsigned int count_tops(const struct headgate_budgets *budgets, size_t record)
{
	unsigned int count = 0;

	for (size_t i = 0; i < budgets->n_agents; i++) {
		const struct headgate_budget_agent *agent = &budgets->agents[i];

		count += agent->there && headgate_budget_agent_in(agent, record) && budget_is_top(budgets, agent, record);
	}
	return count;
}

static struct override act_of(const struct headgate_budget *budget, unsigned int tops)
{
	switch (budget->act) {
	case HEADGATE_BUDGET_FLOOR:
		return (struct override){ .weight = HEADGATE_WEIGHT_MIN };
	case HEADGATE_BUDGET_CAP:
		return (struct override){ .cap_ppm = budget->cap_ppm / (tops ?: 1) ?: 1 };
	case HEADGATE_BUDGET_PAUSE:
		return (struct override){ .paused = true };
	default:
		return (struct override){ 0 };
	}
}

static bool acts(const struct headgate_budget_record *record)
{
	return record->state.over && record->budget.act != HEADGATE_BUDGET_NONE;
}

int budget_plan(const struct headgate_budgets *budgets, struct overrides *overrides)
{
	int ret = 0;

	overrides_begin(overrides, OVERRIDE_BUDGET);
	for (size_t r = 0; r < budgets->n_records; r++) {
		const struct headgate_budget *budget = &budgets->records[r].budget;
		struct override override;

		if (!acts(&budgets->records[r]))
			continue;
		override = act_of(budget, count_tops(budgets, r));
		for (size_t i = 0; i < budgets->n_agents && !ret; i++) {
			const struct headgate_budget_agent *agent = &budgets->agents[i];

			if (agent->there && headgate_budget_agent_in(agent, r) && budget_is_top(budgets, agent, r))
				ret = override_set(overrides, agent->id, OVERRIDE_BUDGET, budget->name,
						   &override);
		}
	}
	/* Without memory nobody is let go. */
	if (!ret)
		overrides_end(overrides, OVERRIDE_BUDGET);
	return ret;
}

void budget_plan_one(const struct headgate_budgets *budgets, const struct headgate_budget_agent *agent,
		     struct overrides *overrides)
{
	for (size_t r = 0; r < budgets->n_records; r++) {
		const struct headgate_budget *budget = &budgets->records[r].budget;
		struct override override;

		if (!acts(&budgets->records[r]) || !headgate_budget_agent_in(agent, r) || !budget_is_top(budgets, agent, r))
			continue;
		override = act_of(budget, count_tops(budgets, r) + 1);
		override_set(overrides, agent->id, OVERRIDE_BUDGET, budget->name, &override);
	}
}

/* ---- pausing ---- */

static bool is_a_persons(int freezer)
{
	return headgate_freezer_marks(freezer) & HEADGATE_FREEZER_PERSON;
}

static void thaw(int freezer, uint64_t id)
{
	bool persons;

	headgate_freezer_unmark(freezer, HEADGATE_FREEZER_BUDGET);
	if (headgate_freezer_held(HEADGATE_FROZEN_FILE, id) == 1)
		return;
	/* A person may pause it meanwhile, or resume it: see frozen_release(). */
	do {
		persons = is_a_persons(freezer);
		headgate_freezer_freeze(freezer, persons);
	} while (is_a_persons(freezer) != persons);
}

static void pause_agent(uint64_t id)
{
	static bool told;
	int freezer = frozen_host.open(id), ret;

	/* It went, or headgated runs in it. */
	if (freezer == -EPERM && !told) {
		log_warning("headgated runs in an agent that is to be paused, for its budget or a device that is not well: it is not");
		told = true;
	}
	if (freezer < 0)
		return;
	if (!headgate_freezer_resumed(freezer)) {
		ret = headgate_freezer_marks(freezer) & HEADGATE_FREEZER_BUDGET ? 0 :
		      headgate_freezer_mark(freezer, HEADGATE_FREEZER_BUDGET);
		if (!ret && frozen_get(freezer) != 1) {
			ret = headgate_freezer_freeze(freezer, true);
			/* headgated --detach takes the mark, then thaws, but maybe before we froze. */
			if (!ret && !(headgate_freezer_marks(freezer) & HEADGATE_FREEZER_BUDGET))
				thaw(freezer, id);
		}
		if (ret && ret != -ENOENT)
			log_warning("cannot pause the agent of cgroup id %" PRIu64 ": %s", id,
				    strerror(-ret));
		/* A person who has said so meanwhile thaws after that, but maybe before we froze. */
		if (headgate_freezer_resumed(freezer))
			thaw(freezer, id);
	}
	close(freezer);
}

/*
 * @renew: its period is over, and with it what a person has said of it. 1 if it was paused, 0 if not, or it went; a
 * negative errno: it could not be looked at for want of something, and may stand still yet.
 */
static int thaw_agent(uint64_t id, bool renew)
{
	int freezer = frozen_host.open(id);
	bool paused;

	if (freezer < 0)
		return freezer == -EMFILE || freezer == -ENFILE || freezer == -ENOMEM ? freezer : 0;
	if (renew)
		headgate_freezer_renew(freezer);
	paused = headgate_freezer_marks(freezer) & HEADGATE_FREEZER_BUDGET;
	if (paused)
		thaw(freezer, id);
	close(freezer);
	return paused;
}

/* ---- weight and cap ---- */

static struct headgate_budget_policy policy_of(const struct headgate_agent *agent)
{
	return (struct headgate_budget_policy){ agent->weight, agent->max_quota_ns, agent->max_period_ns };
}

static bool is_same(const struct headgate_budget_policy *a, const struct headgate_budget_policy *b)
{
	return a->weight == b->weight && a->quota_ns == b->quota_ns &&
	       (!a->quota_ns || a->period_ns == b->period_ns);
}

static struct headgate_policy to_send(uint64_t id, const struct headgate_budget_policy *policy)
{
	return (struct headgate_policy){
		.id = id, .present = HEADGATE_POLICY_WEIGHT | HEADGATE_POLICY_MAX, .weight = policy->weight,
		.max_quota_ns = policy->quota_ns,
		.max_period_ns = policy->period_ns ?: HEADGATE_CAP_PERIOD_NS,
	};
}

/*
 * What the agent is to have, and what is to be known of it first. An agent of the policy file has
 * what that says; of one set by hand what it has other than we gave it is what it is to have after
 * us. Whether there is more to know than before.
 */
static bool prepare(struct headgate_budget_held *held, const struct headgate_agent *agent,
		    const struct override *override, const struct headgate_config *config)
{
	struct headgate_budget_policy now = policy_of(agent);
	struct headgate_policy policy = { .id = agent->id };
	bool by_hand = !policy_resolve(config, agent->path, &policy), more = by_hand != held->by_hand;

	if (by_hand) {
		if (!held->by_hand || (!is_same(&now, &held->set) && !is_same(&now, &held->was))) {
			held->had = now;
			more = true;
		}
		policy = to_send(agent->id, &held->had);
	}
	held->by_hand = by_hand;
	held->was = now;
	override_apply(override, &policy);
	held->set = (struct headgate_budget_policy){ policy.weight, policy.max_quota_ns, policy.max_period_ns };
	/* Killed after it is sent, the next headgated is not to take it for a person's. */
	more |= by_hand && !is_same(&now, &held->set);
	more |= override->paused && !held->paused;
	held->paused |= override->paused;
	return more;
}

static void carry_out(struct headgate_budget_held *held, const struct headgate_agent *agent,
		      const struct override *override, struct headgate_client *client)
{
	struct headgate_budget_policy now = policy_of(agent);
	struct headgate_policy policy = to_send(agent->id, &held->set);

	held->owed = !is_same(&now, &held->set) && headgate_agent_set(client, &policy);
	if (held->owed)
		log_debug("agent %s: %s", agent->path, headgate_client_error(client));
	else
		held->was = held->set;
	if (override->paused)
		pause_agent(agent->id);
	else if (held->paused)
		held->paused = thaw_agent(agent->id, true) < 0;
}

static const struct headgate_agent *find_agent(const struct headgate_agents *agents, uint64_t id)
{
	return headgate_by_id_find(agents->items, agents->count, sizeof(*agents->items), id);
}

/*
 * Those on which nothing acts any more, and which have what they had and go on; an agent that is none any more is
 * nobody's to stop.
 */
static void let_go(struct headgate_budgets *budgets, const struct overrides *overrides,
		   const struct headgate_agents *agents)
{
	size_t kept = 0;

	for (size_t i = 0; i < budgets->n_held; i++) {
		struct headgate_budget_held *held = &budgets->held[i];
		struct override override;
		bool there = find_agent(agents, held->id);

		if ((override_of(overrides, held->id, &override) || held->owed) && there)
			budgets->held[kept++] = *held;
		else if (held->paused && thaw_agent(held->id, true) < 0)
			budgets->held[kept++] = *held;
	}
	budgets->n_held = kept;
}

void budget_act(struct headgate_budgets *budgets, const struct overrides *overrides,
		struct headgate_client *client, const struct headgate_config *config,
		const struct headgate_agents *agents, void (*save)(void *data), void *data)
{
	struct headgate_budget_held *held;
	struct override override;
	bool more = false;

	if (!overrides->count && !budgets->n_held)
		return;
	for (size_t i = 0; i < agents->count; i++) {
		bool wanted = override_of(overrides, agents->items[i].id, &override);

		held = wanted ? headgate_budgets_held(budgets, agents->items[i].id) :
		       headgate_budgets_find_held(budgets, agents->items[i].id);
		if (held)
			more |= prepare(held, &agents->items[i], &override, config);
	}
	if (more)
		save(data);
	for (size_t i = 0; i < agents->count; i++) {
		held = headgate_budgets_find_held(budgets, agents->items[i].id);
		override_of(overrides, agents->items[i].id, &override);
		if (held)
			carry_out(held, &agents->items[i], &override, client);
	}
	let_go(budgets, overrides, agents);
}

/* ---- taking all back ---- */

unsigned int budget_thaw(struct headgate_budgets *budgets)
{
	unsigned int count = 0;

	for (size_t i = 0; i < budgets->n_held; i++) {
		if (budgets->held[i].paused)
			count += thaw_agent(budgets->held[i].id, false) > 0;
	}
	return count;
}

unsigned int budget_thaw_left(void)
{
	struct headgate_budgets budgets;
	unsigned int count;

	if (headgate_budgets_load(HEADGATE_BUDGETS_FILE, &budgets))
		return 0;
	count = budget_thaw(&budgets);
	headgate_budgets_free(&budgets);
	return count;
}

void budget_lift(struct headgate_client *client)
{
	struct headgate_budgets budgets;
	struct headgate_policy policy;

	if (headgate_budgets_load(HEADGATE_BUDGETS_FILE, &budgets))
		return;
	for (size_t i = 0; i < budgets.n_held; i++) {
		if (budgets.held[i].paused)
			thaw_agent(budgets.held[i].id, true);
		if (!client || !budgets.held[i].by_hand)
			continue;
		policy = to_send(budgets.held[i].id, &budgets.held[i].had);
		headgate_agent_set(client, &policy);
	}
	budgets.n_held = 0;
	headgate_budgets_save(HEADGATE_BUDGETS_FILE, &budgets);
	headgate_budgets_free(&budgets);
}
