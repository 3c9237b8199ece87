/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_NETLINK_H
#define _HEADGATE_NETLINK_H

#include <linux/types.h>

/**
 * struct headgate_stall - a ticket waited longer than max-wait
 * @agent_id: cgroup id of its agent
 * @lane_id: the lane it waited for
 * @pid: thread group of the task
 * @wait_ns: how long it waited
 */
struct headgate_stall {
	u64 agent_id;
	u32 lane_id;
	u32 pid;
	u64 wait_ns;
};

struct cgroup;
struct genl_info;

struct cgroup *headgate_netlink_cgroup(struct genl_info *info);
void headgate_netlink_stall(const struct headgate_stall *stall);
void headgate_netlink_agent_gone(u64 agent_id, struct cgroup *cgrp);

int headgate_netlink_init(void);
void headgate_netlink_exit(void);

#endif
