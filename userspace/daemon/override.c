// SPDX-License-Identifier: GPL-2.0-or-later
#include "override.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "budget.h"
#include "by_id.h"
#include "units.h"

struct reason {
	enum override_source source;
	char *name;
	struct override override;
	unsigned int round;		/* of its source, in which it was last set */
};

struct override_agent {
	uint64_t id;			/* first: see by_id.h */
	struct reason *reasons;
	size_t count;
};

void overrides_begin(struct overrides *overrides, enum override_source source)
{
	overrides->rounds[source]++;
}

static void drop_stale(struct override_agent *agent, enum override_source source, unsigned int round)
{
	size_t kept = 0;

	for (size_t i = 0; i < agent->count; i++) {
		if (agent->reasons[i].source != source || agent->reasons[i].round == round)
			agent->reasons[kept++] = agent->reasons[i];
		else
			free(agent->reasons[i].name);
	}
	agent->count = kept;
}

void overrides_end(struct overrides *overrides, enum override_source source)
{
	size_t kept = 0;

	for (size_t i = 0; i < overrides->count; i++) {
		struct override_agent *agent = &overrides->items[i];

		drop_stale(agent, source, overrides->rounds[source]);
		if (agent->count)
			overrides->items[kept++] = *agent;
		else
			free(agent->reasons);
	}
	overrides->count = kept;
}

static struct override_agent *find(const struct overrides *overrides, uint64_t id)
{
	return headgate_by_id_find(overrides->items, overrides->count, sizeof(*overrides->items), id);
}

static struct override_agent *find_or_add(struct overrides *overrides, uint64_t id)
{
	struct override_agent *agent = find(overrides, id);
	void *items = overrides->items;

	if (agent)
		return agent;
	agent = headgate_by_id_insert(&items, &overrides->count, sizeof(*agent), id);
	overrides->items = items;
	return agent;
}

int override_set(struct overrides *overrides, uint64_t id, enum override_source source,
		 const char *name, const struct override *override)
{
	struct override_agent *agent = find_or_add(overrides, id);
	struct reason *reasons, reason = { .source = source, .override = *override,
					   .round = overrides->rounds[source] };

	if (!agent)
		return -ENOMEM;
	for (size_t i = 0; i < agent->count; i++) {
		struct reason *known = &agent->reasons[i];

		if (known->source != source || strcmp(known->name, name))
			continue;
		known->override = *override;
		known->round = reason.round;
		return 0;
	}
	reason.name = strdup(name);
	reasons = reason.name ? reallocarray(agent->reasons, agent->count + 1, sizeof(*reasons)) : NULL;
	if (!reasons) {
		free(reason.name);
		return -ENOMEM;
	}
	agent->reasons = reasons;
	reasons[agent->count++] = reason;
	return 0;
}

/* The lesser of two, of which 0 is none. */
static uint32_t lesser(uint32_t a, uint32_t b)
{
	if (!a || !b)
		return a ? a : b;
	return a < b ? a : b;
}

void override_add(struct override *override, const struct override *other)
{
	override->weight = lesser(override->weight, other->weight);
	override->cap_ppm = lesser(override->cap_ppm, other->cap_ppm);
	override->paused |= other->paused;
}

bool override_of(const struct overrides *overrides, uint64_t id, struct override *strictest)
{
	const struct override_agent *agent = find(overrides, id);

	*strictest = (struct override){ 0 };
	for (size_t i = 0; agent && i < agent->count; i++)
		override_add(strictest, &agent->reasons[i].override);
	return agent && agent->count;
}

void override_apply(const struct override *override, struct headgate_policy *policy)
{
	uint64_t quota_ns;

	if (override->weight && override->weight < policy->weight)
		policy->weight = override->weight;
	if (!override->cap_ppm || override->cap_ppm >= HEADGATE_PPM)
		return;
	if (!policy->max_period_ns)
		policy->max_period_ns = HEADGATE_CAP_PERIOD_NS;
	/* A quota of 0 would be no cap. */
	quota_ns = (unsigned __int128)policy->max_period_ns * override->cap_ppm / HEADGATE_PPM ?: 1;
	if (!policy->max_quota_ns || quota_ns < policy->max_quota_ns)
		policy->max_quota_ns = quota_ns;
}

void overrides_free(struct overrides *overrides)
{
	for (size_t i = 0; i < overrides->count; i++) {
		for (size_t j = 0; j < overrides->items[i].count; j++)
			free(overrides->items[i].reasons[j].name);
		free(overrides->items[i].reasons);
	}
	free(overrides->items);
	*overrides = (struct overrides){ 0 };
}
