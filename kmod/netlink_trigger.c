// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink: triggers of pressure, that is how they are asked for, the events that
 * come of them, and that they end with the socket that they came by.
 */
#include <linux/cgroup.h>
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/slab.h>

#include "agent.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "trigger.h"

/* As PSI: a shorter window costs too much, a longer one tells too late. */
#define WINDOW_MIN (500ULL * NSEC_PER_MSEC)
#define WINDOW_MAX (10ULL * NSEC_PER_SEC)

static int need(struct genl_info *info, int attr, const char *what)
{
	if (info->attrs[attr])
		return 0;
	NL_SET_ERR_MSG_FMT(info->extack, "%s is missing", what);
	return -EINVAL;
}

static int take_times(struct genl_info *info, struct headgate_trigger *trigger)
{
	struct nlattr *window = info->attrs[HEADGATE_A_PRESSURE_WINDOW_NS];
	struct nlattr *threshold = info->attrs[HEADGATE_A_PRESSURE_THRESHOLD_NS];

	trigger->window.size_ns = nla_get_uint(window);
	trigger->threshold_ns = nla_get_uint(threshold);
	if (trigger->window.size_ns < WINDOW_MIN || trigger->window.size_ns > WINDOW_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack, window, "window must be 500 ms to 10 s");
		return -ERANGE;
	}
	if (!trigger->threshold_ns || trigger->threshold_ns > trigger->window.size_ns) {
		NL_SET_ERR_MSG_ATTR(info->extack, threshold,
				    "threshold must be above 0 and at most the window");
		return -ERANGE;
	}
	return 0;
}

/* The agent of an id, with a reference, or ERR_PTR(). */
static struct headgate_agent *agent_get(u64 id)
{
	struct headgate_agent *agent = ERR_PTR(-ENOENT);
	struct cgroup *cgrp = cgroup_get_from_id(id);

	if (IS_ERR(cgrp))
		return ERR_PTR(-ENOENT);
	mutex_lock(&headgate_agents_lock);
	agent = headgate_agent_find(cgrp) ?: ERR_PTR(-ENOENT);
	if (!IS_ERR(agent))
		refcount_inc(&agent->refs);
	mutex_unlock(&headgate_agents_lock);
	cgroup_put(cgrp);
	return agent;
}

static int take_group(struct genl_info *info, struct headgate_trigger *trigger)
{
	int err = need(info, HEADGATE_A_PRESSURE_DEVICE_ID, "device-id");

	trigger->scope = nla_get_u32(info->attrs[HEADGATE_A_PRESSURE_SCOPE]);
	if (!err && trigger->scope == HEADGATE_PRESSURE_SCOPE_LANE)
		err = need(info, HEADGATE_A_PRESSURE_LANE_ID, "lane-id");
	if (!err && trigger->scope == HEADGATE_PRESSURE_SCOPE_AGENT)
		err = need(info, HEADGATE_A_PRESSURE_AGENT_ID, "agent-id");
	if (err)
		return err;
	trigger->device_id = nla_get_u32(info->attrs[HEADGATE_A_PRESSURE_DEVICE_ID]);
	if (trigger->scope == HEADGATE_PRESSURE_SCOPE_LANE) {
		trigger->lane_id = nla_get_u32(info->attrs[HEADGATE_A_PRESSURE_LANE_ID]);
		if (!trigger->lane_id) {
			NL_SET_ERR_MSG(info->extack, "lanes have numbers from 1");
			return -ENOENT;
		}
	}
	if (trigger->scope != HEADGATE_PRESSURE_SCOPE_AGENT)
		return 0;
	trigger->agent = agent_get(nla_get_uint(info->attrs[HEADGATE_A_PRESSURE_AGENT_ID]));
	if (!IS_ERR(trigger->agent))
		return 0;
	trigger->agent = NULL;
	NL_SET_ERR_MSG(info->extack, "this cgroup is not an agent");
	return -ENOENT;
}

static int take_trigger(struct genl_info *info, struct headgate_trigger *trigger)
{
	int err = need(info, HEADGATE_A_PRESSURE_SCOPE, "scope");

	/* An event that nobody can hear is worse than none. */
	if (!net_eq(genl_info_net(info), &init_net)) {
		NL_SET_ERR_MSG(info->extack, "events are told in the initial network namespace");
		return -EOPNOTSUPP;
	}
	if (!err)
		err = need(info, HEADGATE_A_PRESSURE_KIND, "kind");
	if (!err)
		err = need(info, HEADGATE_A_PRESSURE_THRESHOLD_NS, "threshold-ns");
	if (!err)
		err = need(info, HEADGATE_A_PRESSURE_WINDOW_NS, "window-ns");
	if (!err)
		err = take_times(info, trigger);
	if (err)
		return err;
	trigger->portid = info->snd_portid;
	trigger->kind = nla_get_u32(info->attrs[HEADGATE_A_PRESSURE_KIND]) ==
			HEADGATE_PRESSURE_KIND_FULL ? PRESSURE_FULL : PRESSURE_SOME;
	return take_group(info, trigger);
}

