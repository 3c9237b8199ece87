/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_CACHE_H
#define _HEADGATE_CACHE_H

#include <linux/slab.h>

/**
 * struct headgate_caches - where the objects come from that come and go with the load
 *
 * Caches of our own, for that packs a flow in 904 bytes instead of 1,024, tells in
 * /proc/slabinfo what headgate holds, and warns at module exit of what was left.
 */
struct headgate_caches {
	struct kmem_cache *agent;
	struct kmem_cache *account;
	struct kmem_cache *flow;
	struct kmem_cache *gone;
	struct kmem_cache *ticket;
	struct kmem_cache *job;
};

extern struct headgate_caches headgate_caches;

int headgate_caches_init(void);
void headgate_caches_exit(void);

#endif
