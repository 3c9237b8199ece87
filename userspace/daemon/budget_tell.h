/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of a budget: the sentence, and the fields for journal and programs. */
#ifndef HEADGATE_DAEMON_BUDGET_TELL_H
#define HEADGATE_DAEMON_BUDGET_TELL_H

#include "budget.h"
#include "tell_words.h"

/* What a history calls it: "budget-over"; a constant. */
const char *budget_event_name(unsigned int event);

/**
 * budget_words - find the words
 * @budget: budget
 * @state: how far it is
 * @event: one bit of HEADGATE_BUDGET_*
 * @words: receives them; freed by tell_words_free()
 *
 * Return: 0 or -ENOMEM.
 */
int budget_words(const struct headgate_budget *budget, const struct headgate_budget_state *state,
		 unsigned int event, struct tell_words *words);

/* Of which budget the sentence is; @name of HEADGATE_BUDGET_NAME_MAX + 1 bytes. */
bool budget_words_name(const char *sentence, char *name);

/* What is told of it, as long as the words last. */
struct tell budget_tell(unsigned int event, const struct tell_words *words);

#endif
