/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_NETLINK_RECORDS_H
#define _HEADGATE_NETLINK_RECORDS_H

#include <linux/types.h>

struct netlink_callback;
struct sk_buff;

/**
 * struct headgate_records - what a dump sends, copied under locks before
 * @count: how many there were; more than @size only while they are taken
 * @size: room in @data
 * @sent: how many were sent
 * @each: bytes of one
 * @data: the records, one after the other
 */
struct headgate_records {
	unsigned int count, size, sent;
	size_t each;
	u64 data[];
};

static inline void *headgate_record(struct headgate_records *records, unsigned int i)
{
	return (char *)records->data + i * records->each;
}

/* The next free record, or NULL: there is no room, and only counting goes on. */
static inline void *headgate_records_next(struct headgate_records *records)
{
	unsigned int i = records->count++;

	return i < records->size ? headgate_record(records, i) : NULL;
}

int headgate_records_start(struct netlink_callback *cb, size_t each,
			   void (*take)(struct headgate_records *records));
int headgate_records_send(struct sk_buff *skb, struct netlink_callback *cb,
			  int (*fill)(struct sk_buff *skb, const void *record));
int headgate_records_done(struct netlink_callback *cb);

#endif
