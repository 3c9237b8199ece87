// SPDX-License-Identifier: GPL-2.0-or-later
/* What an agent used is its owner's: whoever that was at the time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "history_look.h"
#include "home.h"

#define OWNED_BY "SELECT sum(f.busy_ns) FROM flow_use f JOIN agent a ON a.id = f.agent WHERE a.owner = "

static void own(struct ledger *ledger, uint64_t id, const char *owner)
{
	struct headgate_labelled *item = headgate_labels_find(&ledger->totals.labels, id);

	if (!item)
		item = headgate_labels_add(&ledger->totals.labels, id);
	assert_non_null(item);
	strcpy(item->labels.values[HEADGATE_LABEL_OWNER], owner);
}

static void use_of_an_agent__is_of_its_owner(void **state)
{
	struct headgate_flow *a, *b, *none;
	struct ledger ledger;

	(void)state;
	a = start(&ledger);
	b = ledger_flow(&ledger, 1, 12);
	none = ledger_flow(&ledger, 1, 0);

	own(&ledger, 11, "anna");
	ledger_job(&ledger, a, 100);
	ledger_job(&ledger, b, 7);
	ledger_job(&ledger, none, 3);
	look(&ledger);
	check(OWNED_BY "'anna'", 100);
	check(OWNED_BY "'(none)'", 10);

	/* It changes hands: what was used before stays where it is. */
	own(&ledger, 11, "bert");
	own(&ledger, 12, "anna");
	ledger_job(&ledger, a, 20);
	ledger_job(&ledger, b, 1);
	look(&ledger);
	check(OWNED_BY "'anna'", 101);
	check(OWNED_BY "'bert'", 20);
	check(OWNED_BY "'(none)'", 10);

	/* It went, and nobody says whose it was: its last owner's. */
	ledger_job(&ledger, a, 4);
	a->gone = true;
	memmove(&ledger.agents[0], &ledger.agents[1], sizeof(ledger.agents[0]));
	ledger.totals.agents.count--;
	own(&ledger, 11, "");
	look(&ledger);
	check(OWNED_BY "'bert'", 24);
	check("SELECT sum(busy_ns) FROM flow_use", 135);
	history_close(&db);
	headgate_labels_free(&ledger.totals.labels);
}

static void end_is_told(struct ledger *ledger, uint64_t id, const char *path)
{
	struct history_events events = {};

	history_events_add(&events, "agent-gone", id, path, "");
	if (history_write(&db, &ledger->totals, &events))
		fail_msg("%s", db.error);
	history_events_drop(&events, events.count);
	ledger->totals.time_s += 10;
}

/* What its end tells of an agent names it where nobody had, and takes it from no owner. */
static void agent_that_went__keeps_its_last_owner(void **state)
{
	struct headgate_flow *known, *brief, *unseen;
	struct ledger ledger;

	(void)state;
	known = ledger_begin(&ledger);
	unseen = ledger_flow(&ledger, 1, 13);
	open_history();
	own(&ledger, 11, "anna");
	ledger_job(&ledger, known, 100);
	/* Its end comes after the totals were read. */
	unseen->gone = true;
	ledger_job(&ledger, unseen, 1);
	look(&ledger);
	check(OWNED_BY "'anna'", 100);
	check(OWNED_BY "'(none)'", 1);

	headgate_labels_free(&ledger.totals.labels);
	ledger.totals.agents.count = 0;
	known->gone = true;
	ledger_job(&ledger, known, 30);
	end_is_told(&ledger, 11, "/a");
	check(OWNED_BY "'anna'", 130);

	/* One between two looks, and what is left of one of which we know only now. */
	brief = ledger_flow(&ledger, 1, 12);
	brief->gone = true;
	ledger_job(&ledger, brief, 5);
	own(&ledger, 12, "bert");
	end_is_told(&ledger, 12, "/brief");
	check(OWNED_BY "'bert'", 5);
	own(&ledger, 13, "carl");
	ledger_job(&ledger, unseen, 2);
	end_is_told(&ledger, 13, "/unseen");
	check(OWNED_BY "'carl' AND a.path = '/unseen'", 2);
	check("SELECT sum(busy_ns) FROM flow_use", 138);
	history_close(&db);
	headgate_labels_free(&ledger.totals.labels);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(use_of_an_agent__is_of_its_owner),
		IN_HOME(agent_that_went__keeps_its_last_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
