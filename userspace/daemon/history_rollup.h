/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Old rows of the history become rows of longer times. */
#ifndef HEADGATE_DAEMON_HISTORY_ROLLUP_H
#define HEADGATE_DAEMON_HISTORY_ROLLUP_H

#include "history_db.h"

/**
 * history_roll_up() - move what is old a level up, and drop what is too old
 * @db: open to write
 * @now_s: CLOCK_REALTIME
 * @keep_s: how long rows of each level stay on it; of the last: at all
 *
 * Sums stay to the last unit. A call drops one day at most: should the clock be wrong for an hour,
 * the history is not gone. Events are kept as long as rows of an hour.
 *
 * Return: 0 or a negative errno with @db->error; what was done until then is whole.
 */
int history_roll_up(struct history_db *db, int64_t now_s, const int64_t keep_s[HISTORY_LEVELS]);

#endif
