/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Totals of the module become rows of the history, each nanosecond once. */
#ifndef HEADGATE_DAEMON_HISTORY_WRITE_H
#define HEADGATE_DAEMON_HISTORY_WRITE_H

#include "history_db.h"
#include "history_totals.h"

/**
 * history_write() - count what has come since the last time
 * @db: open to write
 * @totals: of the module, NULL: it tells none, and there are only events
 * @events: to be told; those that are written are not taken away
 *
 * One transaction: increments, and the totals that they go up to. When it fails or is cut off
 * nothing has been counted, and the next one counts it.
 *
 * Return: 0 or a negative errno with @db->error.
 */
int history_write(struct history_db *db, const struct history_totals *totals,
		  const struct history_events *events);

#endif
