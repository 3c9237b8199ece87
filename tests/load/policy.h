/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For those who change policy many times a second: generic netlink, since to start a program
 * for each change is too slow in a guest.
 */
#ifndef LOAD_POLICY_H
#define LOAD_POLICY_H

#include <sys/socket.h>

#include "genl.h"

static int policy_socket, policy_family;

static inline struct nlmsghdr *policy_ask(const struct genl_request *r)
{
	static char answer[4096] __attribute__((aligned(4)));

	if (send(policy_socket, r, r->n.nlmsg_len, 0) < 0)
		die("send: %m");
	if (recv(policy_socket, answer, sizeof(answer), 0) < (ssize_t)NLMSG_LENGTH(0))
		die("recv: %m");
	return (void *)answer;
}

static inline void policy_open(void)
{
	struct genl_request r;
	struct nlmsghdr *h;

	policy_socket = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (policy_socket < 0)
		die("socket: %m");
	genl_begin_family(&r);
	h = policy_ask(&r);
	if (h->nlmsg_type == NLMSG_ERROR)
		die("the module is not there");
	policy_family = genl_family(h);
	if (!policy_family)
		die("the family has no id");
}

/* Return: 0 or an errno. */
static inline int policy_request(const struct genl_request *r)
{
	struct nlmsghdr *h = policy_ask(r);

	return h->nlmsg_type == NLMSG_ERROR ? -((struct nlmsgerr *)NLMSG_DATA(h))->error : EPROTO;
}

/* Makes the cgroup an agent, or changes its weight. Return: 0 or an errno. */
static inline int policy_set(const char *path, uint32_t weight)
{
	struct genl_request r;

	genl_begin(&r, policy_family, HEADGATE_CMD_AGENT_SET, NLM_F_ACK);
	genl_add_string(&r, HEADGATE_A_AGENT_PATH, path);
	genl_add_u32(&r, HEADGATE_A_AGENT_WEIGHT, weight);
	return policy_request(&r);
}

/* The cgroup is an agent no longer. Return: 0 or an errno. */
static inline int policy_del(const char *path)
{
	struct genl_request r;

	genl_begin(&r, policy_family, HEADGATE_CMD_AGENT_DEL, NLM_F_ACK);
	genl_add_string(&r, HEADGATE_A_AGENT_PATH, path);
	return policy_request(&r);
}

#endif
