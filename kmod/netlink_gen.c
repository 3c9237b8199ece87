// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/headgate.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/headgate.h>

/* HEADGATE_CMD_INFO_SET - do */
static const struct nla_policy headgate_info_set_nl_policy[HEADGATE_A_INFO_SLICE_INTERACTIVE_NS + 1] = {
	[HEADGATE_A_INFO_HORIZON_NS] = { .type = NLA_UINT, },
	[HEADGATE_A_INFO_MAX_WAIT_NS] = { .type = NLA_UINT, },
	[HEADGATE_A_INFO_SLICE_BATCH_NS] = { .type = NLA_UINT, },
	[HEADGATE_A_INFO_SLICE_INTERACTIVE_NS] = { .type = NLA_UINT, },
};

/* HEADGATE_CMD_AGENT_SET - do */
static const struct nla_policy headgate_agent_set_nl_policy[HEADGATE_A_AGENT_MAX_PERIOD_NS + 1] = {
	[HEADGATE_A_AGENT_ID] = { .type = NLA_UINT, },
	[HEADGATE_A_AGENT_PATH] = { .type = NLA_NUL_STRING, .len = 4095, },
	[HEADGATE_A_AGENT_WEIGHT] = NLA_POLICY_RANGE(NLA_U32, 1, 10000),
	[HEADGATE_A_AGENT_CLASS] = NLA_POLICY_MAX(NLA_U32, 1),
	[HEADGATE_A_AGENT_SLICE_NS] = { .type = NLA_UINT, },
	[HEADGATE_A_AGENT_MAX_QUOTA_NS] = { .type = NLA_UINT, },
	[HEADGATE_A_AGENT_MAX_PERIOD_NS] = { .type = NLA_UINT, },
};

/* HEADGATE_CMD_AGENT_DEL - do */
static const struct nla_policy headgate_agent_del_nl_policy[HEADGATE_A_AGENT_PATH + 1] = {
	[HEADGATE_A_AGENT_ID] = { .type = NLA_UINT, },
	[HEADGATE_A_AGENT_PATH] = { .type = NLA_NUL_STRING, .len = 4095, },
};

/* HEADGATE_CMD_AGENT_GET - do */
static const struct nla_policy headgate_agent_get_nl_policy[HEADGATE_A_AGENT_PATH + 1] = {
	[HEADGATE_A_AGENT_ID] = { .type = NLA_UINT, },
	[HEADGATE_A_AGENT_PATH] = { .type = NLA_NUL_STRING, .len = 4095, },
};

/* HEADGATE_CMD_FLOW_GET - dump */
static const struct nla_policy headgate_flow_get_nl_policy[HEADGATE_A_FLOW_CHANGED_SINCE + 1] = {
	[HEADGATE_A_FLOW_FORGET_GONE] = { .type = NLA_UINT, },
	[HEADGATE_A_FLOW_CHANGED_SINCE] = { .type = NLA_U32, },
};

/* HEADGATE_CMD_DEVICE_RELEASE - do */
static const struct nla_policy headgate_device_release_nl_policy[HEADGATE_A_DEVICE_ID + 1] = {
	[HEADGATE_A_DEVICE_ID] = { .type = NLA_U32, },
};

/* HEADGATE_CMD_PRESSURE_TRIGGER_ADD - do */
static const struct nla_policy headgate_pressure_trigger_add_nl_policy[HEADGATE_A_PRESSURE_WINDOW_NS + 1] = {
	[HEADGATE_A_PRESSURE_SCOPE] = NLA_POLICY_MAX(NLA_U32, 2),
	[HEADGATE_A_PRESSURE_AGENT_ID] = { .type = NLA_UINT, },
	[HEADGATE_A_PRESSURE_LANE_ID] = { .type = NLA_U32, },
	[HEADGATE_A_PRESSURE_DEVICE_ID] = { .type = NLA_U32, },
	[HEADGATE_A_PRESSURE_KIND] = NLA_POLICY_MAX(NLA_U32, 1),
	[HEADGATE_A_PRESSURE_THRESHOLD_NS] = { .type = NLA_UINT, },
	[HEADGATE_A_PRESSURE_WINDOW_NS] = { .type = NLA_UINT, },
};

/* HEADGATE_CMD_STALL_TELL - do */
static const struct nla_policy headgate_stall_tell_nl_policy[HEADGATE_A_EVENT_WAITING + 1] = {
	[HEADGATE_A_EVENT_STALL_KIND] = NLA_POLICY_MAX(NLA_U32, 3),
	[HEADGATE_A_EVENT_END] = NLA_POLICY_MAX(NLA_U32, 1),
	[HEADGATE_A_EVENT_AGENT_ID] = { .type = NLA_UINT, },
	[HEADGATE_A_EVENT_LANE_ID] = { .type = NLA_U32, },
	[HEADGATE_A_EVENT_DEVICE_ID] = { .type = NLA_U32, },
	[HEADGATE_A_EVENT_PID] = { .type = NLA_U32, },
	[HEADGATE_A_EVENT_WAIT_NS] = { .type = NLA_UINT, },
	[HEADGATE_A_EVENT_WAITING] = { .type = NLA_U32, },
};

