/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every sentence of SQL that headgate has: the schema of the history, and what is asked of it. */
#ifndef LIBHEADGATE_HISTORY_SQL_H
#define LIBHEADGATE_HISTORY_SQL_H

#include <stddef.h>

/* PRAGMA application_id of our files, "Hdgt" */
#define HISTORY_APPLICATION_ID 0x48646774

/* Script i takes a database of version i (PRAGMA user_version) to version i + 1. */
extern const char *const history_migrations[];
extern const size_t history_version;		/* their number: the version that we write */

/* Tables that are rolled up alike, each with a statement to move rows a level up, and one to drop them. */
#define HISTORY_TABLES 4

enum history_statement {
	HISTORY_BEGIN,			/* to write */
	HISTORY_COMMIT,
	HISTORY_ROLLBACK,
	HISTORY_INSTANCE_GET,		/* () */
	HISTORY_INSTANCE_SET,		/* (instance) */
	HISTORY_READ_GET,		/* (): when the totals were read that were seen */
	HISTORY_READ_SET,		/* (when) */
	HISTORY_FORGET_FLOWS,		/* (): of another instance */
	HISTORY_FORGET_LANES,
	HISTORY_FORGET_PRESSURES,
	HISTORY_AGENT_ADD,		/* (path, owner) */
	HISTORY_AGENT_FIND,
	HISTORY_DEVICE_ADD,		/* (name, driver) */
	HISTORY_DEVICE_FIND,
	HISTORY_LANE_ADD,		/* (device, name) */
	HISTORY_LANE_FIND,
	HISTORY_FLOW_COUNT,		/* (slot, lane, agent, busy, wait, tickets, jobs, failed, forced) */
	HISTORY_LANE_COUNT,		/* (slot, lane, time, idle, ungoverned) */
	HISTORY_DEVICE_COUNT,		/* (slot, device, time) */
	HISTORY_PRESSURE_COUNT,		/* (slot, device, agent, some, full) */
	HISTORY_EVENT_ADD,		/* (time, kind, agent, text) */
	HISTORY_SEEN_FLOWS,		/* (): in the order of lane and agent */
	HISTORY_SEEN_FLOW_SET,		/* (lane, agent, agent's row, whether gone, flows, sums of these, sums of gone) */
	HISTORY_SEEN_FLOW_DEL,		/* (lane, agent) */
	HISTORY_SEEN_LANES,		/* (): in the order of lanes */
	HISTORY_SEEN_LANE_SET,		/* (lane, time, idle, ungoverned, settled: time, jobs, lost: time, jobs) */
	HISTORY_SEEN_LANE_DEL,		/* (lane) */
	HISTORY_SEEN_PRESSURES,		/* (): in the order of agent and device */
	HISTORY_SEEN_PRESSURE_SET,	/* (agent, device, some, full) */
	HISTORY_SEEN_PRESSURE_DEL,	/* (agent, device) */
	HISTORY_ROLL_UP,		/* (level, width of the next, until), HISTORY_TABLES of them */
	HISTORY_ROLL_UP_LAST = HISTORY_ROLL_UP + HISTORY_TABLES - 1,
	HISTORY_DROP,			/* (level, until), HISTORY_TABLES of them */
	HISTORY_DROP_LAST = HISTORY_DROP + HISTORY_TABLES - 1,
	HISTORY_ELDEST,			/* (level): the eldest slot of any table, if there is one */
	HISTORY_AGENTS_DROP,		/* (): of whom there is nothing */
	HISTORY_EVENTS_DROP,		/* (until) */
	HISTORY_REPORT_FLOWS,		/* (since, until): see the columns there */
	HISTORY_REPORT_LANES,
	HISTORY_REPORT_DEVICES,
	HISTORY_REPORT_PRESSURES,
	HISTORY_BUDGET_INSTANCE,	/* (): whose totals are seen */
	HISTORY_BUDGET_SEEN,		/* (): agent, lane, busy: up to which they are counted */
	HISTORY_BUDGET_EVENTS,		/* (since): second, kind, text of what budgets told */
	HISTORY_STATEMENTS,
};

extern const char *const history_sql[HISTORY_STATEMENTS];

/* From here on statements only read: the only ones that a reader has prepared. */
#define HISTORY_READ_FIRST HISTORY_REPORT_FLOWS

#endif
