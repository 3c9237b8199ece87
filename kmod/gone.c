// SPDX-License-Identifier: GPL-2.0
/*
 * Totals of agents that are gone: they stay in the ledger until they were read
 * and are to be forgotten, since who keeps accounts cannot look at the moment in
 * which a cgroup goes. At most GONE_MAX to a lane: the eldest are added up in the
 * lane's @departed, as all are that were forgotten, so that no engine time is
 * ever missing from the sum.
 */
#include "cache.h"
#include "gone.h"

/* Some minutes of agents that live for a second each; 6 KiB to a lane. */
#define GONE_MAX 64

static atomic64_t gone_numbers = ATOMIC64_INIT(1); /* the last that was given; 1 is nobody's */

static void ledger_add(struct headgate_ledger *sum, const struct headgate_ledger *ledger)
{
	sum->tickets += ledger->tickets;
	sum->jobs += ledger->jobs;
	sum->busy_ns += ledger->busy_ns;
	sum->queued_ns += ledger->queued_ns;
	sum->wait_ns += ledger->wait_ns;
	sum->failed += ledger->failed;
	sum->forced += ledger->forced;
}

static void gone_forget(struct headgate_lane *lane, struct headgate_gone *gone)
{
	ledger_add(&lane->departed, &gone->ledger);
	list_del(&gone->list);
	lane->nr_gone--;
	kmem_cache_free(headgate_caches.gone, gone);
}

static struct headgate_gone *gone_eldest(struct headgate_lane *lane)
{
	return list_first_entry(&lane->gone, struct headgate_gone, list);
}

static struct headgate_gone *gone_find(struct headgate_lane *lane, u64 agent_id)
{
	struct headgate_gone *gone;

	list_for_each_entry(gone, &lane->gone, list)
		if (gone->agent_id == agent_id)
			return gone;
	return NULL;
}

/**
 * headgate_gone_add - keep the totals of a flow that goes
 * @lane: its lane
 * @agent_id: its agent's, which may have been an agent before
 * @ledger: its totals
 *
 * Context: under the device's lock. For lack of memory, only the lane's sum has them.
 */
void headgate_gone_add(struct headgate_lane *lane, u64 agent_id,
		       const struct headgate_ledger *ledger)
{
	struct headgate_gone *gone;

	lockdep_assert_held(&lane->device->lock);
	gone = gone_find(lane, agent_id);
	if (!gone) {
		gone = kmem_cache_zalloc(headgate_caches.gone, GFP_ATOMIC | __GFP_NOWARN);
		if (!gone) {
			ledger_add(&lane->departed, ledger);
			return;
		}
		gone->agent_id = agent_id;
		list_add_tail(&gone->list, &lane->gone);
		lane->nr_gone++;
	}
	ledger_add(&gone->ledger, ledger);
	gone->number = atomic64_inc_return(&gone_numbers);
	list_move_tail(&gone->list, &lane->gone);
	if (lane->nr_gone > GONE_MAX)
		gone_forget(lane, gone_eldest(lane));
}

/**
 * headgate_gone_last - the number of the flow that went last
 *
 * Who takes a device's lock after this finds all up to that number in its lanes,
 * for they are numbered and listed in one section.
 */
u64 headgate_gone_last(void)
{
	return atomic64_read(&gone_numbers);
}

/**
 * headgate_gone_forget - totals were read: from now on only their sum is kept
 * @lane: lane
 * @until: the last of them, by number
 *
 * Context: under the device's lock.
 */
void headgate_gone_forget(struct headgate_lane *lane, u64 until)
{
	struct headgate_gone *gone, *next;

	lockdep_assert_held(&lane->device->lock);
	list_for_each_entry_safe(gone, next, &lane->gone, list) {
		if (gone->number > until)
			break;
		gone_forget(lane, gone);
	}
}
