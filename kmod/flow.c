// SPDX-License-Identifier: GPL-2.0
/*
 * Flows: one agent on one lane, and accounts: one agent on one device.
 *
 * Made when an agent first submits to a lane, together with the flows of the
 * agents above it. All of this is under the device's lock.
 *
 * An agent that is gone leaves its flows retired: they finish what they have
 * in flight, and are freed with the last of it. So does a device that is gone,
 * but its flows are kept then, without an account, for what their ledger says.
 */
#include <linux/log2.h>
#include <linux/timekeeping.h>

#include "agent.h"
#include "cache.h"
#include "flow.h"
#include "gone.h"
#include "lane.h"
#include "pressure.h"
#include "release.h"
#include "trace.h"

static struct headgate_account *account_find(struct headgate_device *device,
					     const struct headgate_agent *agent)
{
	struct headgate_account *account;

	lockdep_assert_held(&device->lock);
	hash_for_each_possible(device->accounts, account, node, (unsigned long)agent)
		if (account->agent == agent)
			return account;
	return NULL;
}

static void account_set_cap(struct headgate_account *account)
{
	const struct headgate_policy *policy = &account->agent->policy;

	queue_cap_set(&account->cap, READ_ONCE(policy->quota_ns), READ_ONCE(policy->period_ns),
		      ktime_get_ns());
}

static struct headgate_account *account_get(struct headgate_device *device,
					    struct headgate_agent *agent)
{
	struct headgate_account *account = account_find(device, agent);

	if (account)
		return account;
	account = kmem_cache_zalloc(headgate_caches.account, GFP_ATOMIC | __GFP_NOWARN);
	if (!account)
		return NULL;
	refcount_inc(&agent->refs);
	account->agent = agent;
	INIT_LIST_HEAD(&account->flows);
	queue_cap_init(&account->cap);
	account_set_cap(account);
	pressure_init(&account->pressure, ktime_get_ns());
	hash_add(device->accounts, &account->node, (unsigned long)agent);
	return account;
}

static struct headgate_flow *flow_find(const struct headgate_account *account,
				       const struct headgate_lane *lane)
{
	struct headgate_flow *flow;

	list_for_each_entry(flow, &account->flows, list)
		if (flow->lane == lane)
			return flow;
	return NULL;
}

static struct headgate_flow *flow_make(struct headgate_lane *lane,
				       struct headgate_account *account)
{
	struct headgate_flow *flow = kmem_cache_zalloc(headgate_caches.flow,
						       GFP_ATOMIC | __GFP_NOWARN);

	if (!flow)
		return NULL;
	flow->lane = lane;
	flow->account = account;
	flow->agent_id = account->agent->id;
	headgate_flow_left(flow);
	flow->waiting = RB_ROOT_CACHED;
	INIT_LIST_HEAD(&flow->parked);
	queue_flow_init(&flow->queue, &lane->queue, NULL,
			READ_ONCE(account->agent->policy.weight),
			headgate_agent_slice(account->agent), &account->cap);
	list_add_tail(&flow->list, &account->flows);
	list_add_tail(&flow->lane_list, &lane->flows);
	return flow;
}

/* Finds or makes one flow; *made tells which. */
static struct headgate_flow *flow_get_one(struct headgate_lane *lane,
					  struct headgate_agent *agent, bool *made)
{
	struct headgate_account *account;
	struct headgate_flow *flow;

	*made = false;
	/* Pairs with headgate_agent_del(): what is made after it would stay. */
	if (READ_ONCE(agent->gone) || lane->device->gone)
		return NULL;
	account = account_get(lane->device, agent);
	if (!account)
		return NULL;
	flow = flow_find(account, lane);
	if (flow)
		return flow;
	*made = true;
	return flow_make(lane, account);
}

/**
 * headgate_flow_get - the flow of an agent on a lane
 * @lane: lane
 * @agent: agent
 *
 * Context: under the device's lock and rcu_read_lock().
 * Return: the flow, made if need be, or NULL for lack of memory or because
 * the agent or the device is gone.
 */
