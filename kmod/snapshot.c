// SPDX-License-Identifier: GPL-2.0
/*
 * Snapshots: what there is to tell, copied a device at a time under its lock, so
 * that the figures of a device are of one moment.
 */
#include <linux/cgroup.h>
#include <linux/mm.h>

#include "device.h"
#include "flow.h"
#include "gone.h"
#include "lane.h"
#include "snapshot.h"

/* Free entries beyond those counted, for what appears between two looks. */
#define SNAPSHOT_SLACK 16

atomic_t headgate_flow_dumps = ATOMIC_INIT(0);

/* The next free record, or NULL: the snapshot only counts on then. */
static union headgate_record *snapshot_next(struct headgate_snapshot *snapshot)
{
	unsigned int i = snapshot->count++;

	return i < snapshot->size ? &snapshot->record[i] : NULL;
}

static void snapshot_agents(struct headgate_snapshot *snapshot)
{
	struct headgate_agent *agent = NULL, *parent;
	union headgate_record *record;

	mutex_lock(&headgate_agents_lock);
	while ((agent = headgate_agent_next(agent))) {
		record = snapshot_next(snapshot);
		if (!record)
			continue;
		parent = rcu_dereference_protected(agent->parent, 1);
		record->agent = (struct headgate_agent_record){
			.id = agent->id,
			.parent_id = parent ? parent->id : 0,
			.policy = agent->policy,
			.cgrp = agent->cgrp,
		};
		cgroup_get(agent->cgrp);
	}
	mutex_unlock(&headgate_agents_lock);
}

static void snapshot_device(struct headgate_snapshot *snapshot, struct headgate_device *device)
{
	union headgate_record *record = snapshot_next(snapshot);

	if (!record)
		return;
	record->device = (struct headgate_device_record){
		.id = device->id,
		.meter = device->meter,
		/* Of a device that is gone they may be another's by now. */
		.primary_minor = device->gone ? -1 : device->primary_minor,
		.render_minor = device->gone ? -1 : device->render_minor,
		.accel_minor = device->gone ? -1 : device->accel_minor,
		.tickets = device->tickets,
		.jobs = device->jobs,
		.jobs_unticketed = device->jobs_unticketed,
		.gone = device->gone,
	};
	strscpy(record->device.name, device->name);
	strscpy(record->device.driver, device->driver);
}

static void lane_record_add(struct headgate_lane_record *record,
			    const struct headgate_ledger *ledger)
{
	record->jobs += ledger->jobs;
	record->busy_ns += ledger->busy_ns;
}

/* A lane's time ends with its device, or with the last job that was followed beyond that. */
static u64 lane_time_until(const struct headgate_lane *lane, u64 now)
{
	if (!lane->device->gone || lane->running)
		return now;
	return max(lane->device->gone_at, lane->turned_at);
}

/* The part of a lane's time that is in nobody's ledger. */
static void lane_record_rest(struct headgate_lane_record *record,
			     const struct headgate_lane *lane, u64 now)
{
	now = lane_time_until(lane, now);
	record->time_ns = now - lane->made_at;
	record->idle_ns = lane->idle_ns;
	if (lane->running)
		record->running_ns = now - headgate_lane_uncharged_since(lane) + lane->lent_ns;
	else
		record->idle_ns += now - lane->turned_at;
}

static void snapshot_lanes(struct headgate_snapshot *snapshot, struct headgate_device *device)
{
	struct headgate_lane *lane;
	struct headgate_flow *flow;
	struct headgate_gone *gone;
	union headgate_record *record;
	u64 now;

	list_for_each_entry_rcu(lane, &device->lanes, list, lockdep_is_held(&device->lock)) {
		record = snapshot_next(snapshot);
		if (!record)
			continue;
		now = ktime_get_ns(); /* a lane may have been made just now */
		headgate_lane_settle(lane, now);
		record->lane = (struct headgate_lane_record){
			.id = lane->id,
			.device_id = device->id,
			.outstanding = lane->outstanding,
			.waiting = lane->waiting,
			.ungoverned_ns = lane->ungoverned.ledger.busy_ns,
			.held_idle_ns = lane->held_idle_ns,
			.anticipated_ns = lane->queue.held_ns,
		};
		strscpy(record->lane.name, lane->name);
		lane_record_rest(&record->lane, lane, now);
		lane_record_add(&record->lane, &lane->ungoverned.ledger);
		lane_record_add(&record->lane, &lane->departed);
		list_for_each_entry(flow, &lane->flows, lane_list)
			lane_record_add(&record->lane, &flow->ledger);
		list_for_each_entry(gone, &lane->gone, list)
			lane_record_add(&record->lane, &gone->ledger);
	}
}

/* A flow changes while it has something, and when the last of that leaves. */
static bool flow_is_wanted(const struct headgate_snapshot *snapshot,
			   const struct headgate_flow *flow)
{
	return snapshot->all || !flow->agent_id || flow->outstanding || flow->nr_waiting ||
	       (s32)(flow->left_at - snapshot->since) >= 0;
}

