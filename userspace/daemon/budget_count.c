// SPDX-License-Identifier: GPL-2.0-or-later
#include "budget_count.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"
#include "watch.h"

/* The kernel has no cgroups nested that deep; should the list of agents have a circle. */
#define DEPTH_MAX 256

/* ---- who belongs to what ---- */

bool budget_covers(const char *pattern, const char *path)
{
	char *above = strdup(path), *slash;
	bool covers = false;

	while (above && *above && !covers) {
		covers = policy_match(pattern, above);
		slash = strrchr(above, '/');
		if (!slash)
			break;
		*slash = '\0';
	}
	free(above);
	return covers;
}

static const char *label_of(const struct headgate_budgets *budgets, const struct headgate_budget_agent *agent,
			    enum headgate_label label)
{
	for (int i = 0; agent && i < DEPTH_MAX; i++) {
		if (*agent->labels.values[label])
			return agent->labels.values[label];
		agent = agent->parent_id ? headgate_budgets_find(budgets, agent->parent_id) : NULL;
	}
	return "";
}

static bool is_below(const struct headgate_budgets *budgets, const struct headgate_budget_agent *agent, uint64_t id)
{
	for (int i = 0; agent && i < DEPTH_MAX; i++) {
		if (agent->id == id)
			return true;
		agent = agent->parent_id ? headgate_budgets_find(budgets, agent->parent_id) : NULL;
	}
	return false;
}

static bool belongs(const struct headgate_budgets *budgets, const struct headgate_budget *budget,
		    const struct headgate_budget_agent *agent)
{
	switch (budget->whom) {
	case HEADGATE_BUDGET_OWNER:
		return !strcmp(budget->of, label_of(budgets, agent, HEADGATE_LABEL_OWNER));
	case HEADGATE_BUDGET_PROJECT:
		return !strcmp(budget->of, label_of(budgets, agent, HEADGATE_LABEL_PROJECT));
	case HEADGATE_BUDGET_CGROUP:
		return is_below(budgets, agent, budget->cgroup_id);
	default:
		return budget_covers(budget->of, agent->path);
	}
}

void budget_join(const struct headgate_budgets *budgets, struct headgate_budget_agent *agent)
{
	memset(agent->budgets, 0, sizeof(agent->budgets));
	for (size_t i = 0; i < budgets->n_records; i++)
		if (belongs(budgets, &budgets->records[i].budget, agent))
			agent->budgets[i / 64] |= UINT64_C(1) << i % 64;
}

bool budget_is_top(const struct headgate_budgets *budgets, const struct headgate_budget_agent *agent,
		   size_t record)
{
	for (int i = 0; agent->parent_id && i < DEPTH_MAX; i++) {
		agent = headgate_budgets_find(budgets, agent->parent_id);
		if (!agent)
			break;
		if (headgate_budget_agent_in(agent, record))
			return false;
	}
	return true;
}

/* Whether something is not as it was. */
static bool bring(struct headgate_budget_agent *agent, uint64_t parent_id, const char *path,
		  const struct headgate_config *config, const struct watch *watch)
{
	struct headgate_labels labels;
	bool changed = agent->parent_id != parent_id;

	agent->parent_id = parent_id;
	if (!agent->path || (*path && strcmp(agent->path, path))) {
		free(agent->path);
		agent->path = strdup(path);
		changed = true;
	}
	watch_labels(watch, config, agent->id, path, &labels);
	changed |= memcmp(&labels, &agent->labels, sizeof(labels));
	agent->labels = labels;
	return changed;
}

/* The nearest agent above a path, 0: none. Of several that had its path it is the one that is there. */
static uint64_t find_parent(const struct headgate_budgets *budgets, const char *path)
{
	const struct headgate_budget_agent *parent = NULL;
	size_t most = 0;

	for (size_t i = 0; i < budgets->n_agents; i++) {
		const struct headgate_budget_agent *agent = &budgets->agents[i];
		size_t length = agent->path ? strlen(agent->path) : 0;

		if (!length || length < most || (length == most && !agent->there) ||
		    strncmp(agent->path, path, length) || path[length] != '/')
			continue;
		parent = agent;
		most = length;
	}
	return parent ? parent->id : 0;
}

struct headgate_budget_agent *budget_agent(struct headgate_budgets *budgets, uint64_t id, const char *path,
					   const struct headgate_config *config, const struct watch *watch)
{
	struct headgate_budget_agent *agent = headgate_budgets_agent(budgets, id);

	if (!agent)
		return NULL;
	if (!agent->path || !agent->there)
		bring(agent, agent->parent_id ?: find_parent(budgets, path), path, config, watch);
	if (agent->path)
		budget_join(budgets, agent);
	return agent->path ? agent : NULL;
}

int budget_agents(struct headgate_budgets *budgets, const struct headgate_agents *agents,
		  const struct headgate_config *config, const struct watch *watch, bool anew)
{
	bool changed = false;

	for (size_t i = 0; i < budgets->n_agents; i++)
		budgets->agents[i].there = false;
	for (size_t i = 0; i < agents->count; i++) {
		const struct headgate_agent *told = &agents->items[i];
		struct headgate_budget_agent *agent = headgate_budgets_agent(budgets, told->id);

		if (!agent)
			return -ENOMEM;
		changed |= bring(agent, told->parent_id, told->path, config, watch);
		if (!agent->path)
			return -ENOMEM;
		agent->there = true;
	}
	for (size_t i = 0; (anew || changed) && i < budgets->n_agents; i++)
		budget_join(budgets, &budgets->agents[i]);
	return changed;
}

/* ---- what it costs ---- */

