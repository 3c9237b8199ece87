// SPDX-License-Identifier: GPL-2.0-or-later
#include "budget_learn.h"

#include <stdlib.h>
#include <string.h>

#include "budget_tell.h"
#include "policy.h"

static const struct headgate_budget_agent *find_path(const struct headgate_budgets *budgets, const char *path)
{
	for (size_t i = 0; i < budgets->n_agents; i++)
		if (!strcmp(budgets->agents[i].path, path))
			return &budgets->agents[i];
	return NULL;
}

/*
 * A label that the history does not have is what the policy says of the path now, or the agent
 * that is there; or the same of those above.
 */
static bool has_label(const struct headgate_budgets *budgets, const struct headgate_config *config,
		      enum headgate_label label, const char *path, const char *wanted)
{
	char *above = strdup(path);
	bool has = false;

	while (above && *above) {
		const struct headgate_budget_agent *agent = find_path(budgets, above);
		struct headgate_labels labels;

		policy_labels(config, above, &labels);
		if (!*labels.values[label] && agent)
			labels = agent->labels;
		if (*labels.values[label]) {
			has = !strcmp(labels.values[label], wanted);
			break;
		}
		*strrchr(above, '/') = '\0';
	}
	free(above);
	return has;
}

static bool belongs(const struct headgate_budgets *budgets, const struct headgate_config *config,
		    const struct headgate_budget *budget, const struct budget_row *row)
{
	switch (budget->whom) {
	case HEADGATE_BUDGET_OWNER:
		return *row->owner ? !strcmp(row->owner, budget->of) :
		       has_label(budgets, config, HEADGATE_LABEL_OWNER, row->path, budget->of);
	case HEADGATE_BUDGET_PROJECT:
		return has_label(budgets, config, HEADGATE_LABEL_PROJECT, row->path, budget->of);
	case HEADGATE_BUDGET_CGROUP:
		return false; /* no more than since its begin: it is always known */
	default:
		return budget_covers(budget->of, row->path);
	}
}

static void add_row(const struct headgate_budget *budget, struct headgate_budget_state *state,
		    const struct headgate_config *config, const struct budget_row *row)
{
	const struct headgate_price *price;

	if (!budget->money)
		return headgate_budget_use(state, row->busy_ns);
	price = headgate_config_price(config, row->device, row->day);
	if (price && !strcmp(price->currency, budget->currency))
		headgate_budget_pay(state, price->micros, row->device_ns);
}

struct since {
	const struct headgate_budgets *budgets;
	size_t record;
	const struct budget_prices *prices;
	struct headgate_budget_state *state;
};

static void add_since(uint64_t agent_id, uint32_t lane_id, uint64_t ns, void *data)
{
	struct since *since = data;
	const struct headgate_budget_agent *agent = headgate_budgets_find(since->budgets, agent_id);

	if (agent && headgate_budget_agent_in(agent, since->record))
		budget_charge(&since->budgets->records[since->record].budget, since->state, since->prices,
			      lane_id, ns);
}

static void take_told(struct headgate_budget_record *record, const struct budget_past *past)
{
	const struct headgate_budget *budget = &record->budget;
	struct headgate_budget_state *state = &record->state;
	uint64_t warn_at = (unsigned __int128)budget->limit * budget->warn_ppm / HEADGATE_PPM;
	char name[HEADGATE_BUDGET_NAME_MAX + 1];

	for (size_t i = 0; i < past->n_events; i++) {
		const struct budget_event *event = &past->events[i];

		if (event->time_s < state->start_s || !budget_words_name(event->text, name) ||
		    strcmp(name, budget->name))
			continue;
		if (event->over && state->used >= budget->limit && state->over_at < budget->limit)
			state->over_at = budget->limit;
		if (state->used >= warn_at && state->warned_at < warn_at)
			state->warned_at = warn_at;
	}
}

void budget_learn(struct headgate_budgets *budgets, const struct budget_past *past,
		  const struct headgate_config *config, const struct budget_prices *prices)
{
	/* Another module has begun from nothing since. */
	size_t n_seen = strcmp(past->instance, budgets->instance) ? 0 : past->n_seen;

	for (size_t r = 0; r < budgets->n_records; r++) {
		struct headgate_budget_record *record = &budgets->records[r];
		struct headgate_budget_state used = { 0 };
		struct since since = { budgets, r, prices, &used };

		if (record->state.known)
			continue;
		for (size_t i = 0; i < past->n_rows; i++)
			if (past->rows[i].per == record->budget.per &&
			    belongs(budgets, config, &record->budget, &past->rows[i]))
				add_row(&record->budget, &used, config, &past->rows[i]);
		budget_growth(past->seen, n_seen, budgets->seen, budgets->n_seen, add_since, &since);
		if (used.used >= record->state.used) {
			record->state.used = used.used;
			record->state.rest = used.rest;
		}
		record->state.known = true;
		take_told(record, past);
	}
}
