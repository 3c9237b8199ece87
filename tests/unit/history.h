/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ledger as the module tells it, made up, and what a history holds. After cmocka.h and what that
 * needs.
 */
#ifndef HEADGATE_UNIT_HISTORY_H
#define HEADGATE_UNIT_HISTORY_H

#include <inttypes.h>
#include <sqlite3.h>
#include <string.h>

#include "history_write.h"

#define LEDGER_FLOWS 16
#define LEDGER_LANES 4
#define DAY_S INT64_C(86400)
#define START_S (INT64_C(20000) * DAY_S)	/* a midnight */

struct ledger {
	struct history_totals totals;
	struct headgate_flow flows[LEDGER_FLOWS];
	struct headgate_lane lanes[LEDGER_LANES];
	struct headgate_device devices[2];
	struct headgate_agent agents[LEDGER_FLOWS];
	struct headgate_pressure pressures[LEDGER_FLOWS];
};

static inline void ledger_init(struct ledger *ledger, const char *instance)
{
	memset(ledger, 0, sizeof(*ledger));
	strcpy(ledger->totals.instance, instance);
	ledger->totals.time_s = START_S;
	ledger->totals.flows.items = ledger->flows;
	ledger->totals.lanes.items = ledger->lanes;
	ledger->totals.devices.items = ledger->devices;
	ledger->totals.agents.items = ledger->agents;
	ledger->totals.pressures.items = ledger->pressures;
}

static inline struct headgate_device *ledger_device(struct ledger *ledger, const char *name)
{
	struct headgate_device *device = &ledger->devices[ledger->totals.devices.count++];

	*device = (struct headgate_device){ .id = ledger->totals.devices.count,
		.name = (char *)name, .driver = "simgpu" };
	return device;
}

static inline struct headgate_lane *ledger_lane(struct ledger *ledger, uint32_t device,
						const char *name)
{
	struct headgate_lane *lane = &ledger->lanes[ledger->totals.lanes.count++];

	*lane = (struct headgate_lane){ .id = ledger->totals.lanes.count, .device_id = device,
		.name = (char *)name };
	return lane;
}

/* An entry of @agent, 0: ungoverned; on a lane that has the same time besides. */
static inline struct headgate_flow *ledger_flow(struct ledger *ledger, uint32_t lane,
						uint64_t agent)
{
	struct headgate_flow *flow = &ledger->flows[ledger->totals.flows.count++];

	*flow = (struct headgate_flow){ .agent_id = agent, .lane_id = lane };
	return flow;
}

static inline void ledger_agent(struct ledger *ledger, uint64_t id, const char *path)
{
	ledger->agents[ledger->totals.agents.count++] =
		(struct headgate_agent){ .id = id, .path = (char *)path };
}

/* One device with one lane, and on that an agent /a (11), whose entry it is. */
static inline struct headgate_flow *ledger_begin(struct ledger *ledger)
{
	ledger_init(ledger, "boot:1");
	ledger_device(ledger, "gpu0");
	ledger_lane(ledger, 1, "e0");
	ledger_agent(ledger, 11, "/a");
	return ledger_flow(ledger, 1, 11);
}

/* A job on a lane: of its flow, and of the lane. */
static inline void ledger_job(struct ledger *ledger, struct headgate_flow *flow, uint64_t ns)
{
	struct headgate_lane *lane = &ledger->lanes[flow->lane_id - 1];

	flow->busy_ns += ns;
	flow->wait_ns += ns / 2;
	flow->jobs++;
	flow->tickets++;
	lane->busy_ns += ns;
	lane->jobs++;
	if (!flow->agent_id)
		lane->ungoverned_ns += ns;
}

static inline void ledger_forget(struct ledger *ledger, struct headgate_flow *flow)
{
	size_t i = flow - ledger->flows;

	ledger->totals.flows.count--;
	memmove(flow, flow + 1, (ledger->totals.flows.count - i) * sizeof(*flow));
}

/* One number, as whoever reads the file would get it. */
static inline int64_t number(const char *file, const char *sql)
{
	int64_t value = -1;
	sqlite3_stmt *stmt;
	sqlite3 *sqlite;

	assert_int_equal(sqlite3_open_v2(file, &sqlite, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	sqlite3_busy_timeout(sqlite, 10000);
	if (sqlite3_prepare_v2(sqlite, sql, -1, &stmt, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(sqlite));
	if (sqlite3_step(stmt) == SQLITE_ROW)
		value = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(sqlite);
	return value;
}

#endif
