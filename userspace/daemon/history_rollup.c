// SPDX-License-Identifier: GPL-2.0-or-later
#include "history_rollup.h"

#include <string.h>

#define NS_PER_S INT64_C(1000000000)

static int64_t round_down(int64_t time_s, int64_t width_s)
{
	return time_s - time_s % width_s;
}

/* What begins before @until_s: it is added to rows of the next level, and is in its own no more. */
static int move_up(struct history_db *db, int level, int64_t until_s)
{
	int ret = history_begin(db);

	if (ret)
		return ret;
	for (int table = 0; table < HISTORY_TABLES && !ret; table++)
		ret = history_put(db, HISTORY_ROLL_UP + table, "iii", (int64_t)level,
				  history_width_s[level + 1], until_s);
	for (int table = 0; table < HISTORY_TABLES && !ret; table++)
		ret = history_put(db, HISTORY_DROP + table, "ii", (int64_t)level, until_s);
	return history_end(db, ret);
}

/*
 * Agents of whom nothing is left: folders come and go for years. Nothing refers to them; that each
 * is looked for everywhere by the foreign keys as well would take n².
 */
static int drop_agents(struct history_db *db)
{
	char error[sizeof(db->error)];
	int ret = history_keys(db, false);
	int on;

	if (!ret)
		ret = history_put(db, HISTORY_AGENTS_DROP, "");
	strcpy(error, db->error);
	on = history_keys(db, true);
	if (!ret)
		return on;
	strcpy(db->error, error);
	return ret;
}

static int drop_eldest(struct history_db *db, int64_t until_s)
{
	const int level = HISTORY_LEVELS - 1;
	int64_t eldest;
	int ret = history_ask(db, HISTORY_ELDEST, "i", (int64_t)level);

	if (!ret)
		ret = history_step(db, HISTORY_ELDEST);
	if (ret <= 0)
		return ret;
	eldest = history_int(db, HISTORY_ELDEST, 0);
	history_reset(db, HISTORY_ELDEST);
	if (eldest >= until_s)
		return 0;
	if (until_s > eldest + history_width_s[level])
		until_s = eldest + history_width_s[level];
	ret = history_begin(db);
	if (ret)
		return ret;
	for (int table = 0; table < HISTORY_TABLES && !ret; table++)
		ret = history_put(db, HISTORY_DROP + table, "ii", (int64_t)level, until_s);
	ret = history_end(db, ret);
	return ret ? ret : drop_agents(db);
}

int history_roll_up(struct history_db *db, int64_t now_s, const int64_t keep_s[HISTORY_LEVELS])
{
	int ret = 0;

	/* To whole rows of the next level, so that none is of a time that rows below it are of, too. */
	for (int level = 0; level < HISTORY_LEVELS - 1 && !ret; level++)
		ret = move_up(db, level, round_down(now_s - keep_s[level], history_width_s[level + 1]));
	if (!ret)
		ret = drop_eldest(db, round_down(now_s - keep_s[HISTORY_LEVELS - 1],
						 history_width_s[HISTORY_LEVELS - 1]));
	if (!ret)
		ret = history_put(db, HISTORY_EVENTS_DROP, "i",
				  (now_s - keep_s[HISTORY_LEVELS - 2]) * NS_PER_S);
	return ret;
}
