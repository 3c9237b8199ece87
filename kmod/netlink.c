// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink: requests that change policy, and events. The dumps are in
 * netlink_dump.c, the tables are generated from the YNL specification.
 */
#include <linux/capability.h>
#include <linux/cgroup.h>
#include <linux/slab.h>

#include "agent.h"
#include "device.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "release.h"
#include "settings.h"
#include "trigger.h"

#define PERIOD_MIN NSEC_PER_MSEC /* shorter than most jobs means nothing */
#define PERIOD_MAX (10ULL * NSEC_PER_SEC)
#define SLICE_MIN (10ULL * NSEC_PER_USEC)
#define SLICE_MAX (1ULL * NSEC_PER_SEC)
#define HORIZON_MIN (100ULL * NSEC_PER_USEC)
#define HORIZON_MAX (1ULL * NSEC_PER_SEC)
#define MAX_WAIT_MIN (10ULL * NSEC_PER_MSEC)
#define MAX_WAIT_MAX (3600ULL * NSEC_PER_SEC)

/* Reading too: a ledger tells what others do. */
int headgate_netlink_pre(const struct genl_split_ops *ops, struct sk_buff *skb,
			 struct genl_info *info)
{
	if (netlink_capable(skb, CAP_SYS_ADMIN))
		return 0;
	NL_SET_ERR_MSG(info->extack, "needs CAP_SYS_ADMIN in the initial user namespace");
	return -EPERM;
}

/* Replaces @*value if the attribute is there and within bounds. */
static int take_ns(struct genl_info *info, int attr, u64 min, u64 max, u64 *value,
		   const char *range)
{
	u64 ns;

	if (!info->attrs[attr])
		return 0;
	ns = nla_get_uint(info->attrs[attr]);
	if (ns < min || ns > max) {
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, info->attrs[attr], "%s", range);
		return -ERANGE;
	}
	*value = ns;
	return 0;
}

int headgate_nl_info_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct headgate_settings new;
	int err;

	mutex_lock(&headgate_agents_lock);
	new = headgate_settings;
	err = take_ns(info, HEADGATE_A_INFO_HORIZON_NS, HORIZON_MIN, HORIZON_MAX,
		      &new.queue.horizon_ns, "horizon must be 100 us to 1 s");
	if (!err)
		err = take_ns(info, HEADGATE_A_INFO_MAX_WAIT_NS, MAX_WAIT_MIN, MAX_WAIT_MAX,
			      &new.max_wait_ns, "max-wait must be 10 ms to 1 h");
	if (!err)
		err = take_ns(info, HEADGATE_A_INFO_SLICE_BATCH_NS, SLICE_MIN, SLICE_MAX,
			      &new.slice_batch_ns, "slice must be 10 us to 1 s");
	if (!err)
		err = take_ns(info, HEADGATE_A_INFO_SLICE_INTERACTIVE_NS, SLICE_MIN, SLICE_MAX,
			      &new.slice_interactive_ns, "slice must be 10 us to 1 s");
	if (!err) {
		WRITE_ONCE(headgate_settings.queue.horizon_ns, new.queue.horizon_ns);
		WRITE_ONCE(headgate_settings.max_wait_ns, new.max_wait_ns);
		WRITE_ONCE(headgate_settings.slice_batch_ns, new.slice_batch_ns);
		WRITE_ONCE(headgate_settings.slice_interactive_ns, new.slice_interactive_ns);
		headgate_device_sync_all();
	}
	mutex_unlock(&headgate_agents_lock);
	return err;
}

static struct cgroup *cgroup_of_path(struct genl_info *info)
{
	struct nlattr *attr = info->attrs[HEADGATE_A_AGENT_PATH];
	const char *path = nla_data(attr);
	struct cgroup *cgrp;

	if (path[0] != '/') {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "path must begin with a slash, below the cgroup v2 root");
		return ERR_PTR(-EINVAL);
	}
	cgrp = cgroup_get_from_path(path);
	if (!IS_ERR(cgrp))
		return cgrp;
	if (!strncmp(path, "/sys/", 5))
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "path must be one below the cgroup v2 root; a cgroup v1 is no agent");
	else
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "no such cgroup in the v2 hierarchy");
	return cgrp;
}

/**
 * headgate_netlink_cgroup - the cgroup that a request names
 * @info: request
 *
 * Return: the cgroup with a reference, or ERR_PTR() with the extack set.
 */
struct cgroup *headgate_netlink_cgroup(struct genl_info *info)
{
	struct nlattr *id = info->attrs[HEADGATE_A_AGENT_ID];
	struct cgroup *cgrp;