/* Ops table for headgate */
static const struct genl_split_ops headgate_nl_ops[] = {
	{
		.cmd		= HEADGATE_CMD_INFO_GET,
		.pre_doit	= headgate_netlink_pre,
		.doit		= headgate_nl_info_get_doit,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= HEADGATE_CMD_INFO_SET,
		.pre_doit	= headgate_netlink_pre,
		.doit		= headgate_nl_info_set_doit,
		.policy		= headgate_info_set_nl_policy,
		.maxattr	= HEADGATE_A_INFO_SLICE_INTERACTIVE_NS,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= HEADGATE_CMD_AGENT_SET,
		.pre_doit	= headgate_netlink_pre,
		.doit		= headgate_nl_agent_set_doit,
		.policy		= headgate_agent_set_nl_policy,
		.maxattr	= HEADGATE_A_AGENT_MAX_PERIOD_NS,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= HEADGATE_CMD_AGENT_DEL,
		.pre_doit	= headgate_netlink_pre,
		.doit		= headgate_nl_agent_del_doit,
		.policy		= headgate_agent_del_nl_policy,
		.maxattr	= HEADGATE_A_AGENT_PATH,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= HEADGATE_CMD_AGENT_GET,
		.pre_doit	= headgate_netlink_pre,
		.doit		= headgate_nl_agent_get_doit,
		.policy		= headgate_agent_get_nl_policy,
		.maxattr	= HEADGATE_A_AGENT_PATH,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= HEADGATE_CMD_AGENT_GET,
		.start	= headgate_netlink_start,
		.dumpit	= headgate_nl_agent_get_dumpit,
		.done	= headgate_netlink_done,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd	= HEADGATE_CMD_DEVICE_GET,
		.start	= headgate_netlink_start,
		.dumpit	= headgate_nl_device_get_dumpit,
		.done	= headgate_netlink_done,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd	= HEADGATE_CMD_LANE_GET,
		.start	= headgate_netlink_start,
		.dumpit	= headgate_nl_lane_get_dumpit,
		.done	= headgate_netlink_done,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= HEADGATE_CMD_FLOW_GET,
		.start		= headgate_netlink_start,
		.dumpit		= headgate_nl_flow_get_dumpit,
		.done		= headgate_netlink_done,
		.policy		= headgate_flow_get_nl_policy,
		.maxattr	= HEADGATE_A_FLOW_CHANGED_SINCE,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= HEADGATE_CMD_DEVICE_RELEASE,
		.pre_doit	= headgate_netlink_pre,
		.doit		= headgate_nl_device_release_doit,
		.policy		= headgate_device_release_nl_policy,
		.maxattr	= HEADGATE_A_DEVICE_ID,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= HEADGATE_CMD_PRESSURE_GET,
		.start	= headgate_netlink_pressure_start,
		.dumpit	= headgate_nl_pressure_get_dumpit,
		.done	= headgate_netlink_pressure_done,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= HEADGATE_CMD_PRESSURE_TRIGGER_ADD,
		.pre_doit	= headgate_netlink_pre,
		.doit		= headgate_nl_pressure_trigger_add_doit,
		.policy		= headgate_pressure_trigger_add_nl_policy,
		.maxattr	= HEADGATE_A_PRESSURE_WINDOW_NS,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= HEADGATE_CMD_JOB_GET,
		.start	= headgate_netlink_job_start,
		.dumpit	= headgate_nl_job_get_dumpit,
		.done	= headgate_netlink_job_done,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= HEADGATE_CMD_STALL_TELL,
		.pre_doit	= headgate_netlink_pre,
		.doit		= headgate_nl_stall_tell_doit,
		.policy		= headgate_stall_tell_nl_policy,
		.maxattr	= HEADGATE_A_EVENT_WAITING,
		.flags		= GENL_CMD_CAP_DO,
	},
};

static const struct genl_multicast_group headgate_nl_mcgrps[] = {
	[HEADGATE_NLGRP_EVENTS] = { "events", GENL_MCAST_CAP_SYS_ADMIN },
};

struct genl_family headgate_nl_family __ro_after_init = {
	.name		= HEADGATE_FAMILY_NAME,
	.version	= HEADGATE_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.split_ops	= headgate_nl_ops,
	.n_split_ops	= ARRAY_SIZE(headgate_nl_ops),
	.mcgrps		= headgate_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(headgate_nl_mcgrps),
};
