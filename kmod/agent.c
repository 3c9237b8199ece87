// SPDX-License-Identifier: GPL-2.0
/*
 * Agents: cgroups under policy.
 *
 * Lookups run on the way of every submission and take no lock: the table is
 * RCU. Changes are rare and serialised by headgate_agents_lock. An agent pins
 * its cgroup, so the pointer is a key that is not reused. A removed cgroup
 * has no tasks any more; its agent is swept by a worker soon after.
 *
 * Lock order: headgate_agents_lock, then a device's lock.
 */
#include <linux/hash.h>
#include <linux/rculist.h>
#include <linux/workqueue.h>

#include "agent.h"
#include "cache.h"
#include "device.h"
#include "netlink.h"
#include "settings.h"

#define AGENT_BITS 8 /* hundreds of agents on a host: short chains in 2 KiB */

DEFINE_MUTEX(headgate_agents_lock); /* agents, their policy, and the settings */
static struct hlist_head agent_table[1 << AGENT_BITS];
static LIST_HEAD(agents); /* order of registration */
static unsigned int agent_count;
static u64 agents_changes; /* see headgate_agents_changes(); headgate_agents_lock */
unsigned long headgate_agents_ages; /* see headgate_agents_age(); headgate_agents_lock */
static bool agents_closed; /* the module goes; headgate_agents_lock */

static struct hlist_head *agent_head(const struct cgroup *cgrp)
{
	return &agent_table[hash_ptr(cgrp, AGENT_BITS)];
}

/**
 * headgate_agent_find - the agent of exactly this cgroup
 * @cgrp: cgroup
 *
 * Context: under rcu_read_lock() or headgate_agents_lock, which bounds the
 * life of the result.
 * Return: the agent, or NULL.
 */
struct headgate_agent *headgate_agent_find(struct cgroup *cgrp)
{
	struct headgate_agent *agent;

	hlist_for_each_entry_rcu(agent, agent_head(cgrp), node,
				 lockdep_is_held(&headgate_agents_lock))
		if (agent->cgrp == cgrp)
			return agent;
	return NULL;
}

static struct headgate_agent *agent_above(struct cgroup *cgrp)
{
	struct headgate_agent *agent;

	for (; cgrp; cgrp = cgroup_parent(cgrp)) {
		agent = headgate_agent_find(cgrp);
		if (agent)
			return agent;
	}
	return NULL;
}

/**
 * headgate_agent_of - the agent that a task works for
 * @task: task, usually current
 *
 * Context: under rcu_read_lock(), which bounds the life of the result.
 * Return: the nearest agent at or above the task's cgroup, or NULL when the
 * task is ungoverned.
 */
struct headgate_agent *headgate_agent_of(struct task_struct *task)
{
	if (!READ_ONCE(agent_count))
		return NULL;
	return agent_above(task_dfl_cgroup(task));
}

/**
 * headgate_agents_change - what was found out with an older age is out of date
 *
 * Context: under headgate_agents_lock, after the table of agents has changed; or, for
 * a device that goes, under its lock as well.
 */
void headgate_agents_change(void)
{
	lockdep_assert_held(&headgate_agents_lock);
	/* Pairs with headgate_agents_age(). */
	smp_store_release(&headgate_agents_ages, headgate_agents_ages + 1);
}

/* What was read of the agents, by whoever asks for them again and again, is out of date. */
static void agents_changed(void)
{
	lockdep_assert_held(&headgate_agents_lock);
	WRITE_ONCE(agents_changes, agents_changes + 1);
}

/**
 * headgate_agents_changes - how often an agent came, went or got another policy
 *
 * Return: a number that may be old by the time it is used
 */
u64 headgate_agents_changes(void)
{
	return READ_ONCE(agents_changes);
}

/**
 * headgate_agent_slice - the slice that an agent's flows have
 * @agent: agent
 *
 * Return: ns
 */
u64 headgate_agent_slice(const struct headgate_agent *agent)
{
	u64 slice = READ_ONCE(agent->policy.slice_ns);

	if (slice)
		return slice;
	if (READ_ONCE(agent->policy.class) == HEADGATE_CLASS_INTERACTIVE)
		return READ_ONCE(headgate_settings.slice_interactive_ns);
	return READ_ONCE(headgate_settings.slice_batch_ns);
}

/**
 * headgate_agent_policy_init - the policy of an agent of which nothing is said
 * @policy: filled
 */
void headgate_agent_policy_init(struct headgate_policy *policy)
{
	*policy = (struct headgate_policy){
		.weight = HEADGATE_WEIGHT_DEFAULT,
		.class = HEADGATE_CLASS_BATCH,
		.period_ns = 100 * NSEC_PER_MSEC, /* as cpu.max has it */
	};
}

static void agent_free(struct rcu_head *rcu)
{
	struct headgate_agent *agent = container_of(rcu, struct headgate_agent, rcu);

	cgroup_put(agent->cgrp);
	kmem_cache_free(headgate_caches.agent, agent);
}

/**
 * headgate_agent_put - drop a reference
 * @agent: agent, or NULL
 *
 * Context: any.
 */
void headgate_agent_put(struct headgate_agent *agent)
{
	if (agent && refcount_dec_and_test(&agent->refs))
		call_rcu(&agent->rcu, agent_free);
}

static void agent_set_parent(struct headgate_agent *agent, struct headgate_agent *parent)
{
	struct headgate_agent *old;

	if (parent)
		refcount_inc(&parent->refs);
	old = rcu_replace_pointer(agent->parent, parent,
				  lockdep_is_held(&headgate_agents_lock));
	headgate_agent_put(old);
}

