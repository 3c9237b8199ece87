// SPDX-License-Identifier: GPL-2.0-or-later
/*
 *   flows ──► growth since the last look ──► used, of each budget that the agent belongs to
 *   history ──► what was used before that       │
 *                                     judge ────┴──► told: log, history, program
 *                                       └──► overrides ──► agents' policy, cgroup.freeze
 *
 * What is known is in a file after each look, so that a headgated that is killed counts nothing
 * twice, and misses nothing that the module has counted meanwhile.
 */
#include "budgets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "budget_act.h"
#include "budget_before.h"
#include "budget_cgroups.h"
#include "budget_count.h"
#include "budget_tell.h"
#include "by_id.h"
#include "history.h"
#include "history_totals.h"
#include "hooks.h"
#include "log.h"
#include "policy.h"

#define SECONDS_PER_DAY	86400
#define EXEC_TIMEOUT_NS	UINT64_C(10000000000)
/* Of the 64 agents that the module remembers of a lane, at most. */
#define GONE_MAX	16

struct budgets {
	struct headgate_budgets known;
	struct budget_cgroups cgroups;
	struct overrides overrides;
	struct hooks *hooks;
	struct history *history;
	const struct watch *watch;
	const struct headgate_config *config;
	struct budget_before before;
	bool anew;			/* there are other records than at the last look */
	bool changed;			/* since the file was written */
	bool failing;			/* it was said that the file cannot be written */
	unsigned int gone;		/* agents, since the last look */
};

int budgets_new(struct budgets **budgets, sd_event *event, const struct watch *watch, struct history *history)
{
	struct budgets *b = calloc(1, sizeof(*b));
	int ret;

	if (!b)
		return -ENOMEM;
	b->watch = watch;
	b->history = history;
	ret = hooks_new(&b->hooks, event);
	if (ret) {
		free(b);
		return ret;
	}
	headgate_budgets_load(HEADGATE_BUDGETS_FILE, &b->known);
	*budgets = b;
	return 0;
}

struct overrides *budgets_overrides(struct budgets *b)
{
	return &b->overrides;
}

static void save(void *data)
{
	struct budgets *b = data;
	int err = headgate_budgets_save(HEADGATE_BUDGETS_FILE, &b->known);

	if (err && !b->failing)
		log_warning("cannot write " HEADGATE_BUDGETS_FILE ": %s", strerror(-err));
	b->failing = err;
	b->changed = err;
}

/* ---- telling ---- */

/* One event, of which the sentence may be another than that of what is used. */
static void tell_one(struct budgets *b, const struct headgate_budget_record *record, unsigned int event,
		     const char *sentence)
{
	struct tell_words words;
	struct tell told;

	if (budget_words(&record->budget, &record->state, event, &words)) {
		log_warning("budget %s: there is no memory to tell of it", record->budget.name);
		return;
	}
	told = budget_tell(event, &words);
	told.sentence = sentence ?: words.sentence;
	tell_log(&told);
	history_event(b->history, budget_event_name(event), 0, NULL, told.sentence);
	tell_program(&told, b->hooks, record->budget.exec, EXEC_TIMEOUT_NS);
	tell_words_free(&words);
}

static void tell(struct budgets *b, const struct headgate_budget_record *record, unsigned int bits)
{
	for (unsigned int event = 1; event <= bits; event <<= 1)
		if (bits & event)
			tell_one(b, record, event, NULL);
}

static void tell_removed(const struct headgate_budget_record *record, void *data)
{
	struct budgets *b = data;
	char text[160];

	if (!record->state.over)
		return;
	snprintf(text, sizeof(text), "budget %s: %s any more", record->budget.name,
		 record->budget.whom == HEADGATE_BUDGET_CGROUP ? "its cgroup does not have it" : "it is not in the policy");
	tell_one(b, record, HEADGATE_BUDGET_EASED, text);
}

/* ---- the policy ---- */

static struct headgate_budget_record *find_same(struct headgate_budgets *known, const struct headgate_budget *budget)
{
	for (size_t i = 0; i < known->n_records; i++)
		if (headgate_budget_same(&known->records[i].budget, budget))
			return &known->records[i];
	return NULL;
}

