// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink: what can be read.
 *
 * A dump takes a snapshot when it starts, a device at a time under its lock,
 * so that the figures of a device are of one moment; then it sends the
 * snapshot in as many messages as it takes.
 */
#include <linux/cgroup.h>
#include <linux/mm.h>

#include "agent.h"
#include "device.h"
#include "gone.h"
#include "lane.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "settings.h"

/* Free entries beyond those counted, for what appears between two looks. */
#define SNAPSHOT_SLACK 16

struct agent_record {
	u64 id, parent_id;
	struct headgate_policy policy;
	struct cgroup *cgrp;
};

struct device_record {
	u32 id, meter;
	int primary_minor, render_minor, accel_minor;
	u64 tickets, jobs, jobs_unticketed;
	bool gone;
	char name[HEADGATE_DEVICE_NAME_LEN], driver[HEADGATE_NAME_LEN];
};

struct lane_record {
	u32 id, device_id, outstanding, waiting;
	u64 jobs, busy_ns, ungoverned_ns, held_idle_ns, anticipated_ns;
	u64 time_ns, idle_ns, running_ns;
	char name[HEADGATE_NAME_LEN];
};

struct flow_record {
	u64 agent_id, estimate_ns, think_ns, anticipated_ns, gone;
	u32 lane_id, device_id, due_ppm, waiting, outstanding;
	struct headgate_ledger ledger;
	u32 waits[HEADGATE_WAIT_BUCKETS];
};

union record {
	struct agent_record agent;
	struct device_record device;
	struct lane_record lane;
	struct flow_record flow;
};

struct snapshot {
	unsigned int count, size, sent;
	u64 gone_last;
	union record record[] __counted_by(size);
};

/* The next free record, or NULL: the snapshot only counts on then. */
static union record *snapshot_next(struct snapshot *snapshot)
{
	unsigned int i = snapshot->count++;

	return i < snapshot->size ? &snapshot->record[i] : NULL;
}

static void snapshot_agents(struct snapshot *snapshot)
{
	struct headgate_agent *agent = NULL, *parent;
	union record *record;

	mutex_lock(&headgate_agents_lock);
	while ((agent = headgate_agent_next(agent))) {
		record = snapshot_next(snapshot);
		if (!record)
			continue;
		parent = rcu_dereference_protected(agent->parent, 1);
		record->agent = (struct agent_record){
			.id = agent->id,
			.parent_id = parent ? parent->id : 0,
			.policy = agent->policy,
			.cgrp = agent->cgrp,
		};
		cgroup_get(agent->cgrp);
	}
	mutex_unlock(&headgate_agents_lock);
}

