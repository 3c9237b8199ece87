/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What budgets had used before headgated knew of them: from the history. */
#ifndef HEADGATE_DAEMON_BUDGET_LEARN_H
#define HEADGATE_DAEMON_BUDGET_LEARN_H

#include "budget_count.h"
#include "budget_seed.h"

/**
 * budget_learn - what the history has is what was used, with what has come since
 * @budgets: those whose state is not known become so; counted up to their totals
 * @past: read without an error
 * @config: policy
 * @prices: of lanes, for what has come since
 *
 * Nothing becomes less by it; what the history says that was told is not told again.
 */
void budget_learn(struct headgate_budgets *budgets, const struct budget_past *past,
		  const struct headgate_config *config, const struct budget_prices *prices);

#endif
