// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink: dumps of records of one size. All are taken first, so that the figures that
 * were copied under one lock are of one moment, and then sent.
 */
#include <linux/mm.h>

#include "netlink_gen.h"
#include "netlink_records.h"

/* Free entries beyond those counted, for what appears between two looks. */
#define SLACK 16

/**
 * headgate_records_start - take what a dump is to send
 * @cb: the dump; keeps the records until headgate_records_done()
 * @each: bytes of a record
 * @take: calls headgate_records_next() for each there is; first without any room
 *
 * Context: process.
 * Return: 0, -EPERM or -ENOMEM.
 */
int headgate_records_start(struct netlink_callback *cb, size_t each,
			   void (*take)(struct headgate_records *records))
{
	struct headgate_records *records, none = { .each = each };
	unsigned int size;

	if (!netlink_capable(cb->skb, CAP_SYS_ADMIN)) {
		NL_SET_ERR_MSG(cb->extack, "needs CAP_SYS_ADMIN in the initial user namespace");
		return -EPERM;
	}
	take(&none);
	for (;;) {
		size = none.count + SLACK;
		records = kvzalloc(size_add(sizeof(*records), size_mul(size, each)), GFP_KERNEL);
		if (!records)
			return -ENOMEM;
		records->size = size;
		records->each = each;
		take(records);
		if (records->count <= size)
			break;
		none.count = records->count;
		kvfree(records);
	}
	cb->args[0] = (long)records;
	return 0;
}

/**
 * headgate_records_send - send as many records as the message takes
 * @skb: message
 * @cb: the dump
 * @fill: puts the attributes of one
 *
 * Return: as a dumpit does.
 */
int headgate_records_send(struct sk_buff *skb, struct netlink_callback *cb,
			  int (*fill)(struct sk_buff *skb, const void *record))
{
	struct headgate_records *records = (struct headgate_records *)cb->args[0];
	void *header;

	for (; records->sent < records->count; records->sent++) {
		header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				     &headgate_nl_family, NLM_F_MULTI,
				     genl_dumpit_info(cb)->op.cmd);
		if (!header)
			return skb->len;
		if (fill(skb, headgate_record(records, records->sent))) {
			genlmsg_cancel(skb, header);
			return skb->len ?: -EMSGSIZE;
		}
		genlmsg_end(skb, header);
	}
	return skb->len;
}

int headgate_records_done(struct netlink_callback *cb)
{
	kvfree((void *)cb->args[0]);
	return 0;
}
