// SPDX-License-Identifier: GPL-2.0
/* The slab caches of the module. */
#include "agent.h"
#include "cache.h"
#include "device.h"
#include "gone.h"
#include "job.h"
#include "ticket.h"

struct headgate_caches headgate_caches __ro_after_init;

/* Never merged with others of the size: then the figures would be theirs, too. */
#define CACHE(type) KMEM_CACHE(type, SLAB_NO_MERGE)

int __init headgate_caches_init(void)
{
	headgate_caches = (struct headgate_caches){
		.agent = CACHE(headgate_agent),
		.account = CACHE(headgate_account),
		.flow = CACHE(headgate_flow),
		.gone = CACHE(headgate_gone),
		.ticket = CACHE(headgate_ticket),
		.job = CACHE(headgate_job),
	};
	if (headgate_caches.agent && headgate_caches.account && headgate_caches.flow &&
	    headgate_caches.gone && headgate_caches.ticket && headgate_caches.job)
		return 0;
	headgate_caches_exit();
	return -ENOMEM;
}

/* Everything is freed; what RCU is to free, after rcu_barrier(). */
void headgate_caches_exit(void)
{
	kmem_cache_destroy(headgate_caches.agent);
	kmem_cache_destroy(headgate_caches.account);
	kmem_cache_destroy(headgate_caches.flow);
	kmem_cache_destroy(headgate_caches.gone);
	kmem_cache_destroy(headgate_caches.ticket);
	kmem_cache_destroy(headgate_caches.job);
}
