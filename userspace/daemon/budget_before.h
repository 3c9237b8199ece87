/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What budgets had been used before headgated looked: asked of the history, without holding anybody up. */
#ifndef HEADGATE_DAEMON_BUDGET_BEFORE_H
#define HEADGATE_DAEMON_BUDGET_BEFORE_H

#include <stdbool.h>
#include <stdint.h>

#include "budget_count.h"
#include "config.h"

struct budget_seed;

/**
 * struct budget_before - zeroed to begin with
 * @seed: the question that is under way
 * @next_s: when the next may begin, CLOCK_MONOTONIC
 * @fresh: the next is worth waiting for
 * @no_history: it was said that none is kept
 * @told: what was said of the history
 */
struct budget_before {
	struct budget_seed *seed;
	int64_t next_s;
	bool fresh;
	bool no_history;
	char told[640];
};

/*
 * A question that is under way does not ask for what is to be known now: it is dropped, and the next may begin at
 * once. @fresh: budgets are new, and their first look waits for it. Frees all that @before has, too.
 */
void budget_before_renew(struct budget_before *before, bool fresh);

/* Asks for those of @known of which it is not known, and adds what came since. */
void budget_before_learn(struct budget_before *before, struct headgate_budgets *known,
			 const struct headgate_config *config, const struct budget_prices *prices);

#endif