/**
 * headgate_agent_add - put a cgroup under policy
 * @cgrp: cgroup that is no agent yet; a reference is taken
 * @policy: its policy
 *
 * Context: under headgate_agents_lock; may sleep.
 * Return: the agent, or ERR_PTR(-ENOMEM), ERR_PTR(-ENODEV) when the module goes.
 */
struct headgate_agent *headgate_agent_add(struct cgroup *cgrp,
					  const struct headgate_policy *policy)
{
	struct headgate_agent *agent, *child;

	lockdep_assert_held(&headgate_agents_lock);
	if (agents_closed)
		return ERR_PTR(-ENODEV);
	agent = kmem_cache_zalloc(headgate_caches.agent, GFP_KERNEL);
	if (!agent)
		return ERR_PTR(-ENOMEM);
	cgroup_get(cgrp);
	agent->cgrp = cgrp;
	agent->id = cgroup_id(cgrp);
	agent->policy = *policy;
	refcount_set(&agent->refs, 1);
	agent_set_parent(agent, agent_above(cgroup_parent(cgrp)));
	hlist_add_head_rcu(&agent->node, agent_head(cgrp));
	headgate_agents_change();
	/* A child that is between two places in the tree is moved flow by flow. */
	list_for_each_entry(child, &agents, list) {
		if (agent_above(cgroup_parent(child->cgrp)) != agent)
			continue;
		agent_set_parent(child, agent);
		headgate_device_sync_agent(child);
	}
	list_add_tail(&agent->list, &agents);
	WRITE_ONCE(agent_count, agent_count + 1);
	agents_changed();
	return agent;
}

/**
 * headgate_agent_update - change an agent's policy
 * @agent: agent
 * @policy: new policy
 *
 * Context: under headgate_agents_lock.
 */
void headgate_agent_update(struct headgate_agent *agent, const struct headgate_policy *policy)
{
	lockdep_assert_held(&headgate_agents_lock);
	WRITE_ONCE(agent->policy.weight, policy->weight);
	WRITE_ONCE(agent->policy.class, policy->class);
	WRITE_ONCE(agent->policy.slice_ns, policy->slice_ns);
	WRITE_ONCE(agent->policy.quota_ns, policy->quota_ns);
	WRITE_ONCE(agent->policy.period_ns, policy->period_ns);
	agents_changed();
	headgate_device_sync_agent(agent);
}

/**
 * headgate_agent_del - take a cgroup out of policy
 * @agent: agent; not to be used afterwards
 *
 * Its waiting tickets are let through; what it has in flight is finished
 * under its name.
 *
 * Context: under headgate_agents_lock.
 */
void headgate_agent_del(struct headgate_agent *agent)
{
	struct headgate_agent *child;

	lockdep_assert_held(&headgate_agents_lock);
	hlist_del_rcu(&agent->node);
	headgate_agents_change();
	list_del(&agent->list);
	WRITE_ONCE(agent_count, agent_count - 1);
	agents_changed();
	WRITE_ONCE(agent->gone, true); /* pairs with the device's lock, see flow_get_one() */
	smp_mb(); /* and for a device that is made just now, with that in device_make() */
	list_for_each_entry(child, &agents, list) {
		if (rcu_access_pointer(child->parent) != agent)
			continue;
		agent_set_parent(child, rcu_dereference_protected(agent->parent, 1));
		headgate_device_sync_agent(child);
	}
	headgate_device_retire_agent(agent);
	agent_set_parent(agent, NULL);
	headgate_agent_put(agent);
}

/**
 * headgate_agent_next - iterate over all agents in the order of registration
 * @agent: the one before, or NULL to begin
 *
 * Context: under headgate_agents_lock.
 * Return: the next agent, or NULL.
 */
struct headgate_agent *headgate_agent_next(struct headgate_agent *agent)
{
	struct list_head *next = agent ? agent->list.next : agents.next;

	lockdep_assert_held(&headgate_agents_lock);
	return next == &agents ? NULL : list_entry(next, struct headgate_agent, list);
}

/**
 * headgate_agent_count - number of agents
 *
 * Return: a number that may be old by the time it is used
 */
unsigned int headgate_agent_count(void)
{
	return READ_ONCE(agent_count);
}

static void sweep_work(struct work_struct *work)
{
	struct headgate_agent *agent, *next;

	mutex_lock(&headgate_agents_lock);
	list_for_each_entry_safe(agent, next, &agents, list) {
		if (READ_ONCE(agent->cgrp->self.flags) & CSS_ONLINE)
			continue;
		headgate_netlink_agent_gone(agent->id, agent->cgrp);
		headgate_agent_del(agent);
	}
	mutex_unlock(&headgate_agents_lock);
}

static DECLARE_WORK(sweep, sweep_work);

/**
 * headgate_agent_sweep - a cgroup was removed: see whether it was an agent
 *
 * Context: any; the work is done by a worker.
 */
void headgate_agent_sweep(void)
{
	if (READ_ONCE(agent_count))
		schedule_work(&sweep);
}

/**
 * headgate_agents_exit - delete all agents, let their tickets through
 *
 * Context: module exit, when the probes are gone, so that nobody sweeps.
 */
void headgate_agents_exit(void)
{
	cancel_work_sync(&sweep);
	mutex_lock(&headgate_agents_lock);
	agents_closed = true;
	while (!list_empty(&agents))
		headgate_agent_del(list_first_entry(&agents, struct headgate_agent, list));
	mutex_unlock(&headgate_agents_lock);
}