	if (!id == !info->attrs[HEADGATE_A_AGENT_PATH]) {
		NL_SET_ERR_MSG(info->extack, "name the cgroup by id or by path, not by both");
		return ERR_PTR(-EINVAL);
	}
	if (!id)
		return cgroup_of_path(info);
	cgrp = cgroup_get_from_id(nla_get_uint(id));
	if (IS_ERR(cgrp))
		NL_SET_ERR_MSG_ATTR(info->extack, id, "no cgroup of this id in the v2 hierarchy");
	return cgrp;
}

static int take_cap(struct genl_info *info, struct headgate_policy *policy)
{
	struct nlattr *quota = info->attrs[HEADGATE_A_AGENT_MAX_QUOTA_NS];
	int err;

	err = take_ns(info, HEADGATE_A_AGENT_MAX_PERIOD_NS, PERIOD_MIN, PERIOD_MAX,
		      &policy->period_ns, "period must be 1 ms to 10 s");
	if (err)
		return err;
	if (quota)
		policy->quota_ns = nla_get_uint(quota);
	if (policy->quota_ns > policy->period_ns) {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    quota ?: info->attrs[HEADGATE_A_AGENT_MAX_PERIOD_NS],
				    "quota must not be above the period");
		return -ERANGE;
	}
	if (policy->quota_ns == policy->period_ns)
		policy->quota_ns = 0; /* all of it: no cap */
	return 0;
}

static int take_policy(struct genl_info *info, struct headgate_policy *policy)
{
	struct nlattr *slice = info->attrs[HEADGATE_A_AGENT_SLICE_NS];

	if (info->attrs[HEADGATE_A_AGENT_WEIGHT])
		policy->weight = nla_get_u32(info->attrs[HEADGATE_A_AGENT_WEIGHT]);
	if (info->attrs[HEADGATE_A_AGENT_CLASS])
		policy->class = nla_get_u32(info->attrs[HEADGATE_A_AGENT_CLASS]);
	if (slice && !nla_get_uint(slice)) {
		policy->slice_ns = 0;
	} else {
		int err = take_ns(info, HEADGATE_A_AGENT_SLICE_NS, SLICE_MIN, SLICE_MAX,
				  &policy->slice_ns, "slice must be 10 us to 1 s, or 0");

		if (err)
			return err;
	}
	return take_cap(info, policy);
}

int headgate_nl_agent_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct cgroup *cgrp = headgate_netlink_cgroup(info);
	struct headgate_policy policy;
	struct headgate_agent *agent;
	int err;

	if (IS_ERR(cgrp))
		return PTR_ERR(cgrp);
	mutex_lock(&headgate_agents_lock);
	agent = headgate_agent_find(cgrp);
	if (agent)
		policy = agent->policy;
	else
		headgate_agent_policy_init(&policy);
	err = take_policy(info, &policy);
	if (!err && agent) {
		headgate_agent_update(agent, &policy);
	} else if (!err && !(READ_ONCE(cgrp->self.flags) & CSS_ONLINE)) {
		NL_SET_ERR_MSG(info->extack, "the cgroup is being removed");
		err = -ENOENT;
	} else if (!err) {
		agent = headgate_agent_add(cgrp, &policy);
		if (IS_ERR(agent)) {
			NL_SET_ERR_MSG(info->extack, "cannot add the agent");
			err = PTR_ERR(agent);
		}
	}
	mutex_unlock(&headgate_agents_lock);
	cgroup_put(cgrp);
	return err;
}

int headgate_nl_agent_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct cgroup *cgrp = headgate_netlink_cgroup(info);
	struct headgate_agent *agent;
	int err = 0;

	if (IS_ERR(cgrp))
		return PTR_ERR(cgrp);
	mutex_lock(&headgate_agents_lock);
	agent = headgate_agent_find(cgrp);
	if (agent) {
		headgate_agent_del(agent);
	} else {
		NL_SET_ERR_MSG(info->extack, "this cgroup is not an agent");
		err = -ENOENT;
	}
	mutex_unlock(&headgate_agents_lock);
	cgroup_put(cgrp);
	return err;
}

int headgate_nl_device_release_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *id = info->attrs[HEADGATE_A_DEVICE_ID];
	struct headgate_device *device = NULL;
	bool found = !id;

	mutex_lock(&headgate_agents_lock);
	while ((device = headgate_device_next(device))) {
		if (id && device->id != nla_get_u32(id))
			continue;
		headgate_release_device(device);
		found = true;
	}
	mutex_unlock(&headgate_agents_lock);
	if (found)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, id, "no such device");
	return -ENOENT;
}

static struct sk_buff *event_new(u8 cmd, void **header)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);

	if (!skb)
		return NULL;
	*header = genlmsg_put(skb, 0, 0, &headgate_nl_family, 0, cmd);
	return skb;
}

static void event_send(struct sk_buff *skb, void *header)
{
	genlmsg_end(skb, header);
	genlmsg_multicast(&headgate_nl_family, skb, 0, HEADGATE_NLGRP_EVENTS, GFP_KERNEL);
}

