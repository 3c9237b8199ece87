/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/headgate.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_HEADGATE_GEN_H
#define _LINUX_HEADGATE_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/headgate.h>

int headgate_netlink_pre(const struct genl_split_ops *ops, struct sk_buff *skb,
			 struct genl_info *info);
int headgate_netlink_start(struct netlink_callback *cb);
int headgate_netlink_pressure_start(struct netlink_callback *cb);
int headgate_netlink_job_start(struct netlink_callback *cb);
int headgate_netlink_done(struct netlink_callback *cb);
int headgate_netlink_pressure_done(struct netlink_callback *cb);
int headgate_netlink_job_done(struct netlink_callback *cb);

int headgate_nl_info_get_doit(struct sk_buff *skb, struct genl_info *info);
int headgate_nl_info_set_doit(struct sk_buff *skb, struct genl_info *info);
int headgate_nl_agent_set_doit(struct sk_buff *skb, struct genl_info *info);
int headgate_nl_agent_del_doit(struct sk_buff *skb, struct genl_info *info);
int headgate_nl_agent_get_doit(struct sk_buff *skb, struct genl_info *info);
int headgate_nl_agent_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);
int headgate_nl_device_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb);
int headgate_nl_lane_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int headgate_nl_flow_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int headgate_nl_device_release_doit(struct sk_buff *skb,
				    struct genl_info *info);
int headgate_nl_pressure_get_dumpit(struct sk_buff *skb,
				    struct netlink_callback *cb);
int headgate_nl_pressure_trigger_add_doit(struct sk_buff *skb,
					  struct genl_info *info);
int headgate_nl_job_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int headgate_nl_stall_tell_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	HEADGATE_NLGRP_EVENTS,
};

extern struct genl_family headgate_nl_family;

#endif /* _LINUX_HEADGATE_GEN_H */
