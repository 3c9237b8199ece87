// SPDX-License-Identifier: GPL-2.0-or-later
#include "budget_before.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "budget_learn.h"
#include "budget_seed.h"
#include "log.h"

/* What a history takes to be read that is large; a disk that takes longer holds nobody up. */
#define WAIT_MS	 2000
#define AGAIN_S	 60

static int64_t monotonic_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

void budget_before_renew(struct budget_before *before, bool fresh)
{
	budget_seed_free(before->seed);
	before->seed = NULL;
	before->next_s = 0;
	before->fresh |= fresh;
}

static bool all_known(const struct headgate_budgets *known)
{
	for (size_t i = 0; i < known->n_records; i++)
		if (!known->records[i].state.known)
			return false;
	return true;
}

static void set_known(struct headgate_budgets *known)
{
	for (size_t i = 0; i < known->n_records; i++)
		known->records[i].state.known = true;
}

static void begin(struct budget_before *before, const struct headgate_budgets *known, const char *path)
{
	struct budget_since since = { 0 };

	if (before->seed || monotonic_s() < before->next_s)
		return;
	for (size_t i = 0; i < known->n_records; i++) {
		const struct headgate_budget_record *record = &known->records[i];
		enum headgate_budget_per per = record->budget.per;

		if (record->state.known)
			continue;
		if (!since.wanted[per] || record->state.start_s < since.since_s[per])
			since.since_s[per] = record->state.start_s;
		if (!since.wanted[per] || record->state.end_s > since.until_s[per])
			since.until_s[per] = record->state.end_s;
		since.wanted[per] = true;
	}
	before->seed = budget_seed_start(path, &since);
	before->next_s = monotonic_s() + AGAIN_S;
}

static void end(struct budget_before *before, struct headgate_budgets *known, const struct budget_past *past,
		const struct headgate_config *config, const struct budget_prices *prices)
{
	/* One that is new will have all that the module has counted. */
	if (!past->err || past->err == -ENOENT) {
		budget_learn(known, past, config, prices);
		if (*before->told)
			log_notice("budgets: what was used before is known from the history again");
		*before->told = '\0';
	} else if (strcmp(before->told, past->error)) {
		log_warning("budgets: %s; they are judged by what is known without it, and it is asked again each minute",
			    past->error);
		snprintf(before->told, sizeof(before->told), "%s", past->error);
	}
	budget_seed_free(before->seed);
	before->seed = NULL;
}

void budget_before_learn(struct budget_before *before, struct headgate_budgets *known,
			 const struct headgate_config *config, const struct budget_prices *prices)
{
	const struct budget_past *past;

	if (all_known(known))
		return;
	if (!config->history.enabled) {
		if (!before->no_history)
			log_notice("budgets: no history is kept, [history] says enabled = no: what was used before now is not known, and after a boot they begin anew");
		before->no_history = true;
		set_known(known);
		return;
	}
	before->no_history = false;
	begin(before, known, config->history.path);
	past = before->seed ? budget_seed_wait(before->seed, before->fresh ? WAIT_MS : 0) : NULL;
	before->fresh = false;
	if (past)
		end(before, known, past, config, prices);
}
