// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A quantity is in one row alone: rolling up moves it from the rows of a level to one of the
 * next (10 s, 1 min, 1 h, 1 d), so that a sum over all levels is what was ever counted.
 *
 * The tables seen_* hold the module's totals as they were when the rows were last added to.
 * Both change in one transaction: whatever was counted is in both, or in neither.
 */
#include "history_sql.h"

const char *const history_migrations[] = {
	"CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE agent (id INTEGER PRIMARY KEY, path TEXT NOT NULL, owner TEXT NOT NULL,"
	" UNIQUE (path, owner)) STRICT;"
	"CREATE TABLE device (id INTEGER PRIMARY KEY, name TEXT NOT NULL, driver TEXT NOT NULL,"
	" UNIQUE (name, driver)) STRICT;"
	"CREATE TABLE lane (id INTEGER PRIMARY KEY, device INTEGER NOT NULL REFERENCES device,"
	" name TEXT NOT NULL, UNIQUE (device, name)) STRICT;"
	/* slot: seconds since 1970 at which the row's time begins, UTC */
	"CREATE TABLE flow_use (level INTEGER NOT NULL, slot INTEGER NOT NULL,"
	" lane INTEGER NOT NULL REFERENCES lane, agent INTEGER NOT NULL REFERENCES agent,"
	" busy_ns INTEGER NOT NULL, wait_ns INTEGER NOT NULL, tickets INTEGER NOT NULL,"
	" jobs INTEGER NOT NULL, failed INTEGER NOT NULL, forced INTEGER NOT NULL,"
	" PRIMARY KEY (level, slot, lane, agent)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE lane_use (level INTEGER NOT NULL, slot INTEGER NOT NULL,"
	" lane INTEGER NOT NULL REFERENCES lane, time_ns INTEGER NOT NULL,"
	" idle_ns INTEGER NOT NULL, ungoverned_ns INTEGER NOT NULL,"
	" PRIMARY KEY (level, slot, lane)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE device_use (level INTEGER NOT NULL, slot INTEGER NOT NULL,"
	" device INTEGER NOT NULL REFERENCES device, time_ns INTEGER NOT NULL,"
	" PRIMARY KEY (level, slot, device)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE pressure_use (level INTEGER NOT NULL, slot INTEGER NOT NULL,"
	" device INTEGER NOT NULL REFERENCES device, agent INTEGER NOT NULL REFERENCES agent,"
	" some_ns INTEGER NOT NULL, full_ns INTEGER NOT NULL,"
	" PRIMARY KEY (level, slot, device, agent)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE event (id INTEGER PRIMARY KEY, time_ns INTEGER NOT NULL, kind TEXT NOT NULL,"
	" agent TEXT NOT NULL, text TEXT NOT NULL) STRICT;"
	"CREATE INDEX event_time ON event (time_ns);"
	/* ids of the module: of one instance */
	"CREATE TABLE seen_flow (lane_id INTEGER NOT NULL, agent_id INTEGER NOT NULL,"
	" agent INTEGER NOT NULL REFERENCES agent, gone INTEGER NOT NULL, flows INTEGER NOT NULL,"
	" live_busy_ns INTEGER NOT NULL, live_wait_ns INTEGER NOT NULL, live_tickets INTEGER NOT NULL,"
	" live_jobs INTEGER NOT NULL, live_failed INTEGER NOT NULL, live_forced INTEGER NOT NULL,"
	" gone_busy_ns INTEGER NOT NULL, gone_wait_ns INTEGER NOT NULL, gone_tickets INTEGER NOT NULL,"
	" gone_jobs INTEGER NOT NULL, gone_failed INTEGER NOT NULL, gone_forced INTEGER NOT NULL,"
	" PRIMARY KEY (lane_id, agent_id)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE seen_lane (lane_id INTEGER PRIMARY KEY, time_ns INTEGER NOT NULL,"
	" idle_ns INTEGER NOT NULL, ungoverned_ns INTEGER NOT NULL,"
	" settled_ns INTEGER NOT NULL, settled_jobs INTEGER NOT NULL,"
	" lost_ns INTEGER NOT NULL, lost_jobs INTEGER NOT NULL) STRICT;"
	"CREATE TABLE seen_pressure (agent_id INTEGER NOT NULL, device_id INTEGER NOT NULL,"
	" some_ns INTEGER NOT NULL, full_ns INTEGER NOT NULL,"
	" PRIMARY KEY (agent_id, device_id)) STRICT, WITHOUT ROWID;"
};

const size_t history_version = sizeof(history_migrations) / sizeof(history_migrations[0]);

#define ALL_LEVELS "level IN (0, 1, 2, 3)"
/* What a report groups by: a price holds from a day on. */
#define DAY(_table) _table ".slot / 86400"
#define WITHIN(_table) " WHERE " _table "." ALL_LEVELS " AND " _table ".slot >= ?1 AND " _table ".slot < ?2 "

