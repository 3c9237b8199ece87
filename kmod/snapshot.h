/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_SNAPSHOT_H
#define _HEADGATE_SNAPSHOT_H

#include "agent.h"
#include "device.h"

/* An agent; its cgroup is pinned. */
struct headgate_agent_record {
	u64 id, parent_id;
	struct headgate_policy policy;
	struct cgroup *cgrp;
};

/* A device. */
struct headgate_device_record {
	u32 id, meter;
	int primary_minor, render_minor, accel_minor;
	u64 tickets, jobs, jobs_unticketed;
	bool gone;
	char name[HEADGATE_DEVICE_NAME_LEN], driver[HEADGATE_NAME_LEN];
};

/* A lane; of the time that is in nobody's ledger, too. */
struct headgate_lane_record {
	u32 id, device_id, outstanding, waiting;
	u64 jobs, busy_ns, ungoverned_ns, held_idle_ns, anticipated_ns;
	u64 time_ns, idle_ns, running_ns;
	char name[HEADGATE_NAME_LEN];
};

/* A flow, or what is left of one, then with the number of @gone. */
struct headgate_flow_record {
	u64 agent_id, estimate_ns, think_ns, anticipated_ns, gone, cancelled;
	u32 lane_id, device_id, due_ppm, waiting, outstanding, failed_pid, failed_error;
	struct headgate_ledger ledger;
	u32 waits[HEADGATE_WAIT_BUCKETS];
};

union headgate_record {
	struct headgate_agent_record agent;
	struct headgate_device_record device;
	struct headgate_lane_record lane;
	struct headgate_flow_record flow;
};

/**
 * struct headgate_snapshot - records of one kind
 * @count: how many there were; more than @size only while it is taken
 * @size: room in @record
 * @sent: how many were sent
 * @all: of flows, those that are the same since @since, too
 * @since: as headgate_flow.left_at
 * @gone_last: the agent that had gone last when it was begun, see headgate_gone_last()
 * @record: records
 */
struct headgate_snapshot {
	unsigned int count, size, sent;
	u64 gone_last;
	u32 since;
	bool all;
	union headgate_record record[] __counted_by(size);
};

struct headgate_snapshot *headgate_snapshot_take(u8 cmd, const u32 *since);
void headgate_snapshot_free(struct headgate_snapshot *snapshot, u8 cmd);
void headgate_snapshot_forget_gone(u64 until);

#endif
