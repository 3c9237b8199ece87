/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_AGENT_H
#define _HEADGATE_AGENT_H

#include <linux/cgroup.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <uapi/linux/headgate.h>

/**
 * struct headgate_policy - what an agent is entitled to
 * @weight: share relative to the siblings, HEADGATE_WEIGHT_MIN..MAX
 * @class: enum headgate_class
 * @slice_ns: slice, or 0 for that of the class
 * @quota_ns: engine time per period and device, or 0 for no cap
 * @period_ns: length of the period
 */
struct headgate_policy {
	u32 weight;
	u32 class;
	u64 slice_ns;
	u64 quota_ns;
	u64 period_ns;
};

/**
 * struct headgate_agent - a cgroup under policy
 * @node: in the table by cgroup; RCU, written under headgate_agents_lock
 * @list: all agents; headgate_agents_lock
 * @cgrp: the cgroup, pinned
 * @id: its id
 * @parent: nearest agent above, or NULL; written under headgate_agents_lock,
 *	read under RCU; holds a reference
 * @policy: written under headgate_agents_lock; a reader that needs it to be
 *	the newest is told by headgate_device_sync_agent()
 * @gone: no flow may be made any more; set before the flows are taken away
 * @refs: one of the table's, one for each account, one for each child
 * @rcu: frees
 */
struct headgate_agent {
	struct hlist_node node;
	struct list_head list;
	struct cgroup *cgrp;
	u64 id;
	struct headgate_agent __rcu *parent;
	struct headgate_policy policy;
	bool gone;
	refcount_t refs;
	struct rcu_head rcu;
};

extern struct mutex headgate_agents_lock;
extern unsigned long headgate_agents_ages;

/**
 * headgate_agents_age - a number that changes when agents come or go, or devices go
 *
 * Context: any. Read before what is looked up.
 * Read again under a device's lock, as old as before: what has come of it there
 * is not retired yet, since that is done under the lock after the change.
 */
static inline unsigned long headgate_agents_age(void)
{
	/* Pairs with headgate_agents_change(). */
	return smp_load_acquire(&headgate_agents_ages);
}

struct headgate_agent *headgate_agent_of(struct task_struct *task);
struct headgate_agent *headgate_agent_find(struct cgroup *cgrp);
struct headgate_agent *headgate_agent_add(struct cgroup *cgrp,
					  const struct headgate_policy *policy);
void headgate_agent_update(struct headgate_agent *agent,
			   const struct headgate_policy *policy);
void headgate_agent_del(struct headgate_agent *agent);
struct headgate_agent *headgate_agent_next(struct headgate_agent *agent);
unsigned int headgate_agent_count(void);
u64 headgate_agents_changes(void);
u64 headgate_agent_slice(const struct headgate_agent *agent);
void headgate_agent_policy_init(struct headgate_policy *policy);
void headgate_agent_put(struct headgate_agent *agent);
void headgate_agent_sweep(void);
void headgate_agents_change(void);
void headgate_agents_exit(void);

#endif
