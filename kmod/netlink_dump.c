// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink: what can be read.
 *
 * A dump takes a snapshot when it starts, and sends it in as many messages as it takes.
 */
#include <linux/cgroup.h>

#include "agent.h"
#include "device.h"
#include "flow.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "settings.h"
#include "snapshot.h"

int headgate_netlink_start(struct netlink_callback *cb)
{
	const struct genl_dumpit_info *info = genl_dumpit_info(cb);
	struct headgate_snapshot *snapshot;
	const struct nlattr *until = NULL, *since = NULL;
	u8 cmd = info->op.cmd;
	u32 earlier;

	if (!netlink_capable(cb->skb, CAP_SYS_ADMIN)) {
		NL_SET_ERR_MSG(cb->extack, "needs CAP_SYS_ADMIN in the initial user namespace");
		return -EPERM;
	}
	if (cmd == HEADGATE_CMD_FLOW_GET) {
		until = info->info.attrs[HEADGATE_A_FLOW_FORGET_GONE];
		since = info->info.attrs[HEADGATE_A_FLOW_CHANGED_SINCE];
	}
	if (until)
		headgate_snapshot_forget_gone(nla_get_uint(until));
	if (since)
		earlier = nla_get_u32(since);
	snapshot = headgate_snapshot_take(cmd, since ? &earlier : NULL);
	if (!snapshot)
		return -ENOMEM;
	cb->args[0] = (long)snapshot;
	return 0;
}

int headgate_netlink_done(struct netlink_callback *cb)
{
	headgate_snapshot_free((struct headgate_snapshot *)cb->args[0],
			       genl_dumpit_info(cb)->op.cmd);
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

static int fill_agent(struct sk_buff *skb, const union headgate_record *record)
{
	const struct headgate_agent_record *agent = &record->agent;

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

static int fill_device(struct sk_buff *skb, const union headgate_record *record)
{
	const struct headgate_device_record *device = &record->device;

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

static int fill_lane(struct sk_buff *skb, const union headgate_record *record)
{
	const struct headgate_lane_record *lane = &record->lane;

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

static int fill_flow(struct sk_buff *skb, const union headgate_record *record)
{
	const struct headgate_flow_record *flow = &record->flow;
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
	       (flow->gone && nla_put_uint(skb, HEADGATE_A_FLOW_GONE, flow->gone)) ||
	       nla_put_uint(skb, HEADGATE_A_FLOW_CANCELLED, flow->cancelled) ||
	       (flow->failed_error &&
		(nla_put_u32(skb, HEADGATE_A_FLOW_FAILED_PID, flow->failed_pid) ||
		 nla_put_u32(skb, HEADGATE_A_FLOW_FAILED_ERROR, flow->failed_error)));
}

/* Sends as many records as the message takes. */
static int dump(struct sk_buff *skb, struct netlink_callback *cb,
		int (*fill)(struct sk_buff *skb, const union headgate_record *record))
{
	struct headgate_snapshot *snapshot = (struct headgate_snapshot *)cb->args[0];
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
	    nla_put_u32(reply, HEADGATE_A_INFO_JOBS_LIVE, atomic_read(&counters->jobs_live)) ||
	    nla_put_uint(reply, HEADGATE_A_INFO_AGENTS_CHANGES, headgate_agents_changes()) ||
	    nla_put_u32(reply, HEADGATE_A_INFO_FLOW_DUMPS, atomic_read(&headgate_flow_dumps))) {
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
	union headgate_record record = {};
	struct sk_buff *reply;
	void *header;
	int err = -ENOENT;

	if (IS_ERR(cgrp))
		return PTR_ERR(cgrp);
	mutex_lock(&headgate_agents_lock);
	agent = headgate_agent_find(cgrp);
	if (agent) {
		parent = rcu_dereference_protected(agent->parent, 1);
		record.agent = (struct headgate_agent_record){ agent->id, parent ? parent->id : 0,
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