static void snapshot_device(struct snapshot *snapshot, struct headgate_device *device)
{
	union record *record = snapshot_next(snapshot);

	if (!record)
		return;
	record->device = (struct device_record){
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

static void lane_record_add(struct lane_record *record, const struct headgate_ledger *ledger)
{
	record->jobs += ledger->jobs;
	record->busy_ns += ledger->busy_ns;
}

/* The part of a lane's time that is in nobody's ledger. */
static void lane_record_rest(struct lane_record *record, const struct headgate_lane *lane, u64 now)
{
	record->time_ns = now - lane->made_at;
	record->idle_ns = lane->idle_ns;
	if (lane->running)
		record->running_ns = now - headgate_lane_uncharged_since(lane) + lane->lent_ns;
	else
		record->idle_ns += now - lane->turned_at;
}

static void snapshot_lanes(struct snapshot *snapshot, struct headgate_device *device)
{
	struct headgate_lane *lane;
	struct headgate_flow *flow;
	struct headgate_gone *gone;
	union record *record;
	u64 now;

	list_for_each_entry_rcu(lane, &device->lanes, list, lockdep_is_held(&device->lock)) {
		record = snapshot_next(snapshot);
		if (!record)
			continue;
		now = ktime_get_ns(); /* a lane may have been made just now */
		headgate_lane_settle(lane, now);
		record->lane = (struct lane_record){
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

static void snapshot_flow(struct snapshot *snapshot, struct headgate_flow *flow)
{
	union record *record = snapshot_next(snapshot);

	if (!record)
		return;
	record->flow = (struct flow_record){
		.agent_id = flow->agent_id,
		.lane_id = flow->lane->id,
		.device_id = flow->lane->device->id,
		.due_ppm = flow->account ? queue_flow_due_ppm(&flow->queue) : 0,
		.waiting = flow->nr_waiting,
		.outstanding = flow->outstanding,
		.estimate_ns = flow->queue.cost.mean_ns,
		.think_ns = flow->queue.think.mean_ns,
		.anticipated_ns = flow->queue.held_ns,
		.ledger = flow->ledger,
	};
	memcpy(record->flow.waits, flow->waits, sizeof(flow->waits));
}

static void snapshot_gone(struct snapshot *snapshot, const struct headgate_lane *lane,
			  const struct headgate_gone *gone)
{
	union record *record = snapshot_next(snapshot);

	if (!record)
		return;
	record->flow = (struct flow_record){
		.agent_id = gone->agent_id,
		.lane_id = lane->id,
		.device_id = lane->device->id,
		/* One that went while we looked is told, but cannot be told as read. */
		.gone = min(gone->number, snapshot->gone_last),
		.ledger = gone->ledger,
	};
}

static void snapshot_flows(struct snapshot *snapshot, struct headgate_device *device)
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

/* What was read of agents that are gone, up to number @until. */
static void forget_gone(u64 until)
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

static void snapshot_fill(struct snapshot *snapshot, u8 cmd)
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

static void snapshot_free(struct snapshot *snapshot, u8 cmd)
{
	if (cmd == HEADGATE_CMD_AGENT_GET)
		for (unsigned int i = 0; i < min(snapshot->count, snapshot->size); i++)
			cgroup_put(snapshot->record[i].agent.cgrp);
	kvfree(snapshot);
}

int headgate_netlink_start(struct netlink_callback *cb)
{
	const struct genl_dumpit_info *info = genl_dumpit_info(cb);
	struct snapshot *snapshot, none = {};
	u8 cmd = info->op.cmd;
	unsigned int size;

	if (!netlink_capable(cb->skb, CAP_SYS_ADMIN)) {
		NL_SET_ERR_MSG(cb->extack, "needs CAP_SYS_ADMIN in the initial user namespace");
		return -EPERM;
	}
	if (cmd == HEADGATE_CMD_FLOW_GET && info->info.attrs[HEADGATE_A_FLOW_FORGET_GONE])
		forget_gone(nla_get_uint(info->info.attrs[HEADGATE_A_FLOW_FORGET_GONE]));
	snapshot_fill(&none, cmd); /* counts */
	for (;;) {
		size = none.count + SNAPSHOT_SLACK;
		snapshot = kvzalloc(struct_size(snapshot, record, size), GFP_KERNEL);
		if (!snapshot)
			return -ENOMEM;
		snapshot->size = size;
		snapshot_fill(snapshot, cmd);
		if (snapshot->count <= size)
			break;
		none.count = snapshot->count;
		snapshot_free(snapshot, cmd);
	}
	cb->args[0] = (long)snapshot;
	return 0;
}

int headgate_netlink_done(struct netlink_callback *cb)
{
	if (cb->args[0])
		snapshot_free((struct snapshot *)cb->args[0], genl_dumpit_info(cb)->op.cmd);
	return 0;
}

/* The path as seen from the root; "(removed)" cannot be read any more. */
static int fill_path(struct sk_buff *skb, struct cgroup *cgrp)
{
	char *path = kmalloc(PATH_MAX, GFP_KERNEL);
	int err = -ENOMEM;

	if (!path)
		return err;
	err = cgroup_path(cgrp, path, PATH_MAX) < 0 ? -ENAMETOOLONG :
	      nla_put_string(skb, HEADGATE_A_AGENT_PATH, path);
	kfree(path);
	return err;
}

static int fill_agent(struct sk_buff *skb, const union record *record)
{
	const struct agent_record *agent = &record->agent;

	return nla_put_uint(skb, HEADGATE_A_AGENT_ID, agent->id) ||
	       fill_path(skb, agent->cgrp) ||
	       (agent->parent_id &&
		nla_put_uint(skb, HEADGATE_A_AGENT_PARENT_ID, agent->parent_id)) ||
	       nla_put_u32(skb, HEADGATE_A_AGENT_WEIGHT, agent->policy.weight) ||
	       nla_put_u32(skb, HEADGATE_A_AGENT_CLASS, agent->policy.class) ||
	       nla_put_uint(skb, HEADGATE_A_AGENT_SLICE_NS, agent->policy.slice_ns) ||
	       nla_put_uint(skb, HEADGATE_A_AGENT_MAX_QUOTA_NS, agent->policy.quota_ns) ||
	       nla_put_uint(skb, HEADGATE_A_AGENT_MAX_PERIOD_NS, agent->policy.period_ns);
}

static int fill_minor(struct sk_buff *skb, int attr, int minor)
{
	return minor < 0 ? 0 : nla_put_u32(skb, attr, minor);
}

static int fill_device(struct sk_buff *skb, const union record *record)
{
	const struct device_record *device = &record->device;

	return nla_put_u32(skb, HEADGATE_A_DEVICE_ID, device->id) ||
	       nla_put_string(skb, HEADGATE_A_DEVICE_NAME, device->name) ||
	       nla_put_string(skb, HEADGATE_A_DEVICE_DRIVER, device->driver) ||
	       fill_minor(skb, HEADGATE_A_DEVICE_PRIMARY_MINOR, device->primary_minor) ||
	       fill_minor(skb, HEADGATE_A_DEVICE_RENDER_MINOR, device->render_minor) ||
	       fill_minor(skb, HEADGATE_A_DEVICE_ACCEL_MINOR, device->accel_minor) ||
	       nla_put_u32(skb, HEADGATE_A_DEVICE_METER, device->meter) ||
	       nla_put_uint(skb, HEADGATE_A_DEVICE_TICKETS, device->tickets) ||
	       nla_put_uint(skb, HEADGATE_A_DEVICE_JOBS, device->jobs) ||
	       nla_put_uint(skb, HEADGATE_A_DEVICE_JOBS_UNTICKETED, device->jobs_unticketed) ||
	       nla_put_u32(skb, HEADGATE_A_DEVICE_GONE, device->gone);
}

static int fill_lane(struct sk_buff *skb, const union record *record)
{
	const struct lane_record *lane = &record->lane;

	return nla_put_u32(skb, HEADGATE_A_LANE_ID, lane->id) ||
	       nla_put_u32(skb, HEADGATE_A_LANE_DEVICE_ID, lane->device_id) ||
	       nla_put_string(skb, HEADGATE_A_LANE_NAME, lane->name) ||
	       nla_put_uint(skb, HEADGATE_A_LANE_JOBS, lane->jobs) ||
	       nla_put_uint(skb, HEADGATE_A_LANE_BUSY_NS, lane->busy_ns) ||
	       nla_put_uint(skb, HEADGATE_A_LANE_UNGOVERNED_NS, lane->ungoverned_ns) ||
	       nla_put_uint(skb, HEADGATE_A_LANE_HELD_IDLE_NS, lane->held_idle_ns) ||
	       nla_put_u32(skb, HEADGATE_A_LANE_OUTSTANDING, lane->outstanding) ||
	       nla_put_u32(skb, HEADGATE_A_LANE_WAITING, lane->waiting) ||
	       nla_put_uint(skb, HEADGATE_A_LANE_ANTICIPATED_NS, lane->anticipated_ns) ||
	       nla_put_uint(skb, HEADGATE_A_LANE_TIME_NS, lane->time_ns) ||
	       nla_put_uint(skb, HEADGATE_A_LANE_IDLE_NS, lane->idle_ns) ||
	       nla_put_uint(skb, HEADGATE_A_LANE_RUNNING_NS, lane->running_ns);
}

static int fill_flow(struct sk_buff *skb, const union record *record)
{
	const struct flow_record *flow = &record->flow;
	const struct headgate_ledger *ledger = &flow->ledger;

	return nla_put_uint(skb, HEADGATE_A_FLOW_AGENT_ID, flow->agent_id) ||
	       nla_put_u32(skb, HEADGATE_A_FLOW_LANE_ID, flow->lane_id) ||
	       nla_put_u32(skb, HEADGATE_A_FLOW_DEVICE_ID, flow->device_id) ||
	       nla_put_u32(skb, HEADGATE_A_FLOW_DUE_PPM, flow->due_ppm) ||
	       nla_put_uint(skb, HEADGATE_A_FLOW_TICKETS, ledger->tickets) ||
	       nla_put_uint(skb, HEADGATE_A_FLOW_JOBS, ledger->jobs) ||
	       nla_put_uint(skb, HEADGATE_A_FLOW_BUSY_NS, ledger->busy_ns) ||
	       nla_put_uint(skb, HEADGATE_A_FLOW_QUEUED_NS, ledger->queued_ns) ||
	       nla_put_uint(skb, HEADGATE_A_FLOW_WAIT_NS, ledger->wait_ns) ||
	       nla_put_uint(skb, HEADGATE_A_FLOW_FAILED, ledger->failed) ||
	       nla_put_uint(skb, HEADGATE_A_FLOW_FORCED, ledger->forced) ||
	       nla_put_u32(skb, HEADGATE_A_FLOW_WAITING, flow->waiting) ||
	       nla_put_u32(skb, HEADGATE_A_FLOW_OUTSTANDING, flow->outstanding) ||
	       nla_put_uint(skb, HEADGATE_A_FLOW_ESTIMATE_NS, flow->estimate_ns) ||
	       nla_put(skb, HEADGATE_A_FLOW_WAIT_HISTOGRAM, sizeof(flow->waits), flow->waits) ||
	       nla_put_uint(skb, HEADGATE_A_FLOW_THINK_NS, flow->think_ns) ||
	       nla_put_uint(skb, HEADGATE_A_FLOW_ANTICIPATED_NS, flow->anticipated_ns) ||
	       (flow->gone && nla_put_uint(skb, HEADGATE_A_FLOW_GONE, flow->gone));
}

/* Sends as many records as the message takes. */
static int dump(struct sk_buff *skb, struct netlink_callback *cb,
		int (*fill)(struct sk_buff *skb, const union record *record))
{
	struct snapshot *snapshot = (struct snapshot *)cb->args[0];
	void *header;

	for (; snapshot->sent < snapshot->count; snapshot->sent++) {
		header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				     &headgate_nl_family, NLM_F_MULTI,
				     genl_dumpit_info(cb)->op.cmd);
		if (!header)
			return skb->len;
		if (fill(skb, &snapshot->record[snapshot->sent])) {
			genlmsg_cancel(skb, header);
			return skb->len ?: -EMSGSIZE;
		}
		genlmsg_end(skb, header);
	}
	return skb->len;
}

int headgate_nl_agent_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, fill_agent);
}

int headgate_nl_device_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, fill_device);
}

