/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A history in the home of a test, written at looks at a ledger. After cmocka.h and what that
 * needs.
 */
#ifndef HEADGATE_UNIT_HISTORY_LOOK_H
#define HEADGATE_UNIT_HISTORY_LOOK_H

#include "history.h"

#define FILE_NAME "h.db"
#define BUSY "SELECT sum(busy_ns) FROM flow_use"
#define BUSY_OF(_path) BUSY " JOIN agent a ON a.id = agent WHERE path = '" _path "'"

static struct history_db db;

static inline void open_history(void)
{
	if (history_open(&db, FILE_NAME, true))
		fail_msg("%s", db.error);
}

static inline void look(struct ledger *ledger)
{
	if (history_write(&db, &ledger->totals, NULL))
		fail_msg("%s", db.error);
	ledger->totals.time_s += 10;
}

/* One device, one lane, agents /a (11) and /b (12). */
static inline struct headgate_flow *start(struct ledger *ledger)
{
	struct headgate_flow *flow = ledger_begin(ledger);

	ledger_agent(ledger, 12, "/b");
	open_history();
	return flow;
}

static inline void check(const char *sql, int64_t wanted)
{
	int64_t got = number(FILE_NAME, sql);

	if (got != wanted)
		fail_msg("%s: got %" PRId64 ", want %" PRId64, sql, got, wanted);
}

#endif