static bool is_in(const struct headgate_config *config, const struct headgate_budget *budget)
{
	for (size_t i = 0; i < config->n_budgets; i++)
		if (headgate_budget_same(&config->budgets[i], budget))
			return true;
	return false;
}

static void drop_records(struct headgate_budget_record *records, size_t count)
{
	for (size_t i = 0; i < count; i++)
		headgate_budget_free(&records[i].budget);
	free(records);
}

static void move_record(struct headgate_budget_record *to, struct headgate_budget_record *from)
{
	*to = *from;
	*from = (struct headgate_budget_record){ 0 };
}

void budgets_configure(struct budgets *b, const struct headgate_config *config)
{
	struct headgate_budget_record *records = calloc(config->n_budgets + b->known.n_records ?: 1, sizeof(*records)), *before;
	size_t count = config->n_budgets;

	b->config = config;
	for (size_t i = 0; records && i < config->n_budgets; i++) {
		before = find_same(&b->known, &config->budgets[i]);
		if (before)
			records[i].state = before->state;
		if (headgate_budget_copy(&records[i].budget, &config->budgets[i])) {
			drop_records(records, i);
			records = NULL;
		}
	}
	if (!records) {
		log_error("there is no memory for budgets: those of before go on");
		return;
	}
	for (size_t i = 0; i < b->known.n_records; i++)
		if (b->known.records[i].budget.whom == HEADGATE_BUDGET_CGROUP)
			move_record(&records[count++], &b->known.records[i]);
		else if (!is_in(config, &b->known.records[i].budget))
			tell_removed(&b->known.records[i], b);
	drop_records(b->known.records, b->known.n_records);
	b->known.records = records;
	b->known.n_records = count;
	b->anew = true;
	b->changed = true;
	budget_before_renew(&b->before, true);
}

/* ---- looking ---- */

static void turn(struct budgets *b)
{
	int64_t now_s = time(NULL);

	for (size_t i = 0; i < b->known.n_records; i++) {
		struct headgate_budget_record *record = &b->known.records[i];
		int64_t start_s = record->state.start_s;

		tell(b, record, headgate_budget_turn(record->budget.per, &record->state, now_s));
		/* Before its begin nothing was used. */
		record->state.known |= record->budget.whom == HEADGATE_BUDGET_CGROUP;
		if (record->state.start_s != start_s && !record->state.known)
			budget_before_renew(&b->before, false);
	}
}

static void judge(struct budgets *b)
{
	for (size_t i = 0; i < b->known.n_records; i++) {
		struct headgate_budget_record *record = &b->known.records[i];

		tell(b, record, headgate_budget_judge(&record->budget, &record->state));
	}
}

static int read_prices(struct budgets *b, const struct look *seen, struct budget_prices *prices)
{
	bool money = false;

	for (size_t i = 0; i < b->known.n_records; i++)
		money |= b->known.records[i].budget.money;
	if (!money)
		return 0;
	return budget_prices_read(prices, b->config, &seen->lanes, &seen->devices, time(NULL) / SECONDS_PER_DAY);
}