int headgate_nl_pressure_trigger_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct headgate_trigger *trigger = kzalloc(sizeof(*trigger), GFP_KERNEL);
	struct sk_buff *reply = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	void *header = NULL;
	int err = -ENOMEM;
	u32 id;

	if (!trigger || !reply)
		goto free;
	header = genlmsg_iput(reply, info);
	err = header ? take_trigger(info, trigger) : -EMSGSIZE;
	if (err)
		goto free;
	err = headgate_trigger_add(trigger, &id);
	if (err == -ENOSPC)
		NL_SET_ERR_MSG(info->extack, "there are as many triggers as there may be");
	else if (err == -ENODEV)
		NL_SET_ERR_MSG(info->extack, "headgate is being removed");
	else if (err)
		NL_SET_ERR_MSG(info->extack, "there is no such group");
	if (err)
		goto free;
	/* In an empty message of that size there is room for a number. */
	WARN_ON_ONCE(nla_put_u32(reply, HEADGATE_A_PRESSURE_TRIGGER_ID, id));
	genlmsg_end(reply, header);
	return genlmsg_reply(reply, info);

free:
	if (trigger)
		headgate_agent_put(trigger->agent);
	kfree(trigger);
	nlmsg_free(reply);
	return err;
}

static int fill(struct sk_buff *skb, const struct headgate_trigger *trigger)
{
	return nla_put_uint(skb, HEADGATE_A_EVENT_AGENT_ID,
			    trigger->agent ? trigger->agent->id : 0) ||
	       nla_put_u32(skb, HEADGATE_A_EVENT_LANE_ID, trigger->lane_id) ||
	       nla_put_u32(skb, HEADGATE_A_EVENT_DEVICE_ID, trigger->device_id) ||
	       nla_put_u32(skb, HEADGATE_A_EVENT_SCOPE, trigger->scope) ||
	       nla_put_u32(skb, HEADGATE_A_EVENT_KIND, trigger->kind) ||
	       nla_put_u32(skb, HEADGATE_A_EVENT_TRIGGER_ID, trigger->id);
}

static int tell(const struct headgate_trigger *trigger, u8 cmd, u64 stall_ns)
{
	struct sk_buff *skb;
	void *header;

	if (!genl_has_listeners(&headgate_nl_family, &init_net, HEADGATE_NLGRP_EVENTS))
		return 0;
	skb = genlmsg_new(NLMSG_GOODSIZE, GFP_NOWAIT);
	if (!skb)
		return -ENOMEM;
	header = genlmsg_put(skb, 0, 0, &headgate_nl_family, 0, cmd);
	if (fill(skb, trigger) ||
	    (cmd == HEADGATE_CMD_PRESSURE &&
	     (nla_put_uint(skb, HEADGATE_A_EVENT_STALL_NS, stall_ns) ||
	      nla_put_uint(skb, HEADGATE_A_EVENT_WINDOW_NS, trigger->window.size_ns)))) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	/* A listener that misses it for lack of room is told so by its socket. */
	genlmsg_multicast(&headgate_nl_family, skb, 0, HEADGATE_NLGRP_EVENTS, GFP_NOWAIT);
	return 0;
}

/**
 * headgate_netlink_pressure - tell that the threshold of a trigger was reached
 * @trigger: trigger
 * @stall_ns: how much of its window was stall
 *
 * Context: any.
 * Return: 0 when it was told, or nobody listens; -ENOMEM.
 */
int headgate_netlink_pressure(const struct headgate_trigger *trigger, u64 stall_ns)
{
	return tell(trigger, HEADGATE_CMD_PRESSURE, stall_ns);
}

/**
 * headgate_netlink_pressure_gone - tell that what a trigger watches is gone
 * @trigger: trigger
 *
 * Context: any.
 * Return: 0 when it was told, or nobody listens; -ENOMEM.
 */
int headgate_netlink_pressure_gone(const struct headgate_trigger *trigger)
{
	return tell(trigger, HEADGATE_CMD_PRESSURE_GONE, 0);
}

static int socket_released(struct notifier_block *nb, unsigned long state, void *data)
{
	const struct netlink_notify *notify = data;

	if (state == NETLINK_URELEASE && notify->protocol == NETLINK_GENERIC &&
	    net_eq(notify->net, &init_net))
		headgate_triggers_release(notify->portid);
	return NOTIFY_DONE;
}

static struct notifier_block socket_notifier = { .notifier_call = socket_released };

int headgate_netlink_triggers_init(void)
{
	return netlink_register_notifier(&socket_notifier);
}

/* Before the family goes: requests that are on their way are refused. */
void headgate_netlink_triggers_exit(void)
{
	netlink_unregister_notifier(&socket_notifier);
	headgate_triggers_exit();
}
