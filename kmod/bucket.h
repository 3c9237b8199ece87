/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_BUCKET_H
#define _HEADGATE_BUCKET_H

#include <linux/hash.h>
#include <linux/list.h>
#include <linux/spinlock.h>

/*
 * A hash table of fixed size keyed by a pointer, one lock per bucket. Its
 * users run in tracepoint probes, with interrupts off and the locks of
 * drivers held, so a section is short: it never walks anything that grows.
 */
#define HEADGATE_BUCKET_BITS 10 /* some thousand live jobs: short chains in 16 KiB */

struct headgate_bucket {
	spinlock_t lock; /* @head */
	struct hlist_head head;
};

struct headgate_buckets {
	struct headgate_bucket bucket[1 << HEADGATE_BUCKET_BITS];
};

static inline void headgate_buckets_init(struct headgate_buckets *buckets)
{
	for (int i = 0; i < ARRAY_SIZE(buckets->bucket); i++) {
		spin_lock_init(&buckets->bucket[i].lock);
		INIT_HLIST_HEAD(&buckets->bucket[i].head);
	}
}

static inline struct headgate_bucket *headgate_bucket(struct headgate_buckets *buckets,
						      const void *key)
{
	return &buckets->bucket[hash_ptr(key, HEADGATE_BUCKET_BITS)];
}

#endif