int headgate_nl_lane_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, fill_lane);
}

int headgate_nl_flow_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, fill_flow);
}

int headgate_nl_info_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct headgate_settings *set = &headgate_settings;
	struct headgate_counters *counters = &headgate_counters;
	struct sk_buff *reply = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	void *header;

	if (!reply)
		return -ENOMEM;
	header = genlmsg_iput(reply, info);
	if (!header ||
	    nla_put_string(reply, HEADGATE_A_INFO_VERSION, HEADGATE_VERSION) ||
	    nla_put_uint(reply, HEADGATE_A_INFO_HORIZON_NS, READ_ONCE(set->queue.horizon_ns)) ||
	    nla_put_uint(reply, HEADGATE_A_INFO_MAX_WAIT_NS, READ_ONCE(set->max_wait_ns)) ||
	    nla_put_uint(reply, HEADGATE_A_INFO_SLICE_BATCH_NS, READ_ONCE(set->slice_batch_ns)) ||
	    nla_put_uint(reply, HEADGATE_A_INFO_SLICE_INTERACTIVE_NS,
			 READ_ONCE(set->slice_interactive_ns)) ||
	    nla_put_u32(reply, HEADGATE_A_INFO_AGENTS, headgate_agent_count()) ||
	    nla_put_u32(reply, HEADGATE_A_INFO_TICKETS_LIVE,
			atomic_read(&counters->tickets_live)) ||
	    nla_put_uint(reply, HEADGATE_A_INFO_FAILED_OPEN,
			 atomic64_read(&counters->failed_open)) ||
	    nla_put_uint(reply, HEADGATE_A_INFO_JOBS_UNMETERED,
			 atomic64_read(&counters->jobs_unmetered)) ||
	    nla_put_uint(reply, HEADGATE_A_INFO_JOBS_LOST, atomic64_read(&counters->jobs_lost)) ||
	    nla_put_u32(reply, HEADGATE_A_INFO_JOBS_LIVE, atomic_read(&counters->jobs_live))) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, header);
	return genlmsg_reply(reply, info);
}