static const char *device_name(const struct headgate_devices *devices, uint32_t id)
{
	for (size_t i = 0; i < devices->count; i++)
		if (devices->items[i].id == id)
			return devices->items[i].name ?: "";
	return "";
}

int budget_prices_read(struct budget_prices *prices, const struct headgate_config *config,
		       const struct headgate_lanes *lanes, const struct headgate_devices *devices, int64_t day)
{
	prices->count = lanes->count;
	prices->items = calloc(lanes->count ?: 1, sizeof(*prices->items));
	if (!prices->items)
		return -ENOMEM;
	for (size_t i = 0; i < lanes->count; i++) {
		struct budget_price *price = &prices->items[i];

		price->lane_id = lanes->items[i].id;
		price->price = headgate_config_price(config, device_name(devices, lanes->items[i].device_id), day);
		for (size_t j = 0; j < lanes->count; j++)
			price->lanes += lanes->items[j].device_id == lanes->items[i].device_id;
	}
	return 0;
}

void budget_prices_free(struct budget_prices *prices)
{
	free(prices->items);
	*prices = (struct budget_prices){ 0 };
}

/* As a report has it: all lanes of a device together cost what the device does. */
void budget_charge(const struct headgate_budget *budget, struct headgate_budget_state *state,
		   const struct budget_prices *prices, uint32_t lane_id, uint64_t ns)
{
	if (!budget->money)
		return headgate_budget_use(state, ns);
	for (size_t i = 0; i < prices->count; i++) {
		const struct budget_price *price = &prices->items[i];

		if (price->lane_id != lane_id)
			continue;
		if (price->price && !strcmp(price->price->currency, budget->currency))
			headgate_budget_pay(state, price->price->micros, ns / price->lanes);
		return;
	}
}

/* ---- counting ---- */

int budget_totals(const struct headgate_flows *flows, struct headgate_budget_seen **totals, size_t *count)
{
	struct headgate_budget_seen *items = calloc(flows->count ?: 1, sizeof(*items));
	size_t n = 0, kept = 0;

	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < flows->count; i++)
		if (flows->items[i].agent_id)
			items[n++] = (struct headgate_budget_seen){ flows->items[i].agent_id,
				flows->items[i].lane_id, flows->items[i].busy_ns };
	qsort(items, n, sizeof(*items), headgate_budget_seen_order);
	/* What is gone, or retired, has an entry of its own. */
	for (size_t i = 0; i < n; i++) {
		if (kept && !headgate_budget_seen_order(&items[kept - 1], &items[i]))
			items[kept - 1].busy_ns += items[i].busy_ns;
		else
			items[kept++] = items[i];
	}
	*totals = items;
	*count = kept;
	return 0;
}

void budget_growth(const struct headgate_budget_seen *from, size_t n_from,
		   const struct headgate_budget_seen *to, size_t n_to,
		   void (*grown)(uint64_t agent_id, uint32_t lane_id, uint64_t ns, void *data), void *data)
{
	size_t j = 0;

	for (size_t i = 0; i < n_to; i++) {
		uint64_t before = 0;

		while (j < n_from && headgate_budget_seen_order(&from[j], &to[i]) < 0)
			j++;
		if (j < n_from && !headgate_budget_seen_order(&from[j], &to[i]))
			before = from[j].busy_ns;
		if (to[i].busy_ns > before)
			grown(to[i].agent_id, to[i].lane_id, to[i].busy_ns - before, data);
	}
}

struct counting {
	struct headgate_budgets *budgets;
	const struct budget_prices *prices;
};

static void count_one(uint64_t agent_id, uint32_t lane_id, uint64_t ns, void *data)
{
	struct counting *counting = data;
	const struct headgate_budget_agent *agent = headgate_budgets_find(counting->budgets, agent_id);

	for (size_t i = 0; agent && i < counting->budgets->n_records; i++) {
		struct headgate_budget_record *record = &counting->budgets->records[i];

		if (headgate_budget_agent_in(agent, i))
			budget_charge(&record->budget, &record->state, counting->prices, lane_id, ns);
	}
}

/* Is its work still told? */
static bool is_seen(const struct headgate_budgets *budgets, uint64_t id)
{
	size_t low = 0, high = budgets->n_seen;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (budgets->seen[middle].agent_id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < budgets->n_seen && budgets->seen[low].agent_id == id;
}

static void prune(struct headgate_budgets *budgets)
{
	size_t kept = 0;

	for (size_t i = 0; i < budgets->n_agents; i++) {
		struct headgate_budget_agent *agent = &budgets->agents[i];

		if (agent->path && (agent->there || is_seen(budgets, agent->id)))
			budgets->agents[kept++] = *agent;
		else
			free(agent->path);
	}
	budgets->n_agents = kept;
}

/* What is told of agents that nobody knows yet is counted when they are known. */
static size_t drop_unknown(const struct headgate_budgets *budgets, struct headgate_budget_seen *totals,
			   size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (headgate_budgets_find(budgets, totals[i].agent_id))
			totals[kept++] = totals[i];
	return kept;
}

void budget_count(struct headgate_budgets *budgets, const char *instance,
		  struct headgate_budget_seen *totals, size_t count, const struct budget_prices *prices)
{
	struct counting counting = { budgets, prices };

	count = drop_unknown(budgets, totals, count);
	if (*budgets->instance && strcmp(budgets->instance, instance))
		budgets->n_seen = 0;
	if (*budgets->instance)
		budget_growth(budgets->seen, budgets->n_seen, totals, count, count_one, &counting);
	snprintf(budgets->instance, sizeof(budgets->instance), "%s", instance);
	free(budgets->seen);
	budgets->seen = totals;
	budgets->n_seen = count;
	prune(budgets);
}