/**
 * headgate_netlink_stall - tell of a stall
 * @stall: the stall
 *
 * Context: process, may sleep. Lost for lack of memory; the flow's count of
 * forced tickets is not.
 */
void headgate_netlink_stall(const struct headgate_stall *stall)
{
	void *header;
	struct sk_buff *skb;

	if (!genl_has_listeners(&headgate_nl_family, &init_net, HEADGATE_NLGRP_EVENTS))
		return;
	skb = event_new(HEADGATE_CMD_STALL, &header);
	if (!skb)
		return;
	if (nla_put_uint(skb, HEADGATE_A_EVENT_AGENT_ID, stall->agent_id) ||
	    nla_put_u32(skb, HEADGATE_A_EVENT_LANE_ID, stall->lane_id) ||
	    nla_put_u32(skb, HEADGATE_A_EVENT_PID, stall->pid) ||
	    nla_put_uint(skb, HEADGATE_A_EVENT_WAIT_NS, stall->wait_ns))
		nlmsg_free(skb);
	else
		event_send(skb, header);
}

static u32 get_u32(struct genl_info *info, int attr)
{
	return info->attrs[attr] ? nla_get_u32(info->attrs[attr]) : 0;
}

static u64 get_uint(struct genl_info *info, int attr)
{
	return info->attrs[attr] ? nla_get_uint(info->attrs[attr]) : 0;
}

/* Who follows events need not know who judged. */
int headgate_nl_stall_tell_doit(struct sk_buff *request, struct genl_info *info)
{
	static const int numbers[] = {
		HEADGATE_A_EVENT_STALL_KIND, HEADGATE_A_EVENT_END, HEADGATE_A_EVENT_LANE_ID,
		HEADGATE_A_EVENT_DEVICE_ID, HEADGATE_A_EVENT_PID, HEADGATE_A_EVENT_WAITING,
	};
	struct sk_buff *skb;
	void *header;
	int err;

	if (!info->attrs[HEADGATE_A_EVENT_STALL_KIND]) {
		NL_SET_ERR_MSG(info->extack, "a stall has a kind: stall-kind is missing");
		return -EINVAL;
	}
	if (!genl_has_listeners(&headgate_nl_family, &init_net, HEADGATE_NLGRP_EVENTS))
		return 0;
	skb = event_new(HEADGATE_CMD_STALL_REPORT, &header);
	if (!skb)
		return -ENOMEM;
	err = nla_put_uint(skb, HEADGATE_A_EVENT_AGENT_ID,
			   get_uint(info, HEADGATE_A_EVENT_AGENT_ID)) ?:
	      nla_put_uint(skb, HEADGATE_A_EVENT_WAIT_NS,
			   get_uint(info, HEADGATE_A_EVENT_WAIT_NS));
	for (int i = 0; !err && i < ARRAY_SIZE(numbers); i++)
		err = nla_put_u32(skb, numbers[i], get_u32(info, numbers[i]));
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	event_send(skb, header);
	return 0;
}

/*
 * The path of a cgroup that was removed.
 *
 * Its directory keeps its name and the one above as long as there is a
 * reference. What does not fit is left out: the id is there.
 */
static void put_path(struct sk_buff *skb, struct cgroup *cgrp)
{
	char *path = kmalloc(PATH_MAX, GFP_KERNEL);

	if (path && cgroup_path(cgrp, path, PATH_MAX) >= 0)
		(void)nla_put_string(skb, HEADGATE_A_EVENT_PATH, path);
	kfree(path);
}

/**
 * headgate_netlink_agent_gone - tell that an agent's cgroup was removed
 * @agent_id: its cgroup id
 * @cgrp: the cgroup, with a reference
 *
 * Context: process, may sleep.
 */
void headgate_netlink_agent_gone(u64 agent_id, struct cgroup *cgrp)
{
	void *header;
	struct sk_buff *skb;

	if (!genl_has_listeners(&headgate_nl_family, &init_net, HEADGATE_NLGRP_EVENTS))
		return;
	skb = event_new(HEADGATE_CMD_AGENT_GONE, &header);
	if (!skb)
		return;
	if (nla_put_uint(skb, HEADGATE_A_EVENT_AGENT_ID, agent_id)) {
		nlmsg_free(skb);
		return;
	}
	put_path(skb, cgrp);
	event_send(skb, header);
}

int headgate_netlink_init(void)
{
	int err = headgate_netlink_triggers_init();

	if (err)
		return err;
	err = genl_register_family(&headgate_nl_family);
	if (err)
		headgate_netlink_triggers_exit();
	return err;
}

void headgate_netlink_exit(void)
{
	headgate_netlink_triggers_exit();
	genl_unregister_family(&headgate_nl_family);
}