int headgate_nl_agent_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct cgroup *cgrp = headgate_netlink_cgroup(info);
	struct headgate_agent *agent, *parent;
	union record record = {};
	struct sk_buff *reply;
	void *header;
	int err = -ENOENT;

	if (IS_ERR(cgrp))
		return PTR_ERR(cgrp);
	mutex_lock(&headgate_agents_lock);
	agent = headgate_agent_find(cgrp);
	if (agent) {
		parent = rcu_dereference_protected(agent->parent, 1);
		record.agent = (struct agent_record){ agent->id, parent ? parent->id : 0,
						      agent->policy, cgrp };
	}
	mutex_unlock(&headgate_agents_lock);
	if (!agent) {
		NL_SET_ERR_MSG(info->extack, "this cgroup is not an agent");
		goto put_cgroup;
	}
	err = -ENOMEM;
	reply = genlmsg_new(NLMSG_GOODSIZE + PATH_MAX, GFP_KERNEL);
	if (!reply)
		goto put_cgroup;
	header = genlmsg_iput(reply, info);
	if (!header || fill_agent(reply, &record)) {
		nlmsg_free(reply);
		err = -EMSGSIZE;
		goto put_cgroup;
	}
	genlmsg_end(reply, header);
	err = genlmsg_reply(reply, info);
put_cgroup:
	cgroup_put(cgrp);
	return err;
}
