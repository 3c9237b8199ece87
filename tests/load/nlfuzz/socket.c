// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <sys/socket.h>

#include "socket.h"

int family;
static int sock;
static uint32_t sequence;

void socket_put(struct genl_request *r, size_t length)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	r->n.nlmsg_seq = ++sequence;
	r->n.nlmsg_flags |= NLM_F_ACK;
	if (sendto(sock, r, length, 0, (void *)&kernel, sizeof(kernel)) < 0)
		die("sendto: %s", strerror(errno));
}

/* The kernel answers before sendto() returns, and a dump goes on in recv(). */
static ssize_t take(char *buffer)
{
	ssize_t length = recv(sock, buffer, GENL_SIZE, MSG_DONTWAIT);

	if (length < 0 && errno != EAGAIN)
		die("recv: %s", strerror(errno));
	return length;
}

static void read_policy(const struct nlattr *policy, struct answer *a)
{
	int left = policy->nla_len - NLA_HDRLEN;
	bool min = false, max = false;
	const struct nlattr *nla = genl_data(policy);

	for (; left >= NLA_HDRLEN; nla = genl_next(nla, &left)) {
		if ((nla->nla_type & NLA_TYPE_MASK) == NL_POLICY_TYPE_ATTR_MIN_VALUE_U) {
			memcpy(&a->min, genl_data(nla), sizeof(a->min));
			min = true;
		} else if ((nla->nla_type & NLA_TYPE_MASK) == NL_POLICY_TYPE_ATTR_MAX_VALUE_U) {
			memcpy(&a->max, genl_data(nla), sizeof(a->max));
			max = true;
		}
	}
	a->bounded = min && max && a->max != UINT32_MAX && a->max != UINT64_MAX;
}

/* NLMSG_ERROR and NLMSG_DONE: an int, then (as the request is capped) what extack told. */
static void read_verdict(const struct nlmsghdr *n, struct answer *a)
{
	const struct nlmsgerr *e = NLMSG_DATA(n);
	size_t head = n->nlmsg_type == NLMSG_ERROR ? sizeof(*e) : sizeof(int);
	const struct nlattr *nla = (void *)((char *)NLMSG_DATA(n) + head);
	int left = n->nlmsg_len - NLMSG_HDRLEN - head;

	a->err = e->error;
	if (!(n->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	for (; left >= NLA_HDRLEN; nla = genl_next(nla, &left)) {
		switch (nla->nla_type & NLA_TYPE_MASK) {
		case NLMSGERR_ATTR_MSG:
			snprintf(a->text, sizeof(a->text), "%s", (char *)genl_data(nla));
			break;
		case NLMSGERR_ATTR_OFFS:
			memcpy(&a->offset, genl_data(nla), sizeof(a->offset));
			break;
		case NLMSGERR_ATTR_POLICY:
			read_policy(nla, a);
			break;
		}
	}
}

struct answer socket_ask(struct genl_request *r, size_t length,
			 void (*each)(const struct nlmsghdr *n, void *data), void *data)
{
	static char buffer[GENL_SIZE];
	struct answer a = { .err = 1 };
	struct nlmsghdr *n;
	ssize_t got;

	socket_put(r, length);
	while ((got = take(buffer)) > 0) {
		for (n = (void *)buffer; NLMSG_OK(n, got); n = NLMSG_NEXT(n, got)) {
			if (n->nlmsg_seq != r->n.nlmsg_seq)
				continue;
			if (n->nlmsg_type == NLMSG_ERROR || n->nlmsg_type == NLMSG_DONE) {
				read_verdict(n, &a);
			} else {
				a.messages++;
				if (each)
					each(n, data);
			}
		}
	}
	return a;
}

static void find_family(const struct nlmsghdr *n, void *data)
{
	(void)data;
	family = genl_family(n);
}

void socket_open(void)
{
	struct genl_request r;
	int on = 1;

	sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (sock < 0)
		die("socket: %s", strerror(errno));
	setsockopt(sock, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(sock, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	genl_begin_family(&r);
	socket_ask(&r, r.n.nlmsg_len, find_family, NULL);
	if (!family)
		die("there is no family %s: the module is not loaded", HEADGATE_FAMILY_NAME);
}

void socket_close(void)
{
	close(sock);
}