static bool are_same(const struct headgate_budgets *known, const struct headgate_budget_seen *totals, size_t count)
{
	if (known->n_seen != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (headgate_budget_seen_order(&known->seen[i], &totals[i]) || known->seen[i].busy_ns != totals[i].busy_ns)
			return false;
	return true;
}

static int count(struct budgets *b, const char *instance, const struct look *seen, const struct budget_prices *prices)
{
	struct headgate_budget_seen *totals;
	size_t n_totals;
	int ret = budget_agents(&b->known, &seen->agents, b->config, b->watch, b->anew);

	b->changed |= ret > 0;
	if (ret >= 0)
		ret = budget_totals(&seen->flows, &totals, &n_totals);
	if (ret < 0)
		return ret;
	b->anew = false;
	b->changed |= strcmp(b->known.instance, instance) || !are_same(&b->known, totals, n_totals);
	budget_count(&b->known, instance, totals, n_totals, prices);
	return 0;
}

/* Periods turn, and what is told is told once. */
static bool states_changed(const struct budgets *b, const struct headgate_budget_state *before)
{
	for (size_t i = 0; i < b->known.n_records; i++)
		if (memcmp(&b->known.records[i].state, &before[i], sizeof(*before)))
			return true;
	return false;
}

/* Nobody's any more: as if there had never been one. */
static void forget(struct budgets *b)
{
	headgate_budgets_free(&b->known);
	unlink(HEADGATE_BUDGETS_FILE);
}

void budgets_look(struct budgets *b, const struct look *seen, struct headgate_client *client, uint64_t instance)
{
	headgate_cleanup(budget_prices_free) struct budget_prices prices = { 0 };
	struct headgate_budget_state before[HEADGATE_BUDGET_RECORDS_MAX];
	char name[sizeof(b->known.instance)];
	size_t held;
	int ret;

	b->gone = 0;
	if (!b->known.n_records && !b->known.n_held && !b->overrides.count && !b->cgroups.count) {
		if (b->anew)
			forget(b);
		b->anew = false;
		return;
	}
	if (history_instance(name, sizeof(name), instance) || read_prices(b, seen, &prices))
		return;
	/* The agents of a module that is new are told next. */
	if ((!*b->known.instance || !strcmp(b->known.instance, name)) &&
	    budget_cgroups_apply(&b->cgroups, &b->known, &seen->agents, b->config, tell_removed, b)) {
		b->anew = true;
		b->changed = true;
	}
	for (size_t i = 0; i < b->known.n_records; i++)
		before[i] = b->known.records[i].state;
	turn(b);
	ret = count(b, name, seen, &prices);
	if (!ret) {
		budget_before_learn(&b->before, &b->known, b->config, &prices);
		judge(b);
	}
	/* What was told is written down in any case, at this look or the next. */
	b->changed |= states_changed(b, before);
	if (ret)
		return;
	held = b->known.n_held;
	if (!budget_plan(&b->known, &b->overrides))
		budget_act(&b->known, &b->overrides, client, b->config, &seen->agents, save, b);
	if (!b->known.n_records && !b->known.n_held)
		forget(b);
	/* A file that is younger than a few seconds is one that somebody keeps: states_are_kept(). */
	else if (b->changed || b->known.n_held || held || utimensat(AT_FDCWD, HEADGATE_BUDGETS_FILE, NULL, 0))
		save(b);
}

/* ---- agents that come and go ---- */

int budgets_seen(uint64_t agent_id, const char *path, void *data)
{
	struct budgets *b = data;

	return budget_cgroups_look(&b->cgroups, &b->known, agent_id, path);
}

static bool acts(const struct budgets *b)
{
	for (size_t i = 0; i < b->known.n_records; i++)
		if (b->known.records[i].state.over)
			return true;
	return false;
}

void budgets_came(struct budgets *b, const char *path, uint64_t id)
{
	struct headgate_policy policy = { .id = id };
	struct headgate_budget_agent *agent;

	if (!acts(b) || !policy_resolve(b->config, path, &policy))
		return;
	agent = budget_agent(&b->known, id, path, b->config, b->watch);
	if (agent)
		budget_plan_one(&b->known, agent, &b->overrides);
}

bool budgets_gone(struct budgets *b, uint64_t id, const char *path)
{
	if (!b->known.n_records || !*path || !budget_agent(&b->known, id, path, b->config, b->watch))
		return false;
	return ++b->gone >= GONE_MAX;
}

void budgets_let_go(struct budgets *b)
{
	unsigned int count = b ? budget_thaw(&b->known) : 0;

	if (count)
		log_notice("%u agents that were paused go on, since nothing is enforced now", count);
}

void budgets_free(struct budgets *b)
{
	if (!b)
		return;
	budgets_let_go(b);
	if (b->known.n_records && b->config)
		save(b);
	budget_before_renew(&b->before, false);
	hooks_free(b->hooks);
	overrides_free(&b->overrides);
	budget_cgroups_free(&b->cgroups);
	headgate_budgets_free(&b->known);
	free(b);
}