struct headgate_flow *headgate_flow_get(struct headgate_lane *lane, struct headgate_agent *agent)
{
	struct headgate_flow *flow, *child, *above;
	bool made;

	flow = flow_get_one(lane, agent, &made);
	/* A new flow is put below that of its parent, which may be new itself. */
	for (child = flow; child && made; child = above) {
		agent = rcu_dereference(agent->parent);
		if (!agent)
			break;
		above = flow_get_one(lane, agent, &made);
		if (above)
			queue_flow_set_parent(&child->queue, &above->queue);
	}
	return flow;
}

/*
 * Of the flows where a ticket may have to wait, the one that has had most
 * beyond its share. NULL: none has had more, and there is no flow of the hint.
 * Where it has had no more, nothing is to be made good for, and is forgotten.
 */
static struct headgate_flow *flow_most_ahead(struct headgate_account *account, u32 hint)
{
	struct headgate_flow *flow, *best = NULL;
	u64 ahead, most = 0, now = ktime_get_ns();
	bool hinted;

	list_for_each_entry(flow, &account->flows, list) {
		hinted = flow->lane->id == hint;
		if (hint && !hinted && !flow->unpaid)
			continue;
		ahead = queue_flow_ahead(&flow->queue, now);
		if (hint && !hinted && !ahead) {
			account->unpaid -= flow->unpaid;
			flow->unpaid = 0;
			continue;
		}
		if (best && ahead < most)
			continue;
		if (best && ahead == most && !hinted && flow->unpaid <= best->unpaid)
			continue;
		best = flow;
		most = ahead;
	}
	return best;
}

/**
 * headgate_flow_choose - where an agent's next ticket should wait
 * @device: device
 * @agent: agent
 * @hint: lane that the job is likely to go to, or 0
 *
 * Where the hint says, but also where the agent had jobs without a grant, and
 * without a hint anywhere, or one whose hints are wrong would never wait. Of
 * these lanes it is the one where the agent is most ahead: not the one where
 * it had most jobs without a grant, since those are easily brought about on a
 * lane that is idle, and to wait there is no wait.
 *
 * Context: under the device's lock.
 * Return: a flow that the agent has there, or NULL: then that of the hint is
 * to be made.
 */
struct headgate_flow *headgate_flow_choose(struct headgate_device *device,
					   const struct headgate_agent *agent, u32 hint)
{
	struct headgate_flow *flow, *hinted = NULL;
	struct headgate_account *account;
	bool owes = false;

	/* Pairs with headgate_agent_del(): its flows are retired, or about to be. */
	account = READ_ONCE(agent->gone) ? NULL : account_find(device, agent);
	if (!account)
		return NULL;
	if (list_is_singular(&account->flows))
		return list_first_entry(&account->flows, struct headgate_flow, list);
	list_for_each_entry(flow, &account->flows, list) {
		if (flow->lane->id == hint)
			hinted = flow;
		else
			owes |= flow->unpaid;
	}
	return hinted && !owes ? hinted : flow_most_ahead(account, hint);
}

/**
 * headgate_flow_pressure - the pressure of an agent on a device
 * @device: device
 * @agent: agent
 *
 * Context: under the device's lock.
 * Return: the pressure, or NULL when the agent has not submitted there yet.
 */
struct pressure *headgate_flow_pressure(struct headgate_device *device,
					const struct headgate_agent *agent)
{
	struct headgate_account *account = account_find(device, agent);

	return account ? &account->pressure : NULL;
}

static void account_free(struct headgate_account *account)
{
	hash_del(&account->node);
	headgate_agent_put(account->agent);
	kmem_cache_free(headgate_caches.account, account);
}

/**
 * headgate_flow_end - a retired flow with nothing outstanding goes
 * @flow: flow; freed, unless its device is gone
 *
 * Context: under the device's lock.
 */
void headgate_flow_end(struct headgate_flow *flow)
{
	struct headgate_account *account = flow->account;

	queue_flow_exit(&flow->queue);
	account->unpaid -= flow->unpaid;
	list_del(&flow->list);
	flow->account = NULL;
	if (!flow->lane->device->gone) {
		headgate_gone_add(flow->lane, flow->agent_id, &flow->ledger);
		list_del(&flow->lane_list);
		kmem_cache_free(headgate_caches.flow, flow);
	}
	if (list_empty(&account->flows))
		account_free(account);
}

