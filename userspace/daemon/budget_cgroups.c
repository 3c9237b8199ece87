// SPDX-License-Identifier: GPL-2.0-or-later
#include "budget_cgroups.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "budget_cgroup.h"
#include "by_id.h"
#include "log.h"

static struct budget_cgroup *find(const struct budget_cgroups *cgroups, uint64_t id)
{
	return headgate_by_id_find(cgroups->items, cgroups->count, sizeof(*cgroups->items), id);
}

static struct headgate_budget_record *find_record(const struct headgate_budgets *known, uint64_t id)
{
	for (size_t i = 0; i < known->n_records; i++)
		if (known->records[i].budget.whom == HEADGATE_BUDGET_CGROUP &&
		    known->records[i].budget.cgroup_id == id)
			return &known->records[i];
	return NULL;
}

/* The id is not looked at: of a cgroup made anew it would be headgated's next word that counts. */
static void answer(const char *path, const char *what)
{
	int ret = headgate_budget_cgroup_write(path, HEADGATE_BUDGET_ANSWER, what);

	if (ret && ret != -ENOENT)
		log_debug("cannot answer the budget of %s: %s", path, strerror(-ret));
}

static void clear(struct budget_cgroup *cgroup)
{
	headgate_budget_free(&cgroup->budget);
	free(cgroup->told);
	cgroup->told = NULL;
}

/* Once, until it says something else. */
static void complain(struct budget_cgroup *cgroup, const char *path, const char *what)
{
	if (cgroup->told && !strcmp(cgroup->told, what))
		return;
	log_warning("agent %s: the budget that its cgroup says is left out: %s", path, what);
	answer(path, what);
	free(cgroup->told);
	cgroup->told = strdup(what);
}

/* Nothing is wrong with it any more, whatever a headgated before has answered. */
static void settle(struct budget_cgroup *cgroup, const char *path)
{
	answer(path, "");
	free(cgroup->told);
	cgroup->told = NULL;
}

/* ---- what they say ---- */

static struct budget_cgroup *insert(struct budget_cgroups *cgroups, uint64_t id)
{
	struct budget_cgroup *cgroup = find(cgroups, id);
	void *items = cgroups->items;

	if (cgroup)
		return cgroup;
	cgroup = headgate_by_id_insert(&items, &cgroups->count, sizeof(*cgroup), id);
	cgroups->items = items;
	return cgroup;
}

static int understand(struct budget_cgroup *cgroup, const char *path, const char *text)
{
	struct headgate_budget budget;
	char *fault;
	int ret = headgate_budget_parse(text, HEADGATE_BUDGET_ATTRIBUTE, &budget, &fault);

	if (ret == -EINVAL) {
		headgate_budget_free(&cgroup->budget);
		complain(cgroup, path, fault);
		free(fault);
		return 0;
	}
	if (ret)
		return ret;
	budget.whom = HEADGATE_BUDGET_CGROUP;
	budget.cgroup_id = cgroup->id;
	budget.of = strdup(path);
	if (!budget.of || asprintf(&budget.name, HEADGATE_BUDGET_CGROUP_NAME "%" PRIu64, cgroup->id) < 0) {
		budget.name = NULL;
		headgate_budget_free(&budget);
		return -ENOMEM;
	}
	headgate_budget_free(&cgroup->budget);
	cgroup->budget = budget;
	return 0;
}

int budget_cgroups_look(struct budget_cgroups *cgroups, const struct headgate_budgets *known, uint64_t id,
			const char *path)
{
	char text[HEADGATE_BUDGET_TEXT_MAX];
	int ret = headgate_budget_cgroup_read(path, id, HEADGATE_BUDGET_ATTRIBUTE, text);
	struct budget_cgroup *cgroup;

	/* It went. */
	if (ret == -ENOENT || ret == -ESTALE)
		return 0;
	if (ret && ret != -EINVAL)
		return ret;
	if (!ret && !*text && !find(cgroups, id) && !find_record(known, id))
		return 0;
	cgroup = insert(cgroups, id);
	if (!cgroup)
		return -ENOMEM;
	cgroup->says = ret || *text;
	if (ret) {
		headgate_budget_free(&cgroup->budget);
		complain(cgroup, path, HEADGATE_BUDGET_ATTRIBUTE ": it is too long, or no text");
	} else if (!cgroup->says) {
		settle(cgroup, path);
		clear(cgroup);
	} else {
		return understand(cgroup, path, text);
	}
	return 0;
}

/* ---- what becomes of it ---- */

