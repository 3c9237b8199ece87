/* SPDX-License-Identifier: GPL-2.0 */
/* Generic netlink by hand: requests exactly as wanted, right or wrong. */
#ifndef LOAD_GENL_H
#define LOAD_GENL_H

#include <string.h>

#include <linux/genetlink.h>
#include <linux/headgate.h>
#include <linux/netlink.h>

#include "load.h"

#define GENL_SIZE	(1 << 16)

struct genl_request {
	struct nlmsghdr n;
	struct genlmsghdr g;
	char data[GENL_SIZE];
};

static inline void genl_begin(struct genl_request *r, int type, int cmd, int flags)
{
	r->n = (struct nlmsghdr){
		.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN),
		.nlmsg_type = type,
		.nlmsg_flags = NLM_F_REQUEST | flags,
	};
	r->g = (struct genlmsghdr){ .cmd = cmd, .version = 1 };
}

static inline void *genl_data(const struct nlattr *nla)
{
	return (char *)nla + NLA_HDRLEN;
}

/* The attribute behind @nla; takes its length from @left. */
static inline void *genl_next(const struct nlattr *nla, int *left)
{
	*left -= NLA_ALIGN(nla->nla_len);
	return (char *)nla + NLA_ALIGN(nla->nla_len);
}

static inline void genl_add(struct genl_request *r, int type, const void *data, size_t length)
{
	struct nlattr *nla = (struct nlattr *)((char *)r + r->n.nlmsg_len);

	if (r->n.nlmsg_len + NLA_HDRLEN + length + NLA_ALIGNTO > GENL_SIZE)
		die("the request is too long");
	nla->nla_type = type;
	nla->nla_len = NLA_HDRLEN + length;
	memcpy(genl_data(nla), data, length);
	memset((char *)nla + nla->nla_len, 0, NLA_ALIGN(nla->nla_len) - nla->nla_len);
	r->n.nlmsg_len += NLA_ALIGN(nla->nla_len);
}

static inline void genl_add_u32(struct genl_request *r, int type, uint32_t value)
{
	genl_add(r, type, &value, sizeof(value));
}

static inline void genl_add_u64(struct genl_request *r, int type, uint64_t value)
{
	genl_add(r, type, &value, sizeof(value));
}

static inline void genl_add_string(struct genl_request *r, int type, const char *text)
{
	genl_add(r, type, text, strlen(text) + 1);
}

/* Asks for headgate's family, whose number genl_family() finds in the answer. */
static inline void genl_begin_family(struct genl_request *r)
{
	genl_begin(r, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	genl_add_string(r, CTRL_ATTR_FAMILY_NAME, HEADGATE_FAMILY_NAME);
}

/* 0: it is not in there. */
static inline int genl_family(const struct nlmsghdr *n)
{
	const struct nlattr *nla = (void *)((char *)NLMSG_DATA(n) + GENL_HDRLEN);
	int left = n->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;
	uint16_t id = 0;

	for (; left >= NLA_HDRLEN; nla = genl_next(nla, &left))
		if (nla->nla_type == CTRL_ATTR_FAMILY_ID)
			memcpy(&id, genl_data(nla), sizeof(id));
	return id;
}

#endif