static unsigned int wait_bucket(u64 ns)
{
	unsigned int octave;

	ns >>= 8;
	if (ns < 4)
		return ns;
	octave = ilog2(ns); /* >= 2 */
	return min_t(unsigned int, 4 * (octave - 1) + ((ns >> (octave - 2)) & 3),
		     HEADGATE_WAIT_BUCKETS - 1);
}

/**
 * headgate_flow_waited - a ticket was admitted
 * @flow: its flow
 * @wait_ns: how long it was held
 *
 * Context: under the device's lock.
 */
void headgate_flow_waited(struct headgate_flow *flow, u64 wait_ns)
{
	flow->ledger.tickets++;
	flow->ledger.wait_ns += wait_ns;
	flow->waits[wait_bucket(wait_ns)]++;
	trace_headgate_ticket_admit(flow->agent_id, flow->lane->id, wait_ns);
}

/**
 * headgate_flow_sync_agent - take over an agent's policy and parent
 * @device: device
 * @agent: agent
 *
 * Context: under headgate_agents_lock, rcu_read_lock() and the device's lock.
 */
void headgate_flow_sync_agent(struct headgate_device *device, struct headgate_agent *agent)
{
	struct headgate_account *account = account_find(device, agent);
	struct headgate_agent *parent = rcu_dereference(agent->parent);
	struct headgate_flow *flow, *above;

	if (!account)
		return;
	account_set_cap(account);
	list_for_each_entry(flow, &account->flows, list) {
		queue_flow_set_weight(&flow->queue, READ_ONCE(agent->policy.weight));
		queue_flow_set_slice(&flow->queue, headgate_agent_slice(agent));
		above = parent ? headgate_flow_get(flow->lane, parent) : NULL;
		headgate_pressure_set_parent(flow, above);
		headgate_lane_dispatch(flow->lane, ktime_get_ns());
	}
}

/* What is below a flow that goes comes below the one above it. */
static void flow_orphan(struct headgate_flow *flow)
{
	struct queue_flow *parent = flow->queue.parent;
	struct headgate_flow *child;

	/* Of agents that are gone, too: they are in no list but this. */
	list_for_each_entry(child, &flow->lane->flows, lane_list)
		if (child->queue.parent == &flow->queue)
			headgate_pressure_set_parent(child,
						     parent ? headgate_flow_of(parent) : NULL);
}

static void account_retire(struct headgate_account *account)
{
	struct headgate_flow *flow, *next;
	struct headgate_lane *lane;
	bool last;

	queue_cap_set(&account->cap, 0, 0, ktime_get_ns());
	if (list_empty(&account->flows)) { /* there was no memory for one */
		account_free(account);
		return;
	}
	list_for_each_entry_safe(flow, next, &account->flows, list) {
		last = list_is_last(&flow->list, &account->flows);
		lane = flow->lane;
		flow->retired = true;
		flow->outstanding++; /* not freed below our feet */
		flow_orphan(flow);
		headgate_release_flow(flow);
		headgate_flow_put(flow);
		headgate_lane_dispatch(lane, ktime_get_ns());
		if (last) /* the account may be gone with it */
			break;
	}
}

/**
 * headgate_flow_retire_agent - an agent is gone
 * @device: device
 * @agent: agent, marked gone, without children
 *
 * Context: under the device's lock.
 */
void headgate_flow_retire_agent(struct headgate_device *device,
				const struct headgate_agent *agent)
{
	struct headgate_account *account = account_find(device, agent);

	if (account)
		account_retire(account);
}

/**
 * headgate_flow_retire_all - a device is gone: let its tickets through
 * @device: device, marked gone
 *
 * Context: under the device's lock.
 */
void headgate_flow_retire_all(struct headgate_device *device)
{
	struct headgate_account *account;
	struct hlist_node *next;
	int i;

	lockdep_assert_held(&device->lock);
	hash_for_each_safe(device->accounts, i, next, account, node)
		account_retire(account);
}