static void snapshot_flow(struct headgate_snapshot *snapshot, struct headgate_flow *flow)
{
	union headgate_record *record;

	if (!flow_is_wanted(snapshot, flow))
		return;
	record = snapshot_next(snapshot);
	if (!record)
		return;
	record->flow = (struct headgate_flow_record){
		.agent_id = flow->agent_id,
		.lane_id = flow->lane->id,
		.device_id = flow->lane->device->id,
		.due_ppm = flow->account ? queue_flow_due_ppm(&flow->queue) : 0,
		.waiting = flow->nr_waiting,
		.cancelled = flow->cancelled,
		.failed_pid = flow->failed_pid,
		.failed_error = flow->failed_error,
		.outstanding = flow->outstanding,
		.estimate_ns = flow->queue.cost.mean_ns,
		.think_ns = flow->queue.think.mean_ns,
		.anticipated_ns = flow->queue.held_ns,
		.ledger = flow->ledger,
	};
	memcpy(record->flow.waits, flow->waits, sizeof(flow->waits));
}

static void snapshot_gone(struct headgate_snapshot *snapshot, const struct headgate_lane *lane,
			  const struct headgate_gone *gone)
{
	union headgate_record *record = snapshot_next(snapshot);

	if (!record)
		return;
	record->flow = (struct headgate_flow_record){
		.agent_id = gone->agent_id,
		.lane_id = lane->id,
		.device_id = lane->device->id,
		/* One that went while we looked is told, but cannot be told as read. */
		.gone = min(gone->number, snapshot->gone_last),
		.ledger = gone->ledger,
	};
}

static void snapshot_flows(struct headgate_snapshot *snapshot, struct headgate_device *device)
{
	struct headgate_lane *lane;
	struct headgate_flow *flow;
	struct headgate_gone *gone;

	list_for_each_entry_rcu(lane, &device->lanes, list, lockdep_is_held(&device->lock)) {
		snapshot_flow(snapshot, &lane->ungoverned);
		list_for_each_entry(flow, &lane->flows, lane_list)
			snapshot_flow(snapshot, flow);
		list_for_each_entry(gone, &lane->gone, list)
			snapshot_gone(snapshot, lane, gone);
	}
}

/**
 * headgate_snapshot_forget_gone - totals of agents that are gone were read
 * @until: up to this number of theirs
 *
 * Context: process.
 */
void headgate_snapshot_forget_gone(u64 until)
{
	struct headgate_device *device = NULL;
	struct headgate_lane *lane;
	unsigned long flags;

	rcu_read_lock();
	while ((device = headgate_device_next(device))) {
		spin_lock_irqsave(&device->lock, flags);
		list_for_each_entry_rcu(lane, &device->lanes, list,
					lockdep_is_held(&device->lock))
			headgate_gone_forget(lane, until);
		spin_unlock_irqrestore(&device->lock, flags);
	}
	rcu_read_unlock();
}

static void snapshot_fill(struct headgate_snapshot *snapshot, u8 cmd)
{
	struct headgate_device *device = NULL;
	unsigned long flags;

	snapshot->count = 0;
	snapshot->gone_last = headgate_gone_last();
	if (cmd == HEADGATE_CMD_AGENT_GET) {
		snapshot_agents(snapshot);
		return;
	}
	rcu_read_lock();
	while ((device = headgate_device_next(device))) {
		spin_lock_irqsave(&device->lock, flags);
		if (cmd == HEADGATE_CMD_DEVICE_GET)
			snapshot_device(snapshot, device);
		else if (cmd == HEADGATE_CMD_LANE_GET)
			snapshot_lanes(snapshot, device);
		else
			snapshot_flows(snapshot, device);
		spin_unlock_irqrestore(&device->lock, flags);
	}
	rcu_read_unlock();
}

/**
 * headgate_snapshot_take - what a dump tells of
 * @cmd: HEADGATE_CMD_AGENT_GET, _DEVICE_GET, _LANE_GET or _FLOW_GET
 * @since: headgate_flow_dumps before an earlier one: of flows that are the same since nothing is
 *	told; NULL: of all
 *
 * Context: process, may sleep.
 * Return: the snapshot, or NULL for lack of memory.
 */
struct headgate_snapshot *headgate_snapshot_take(u8 cmd, const u32 *since)
{
	struct headgate_snapshot *snapshot, none = { .all = !since, .since = since ? *since : 0 };
	unsigned int size;

	if (cmd == HEADGATE_CMD_FLOW_GET)
		atomic_inc(&headgate_flow_dumps);
	snapshot_fill(&none, cmd); /* counts */
	for (;;) {
		size = none.count + SNAPSHOT_SLACK;
		snapshot = kvzalloc(struct_size(snapshot, record, size), GFP_KERNEL);
		if (!snapshot)
			return NULL;
		snapshot->size = size;
		snapshot->all = none.all;
		snapshot->since = none.since;
		snapshot_fill(snapshot, cmd);
		if (snapshot->count <= size)
			return snapshot;
		none.count = snapshot->count;
		headgate_snapshot_free(snapshot, cmd);
	}
}

/**
 * headgate_snapshot_free - a snapshot was sent, or is not wanted
 * @snapshot: snapshot, or NULL
 * @cmd: what it was taken for
 */
void headgate_snapshot_free(struct headgate_snapshot *snapshot, u8 cmd)
{
	if (!snapshot)
		return;
	if (cmd == HEADGATE_CMD_AGENT_GET)
		for (unsigned int i = 0; i < min(snapshot->count, snapshot->size); i++)
			cgroup_put(snapshot->record[i].agent.cgrp);
	kvfree(snapshot);
}