#define ROLL_UP(_table, _keys, _sums, _update)						\
	"INSERT INTO " _table " SELECT ?1 + 1, slot - slot % ?2, " _keys ", " _sums	\
	" FROM " _table " WHERE level = ?1 AND slot < ?3 GROUP BY slot - slot % ?2, " _keys	\
	" ON CONFLICT DO UPDATE SET " _update

#define DROP(_table) "DELETE FROM " _table " WHERE level = ?1 AND slot < ?2"

#define ADD(_column) _column " = " _column " + excluded." _column
#define FLOW_ADD ADD("busy_ns") ", " ADD("wait_ns") ", " ADD("tickets") ", " ADD("jobs") ", "	\
		 ADD("failed") ", " ADD("forced")
#define FLOW_SUM "sum(busy_ns), sum(wait_ns), sum(tickets), sum(jobs), sum(failed), sum(forced)"
#define LANE_ADD ADD("time_ns") ", " ADD("idle_ns") ", " ADD("ungoverned_ns")
#define PRESSURE_ADD ADD("some_ns") ", " ADD("full_ns")

const char *const history_sql[HISTORY_STATEMENTS] = {
	[HISTORY_BEGIN] = "BEGIN IMMEDIATE",
	[HISTORY_COMMIT] = "COMMIT",
	[HISTORY_ROLLBACK] = "ROLLBACK",

	[HISTORY_INSTANCE_GET] = "SELECT value FROM meta WHERE key = 'instance'",
	[HISTORY_INSTANCE_SET] = "INSERT OR REPLACE INTO meta VALUES ('instance', ?1)",
	[HISTORY_READ_GET] = "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'read'",
	[HISTORY_READ_SET] = "INSERT OR REPLACE INTO meta VALUES ('read', CAST(?1 AS TEXT))",
	[HISTORY_FORGET_FLOWS] = "DELETE FROM seen_flow",
	[HISTORY_FORGET_LANES] = "DELETE FROM seen_lane",
	[HISTORY_FORGET_PRESSURES] = "DELETE FROM seen_pressure",

	[HISTORY_AGENT_ADD] = "INSERT OR IGNORE INTO agent (path, owner) VALUES (?1, ?2)",
	[HISTORY_AGENT_FIND] = "SELECT id FROM agent WHERE path = ?1 AND owner = ?2",
	[HISTORY_DEVICE_ADD] = "INSERT OR IGNORE INTO device (name, driver) VALUES (?1, ?2)",
	[HISTORY_DEVICE_FIND] = "SELECT id FROM device WHERE name = ?1 AND driver = ?2",
	[HISTORY_LANE_ADD] = "INSERT OR IGNORE INTO lane (device, name) VALUES (?1, ?2)",
	[HISTORY_LANE_FIND] = "SELECT id FROM lane WHERE device = ?1 AND name = ?2",

	[HISTORY_FLOW_COUNT] = "INSERT INTO flow_use VALUES (0, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
			       " ON CONFLICT DO UPDATE SET " FLOW_ADD,
	[HISTORY_LANE_COUNT] = "INSERT INTO lane_use VALUES (0, ?1, ?2, ?3, ?4, ?5)"
			       " ON CONFLICT DO UPDATE SET " LANE_ADD,
	[HISTORY_DEVICE_COUNT] = "INSERT INTO device_use VALUES (0, ?1, ?2, ?3)"
				 " ON CONFLICT DO UPDATE SET " ADD("time_ns"),
	[HISTORY_PRESSURE_COUNT] = "INSERT INTO pressure_use VALUES (0, ?1, ?2, ?3, ?4, ?5)"
				   " ON CONFLICT DO UPDATE SET " PRESSURE_ADD,
	[HISTORY_EVENT_ADD] = "INSERT INTO event (time_ns, kind, agent, text) VALUES (?1, ?2, ?3, ?4)",

	[HISTORY_SEEN_FLOWS] = "SELECT * FROM seen_flow ORDER BY lane_id, agent_id",
	[HISTORY_SEEN_FLOW_SET] = "INSERT OR REPLACE INTO seen_flow VALUES"
				  " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
	[HISTORY_SEEN_FLOW_DEL] = "DELETE FROM seen_flow WHERE lane_id = ?1 AND agent_id = ?2",
	[HISTORY_SEEN_LANES] = "SELECT * FROM seen_lane ORDER BY lane_id",
	[HISTORY_SEEN_LANE_SET] = "INSERT OR REPLACE INTO seen_lane VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[HISTORY_SEEN_LANE_DEL] = "DELETE FROM seen_lane WHERE lane_id = ?1",
	[HISTORY_SEEN_PRESSURES] = "SELECT * FROM seen_pressure ORDER BY agent_id, device_id",
	[HISTORY_SEEN_PRESSURE_SET] = "INSERT OR REPLACE INTO seen_pressure VALUES (?1, ?2, ?3, ?4)",
	[HISTORY_SEEN_PRESSURE_DEL] = "DELETE FROM seen_pressure WHERE agent_id = ?1 AND device_id = ?2",

	[HISTORY_ROLL_UP] = ROLL_UP("flow_use", "lane, agent", FLOW_SUM, FLOW_ADD),
	[HISTORY_ROLL_UP + 1] = ROLL_UP("lane_use", "lane", "sum(time_ns), sum(idle_ns), sum(ungoverned_ns)",
					LANE_ADD),
	[HISTORY_ROLL_UP + 2] = ROLL_UP("device_use", "device", "sum(time_ns)", ADD("time_ns")),
	[HISTORY_ROLL_UP + 3] = ROLL_UP("pressure_use", "device, agent", "sum(some_ns), sum(full_ns)",
					PRESSURE_ADD),
	[HISTORY_DROP] = DROP("flow_use"),
	[HISTORY_DROP + 1] = DROP("lane_use"),
	[HISTORY_DROP + 2] = DROP("device_use"),
	[HISTORY_DROP + 3] = DROP("pressure_use"),
	[HISTORY_ELDEST] = "SELECT s FROM (SELECT min(slot) AS s FROM (SELECT min(slot) AS slot FROM flow_use WHERE level = ?1"
			   " UNION ALL SELECT min(slot) FROM lane_use WHERE level = ?1"
			   " UNION ALL SELECT min(slot) FROM device_use WHERE level = ?1"
			   " UNION ALL SELECT min(slot) FROM pressure_use WHERE level = ?1))"
			   " WHERE s IS NOT NULL",
	[HISTORY_AGENTS_DROP] = "DELETE FROM agent WHERE id NOT IN (SELECT agent FROM flow_use"
				" UNION SELECT agent FROM pressure_use UNION SELECT agent FROM seen_flow)",
	/* A day at most, as with what is dropped of the rest. */
	[HISTORY_EVENTS_DROP] = "DELETE FROM event WHERE time_ns <"
				" min(?1, (SELECT min(time_ns) FROM event) + 86400000000000)",

	/* day, device, driver, agent, owner, and the sums in the order of enum history_sum */
	[HISTORY_REPORT_FLOWS] = "SELECT " DAY("f") ", d.name, d.driver, a.path, a.owner, " FLOW_SUM
				 " FROM flow_use f JOIN lane l ON l.id = f.lane JOIN device d ON d.id = l.device"
				 " JOIN agent a ON a.id = f.agent" WITHIN("f")
				 "GROUP BY " DAY("f") ", d.id, a.id"
				 " ORDER BY 1, d.name, d.driver, a.path, a.owner",
	/* day, device, driver, time of all lanes, idle, ungoverned */
	[HISTORY_REPORT_LANES] = "SELECT " DAY("u") ", d.name, d.driver, sum(u.time_ns), sum(u.idle_ns), sum(u.ungoverned_ns)"
				 " FROM lane_use u JOIN lane l ON l.id = u.lane JOIN device d ON d.id = l.device"
				 WITHIN("u") "GROUP BY " DAY("u") ", d.id ORDER BY 1, d.name, d.driver",
	/* day, device, driver, its time */
	[HISTORY_REPORT_DEVICES] = "SELECT " DAY("u") ", d.name, d.driver, sum(u.time_ns)"
				   " FROM device_use u JOIN device d ON d.id = u.device" WITHIN("u")
				   "GROUP BY " DAY("u") ", d.id ORDER BY 1, d.name, d.driver",
	/* day, device, driver, agent, owner, some, full */
	[HISTORY_REPORT_PRESSURES] = "SELECT " DAY("u") ", d.name, d.driver, a.path, a.owner, sum(u.some_ns), sum(u.full_ns)"
				     " FROM pressure_use u JOIN device d ON d.id = u.device JOIN agent a ON a.id = u.agent"
				     WITHIN("u") "GROUP BY " DAY("u") ", d.id, a.id"
				     " ORDER BY 1, d.name, d.driver, a.path, a.owner",
	[HISTORY_BUDGET_INSTANCE] = "SELECT value FROM meta WHERE key = 'instance'",
	[HISTORY_BUDGET_SEEN] = "SELECT agent_id, lane_id, live_busy_ns + gone_busy_ns FROM seen_flow",
	[HISTORY_BUDGET_EVENTS] = "SELECT time_ns / 1000000000, kind, text FROM event WHERE time_ns >= ?1 * 1000000000"
				  " AND kind IN ('budget-warn', 'budget-over')",
};