/* The budget that a cgroup may have by the policy, NULL: none. */
static struct headgate_budget *wanted(struct budget_cgroup *cgroup, const struct headgate_config *config)
{
	char fault[HEADGATE_FAULT_MAX];

	if (!cgroup->budget.name)
		return NULL;
	if (headgate_config_has_price(config, &cgroup->budget, fault))
		return &cgroup->budget;
	complain(cgroup, cgroup->budget.of, fault);
	return NULL;
}

static bool limits_differ(const struct headgate_budget *a, const struct headgate_budget *b)
{
	return a->limit != b->limit || a->warn_ppm != b->warn_ppm || a->act != b->act || a->cap_ppm != b->cap_ppm;
}

/* What counts for the one counts for the other, if they are of the same kind and period. */
static bool bring(struct headgate_budget_record *record, const struct headgate_budget *budget)
{
	struct headgate_budget copy;

	if (headgate_budget_same(&record->budget, budget) && !limits_differ(&record->budget, budget))
		return false;
	if (headgate_budget_copy(&copy, budget))
		return false;
	if (!headgate_budget_same(&record->budget, budget))
		record->state = (struct headgate_budget_state){ .known = true };
	headgate_budget_free(&record->budget);
	record->budget = copy;
	return true;
}

static bool add(struct headgate_budgets *known, struct budget_cgroup *cgroup, const struct headgate_budget *budget)
{
	struct headgate_budget_record *records;
	size_t count = 0;

	for (size_t i = 0; i < known->n_records; i++)
		count += known->records[i].budget.whom == HEADGATE_BUDGET_CGROUP;
	if (count == HEADGATE_BUDGET_CGROUPS_MAX) {
		complain(cgroup, budget->of, "so many cgroups have one already that there is no room for more");
		return false;
	}
	records = reallocarray(known->records, known->n_records + 1, sizeof(*records));
	if (!records)
		return false;
	known->records = records;
	records += known->n_records;
	*records = (struct headgate_budget_record){ .state.known = true };
	if (headgate_budget_copy(&records->budget, budget))
		return false;
	known->n_records++;
	settle(cgroup, budget->of);
	return true;
}

static bool is_agent(const struct headgate_agents *agents, uint64_t id)
{
	return headgate_by_id_find(agents->items, agents->count, sizeof(*agents->items), id);
}

static void forget(struct budget_cgroups *cgroups, const struct headgate_agents *agents)
{
	size_t kept = 0;

	for (size_t i = 0; i < cgroups->count; i++) {
		struct budget_cgroup *cgroup = &cgroups->items[i];

		if (is_agent(agents, cgroup->id) && cgroup->says)
			cgroups->items[kept++] = *cgroup;
		else
			clear(cgroup);
	}
	cgroups->count = kept;
}

bool budget_cgroups_apply(struct budget_cgroups *cgroups, struct headgate_budgets *known,
			  const struct headgate_agents *agents, const struct headgate_config *config,
			  void (*removed)(const struct headgate_budget_record *record, void *data), void *data)
{
	bool changed = false;
	size_t kept = 0;

	for (size_t i = 0; i < known->n_records; i++) {
		struct headgate_budget_record record = known->records[i];
		bool of_cgroup = record.budget.whom == HEADGATE_BUDGET_CGROUP;
		bool there = of_cgroup && is_agent(agents, record.budget.cgroup_id);
		struct budget_cgroup *cgroup = there ? find(cgroups, record.budget.cgroup_id) : NULL;
		const struct headgate_budget *budget = cgroup ? wanted(cgroup, config) : NULL;

		if (!of_cgroup || (there && (!cgroup || cgroup->says))) {
			changed |= budget && bring(&record, budget);
			if (budget && cgroup->told)
				settle(cgroup, budget->of);
			known->records[kept++] = record;
			continue;
		}
		if (there)
			removed(&record, data);
		headgate_budget_free(&record.budget);
		changed = true;
	}
	known->n_records = kept;
	for (size_t i = 0; i < cgroups->count; i++) {
		struct budget_cgroup *cgroup = &cgroups->items[i];
		const struct headgate_budget *budget;

		if (!is_agent(agents, cgroup->id) || find_record(known, cgroup->id))
			continue;
		budget = wanted(cgroup, config);
		changed |= budget && add(known, cgroup, budget);
	}
	forget(cgroups, agents);
	return changed;
}

void budget_cgroups_free(struct budget_cgroups *cgroups)
{
	for (size_t i = 0; i < cgroups->count; i++)
		clear(&cgroups->items[i]);
	free(cgroups->items);
	*cgroups = (struct budget_cgroups){ 0 };
}
