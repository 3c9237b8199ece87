/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_TICKET_H
#define _HEADGATE_TICKET_H

#include <headgate/gate.h> /* struct headgate_call */
#include <linux/completion.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/task_work.h>
#include <linux/time64.h>

#include "bucket.h"
#include "flow.h"

enum headgate_ticket_state {
	TICKET_IDLE,	/* its task submits nothing */
	TICKET_WAITING,	/* in its flow's @waiting, somebody waits or is about to */
	TICKET_PARKED,	/* in its flow's @parked, nobody attends it */
	TICKET_GRANTED,	/* charged, in the lane's @claims */
	TICKET_OPEN,	/* the ioctl runs */
};

/*
 * 20 ms, some time slices of a busy host: a grant that nobody takes up, and an
 * open ticket that queues no job, gives its place to others after this.
 */
#define CLAIM_NS (20 * NSEC_PER_MSEC)

/* 0.1 ms: an ioctl that fails takes no longer; who keeps a place for nothing pays. */
#define CLAIM_FREE_NS (NSEC_PER_MSEC / 10)

/**
 * struct headgate_ticket - a task's place at the gate
 * @node: in the table by task; RCU
 * @task: the task, which frees the ticket before it goes
 * @work: the wait, or the close
 * @rcu: the end
 * @device: the device that it is for, or was last; a reference is held
 * @lane: the lane it waits for, or NULL where there is nothing to wait for
 * @flow: the flow; valid while WAITING, PARKED or @charged, NULL when parked
 *	and the agent is gone
 * @place: in @waiting of the flow, by @number
 * @entry: in @parked of the flow
 * @claim: in the lane's @claims
 * @charge: what the grant has charged
 * @granted: completed by the grant
 * @state: where it stands
 * @charged: @charge is ours: no job has taken it yet
 * @blocked: the charge does not count against the lane: the driver waits
 * @overdue: held its place too long: that is not given back for nothing
 * @scheduled: where its call makes fences: it queued a job by drm_sched, too
 * @armed: @work is on its way, or about to be
 * @arrived: when the ioctl was first entered, later by what it was parked since
 * @parked: when it was
 * @patience: when to look whether it has waited too long
 * @granted_at: when it was granted
 * @granted_tick: the same, in jiffies
 * @number: order of arrival on the device; 0 until it has to wait
 * @call: the last ioctl, and what the gate knows of it
 * @client: its struct drm_file; an address to compare, no more
 * @driver: that of its device; another address to compare
 * @cgroup: id of the task's cgroup then
 * @age: of the agents, when that was looked up
 * @home: the flow then; valid while the agents are of that age, or NULL
 * @hint: the lane where its last job landed, or that of the call
 * @jobs: jobs queued under it
 * @fence: the last that was announced under it, a key; or NULL
 *
 * All under the device's lock, but @node and @task; an IDLE ticket is its task's
 * alone, and so is one that is OPEN and not @charged.
 */
struct headgate_ticket {
	struct hlist_node node;
	struct task_struct *task;
	union {
		struct callback_head work;
		struct rcu_head rcu;
	};
	struct headgate_device *device;
	struct headgate_lane *lane;
	struct headgate_flow *flow;
	struct rb_node place;
	struct list_head entry;
	struct fifo_node claim;
	struct queue_charge charge;
	struct completion granted;
	enum headgate_ticket_state state;
	bool charged;
	bool blocked;
	bool overdue;
	bool scheduled;
	bool armed;
	u64 arrived;
	u64 parked;
	u64 patience;
	u64 granted_at;
	unsigned long granted_tick;
	u64 number;
	const struct dma_fence *fence;
	u32 jobs;
	u32 hint;
	struct headgate_call call;
	const void *client;
	const void *driver;
	u64 cgroup;
	unsigned long age;
	struct headgate_flow *home;
};

extern struct headgate_buckets headgate_tickets; /* by task */

/**
 * headgate_ticket_of_current - the ticket of the current task
 *
 * Context: process, under rcu_read_lock() or with preemption off, for the sake
 * of the other tickets in the bucket: its own only the task itself frees.
 * Return: the ticket, or NULL.
 */
static inline struct headgate_ticket *headgate_ticket_of_current(void)
{
	struct headgate_ticket *ticket;

	hlist_for_each_entry_rcu(ticket, &headgate_bucket(&headgate_tickets, current)->head, node)
		if (ticket->task == current)
			return ticket;
	return NULL;
}

/* The fences that the task makes are its jobs. */
static inline bool headgate_ticket_has_fences(const struct headgate_ticket *ticket)
{
	return ticket->call.flags & HEADGATE_ADMIT_FENCE;
}

/* Of these, those that the driver emits; else those that it makes. */
static inline bool headgate_ticket_emits(const struct headgate_ticket *ticket)
{
	return !(ticket->call.flags & HEADGATE_ADMIT_FENCE_INIT);
}

/* The first in line of a flow, or NULL. */
static inline struct headgate_ticket *headgate_ticket_first(const struct headgate_flow *flow)
{
	return rb_entry_safe(rb_first_cached(&flow->waiting), struct headgate_ticket, place);
}

/**
 * headgate_ticket_hand_over - a job takes the charge
 * @ticket: charged ticket that is not blocked
 * @charge: the job's
 *
 * What is outstanding stays so, in the job's name.
 *
 * Context: under the device's lock.
 */
static inline void headgate_ticket_hand_over(struct headgate_ticket *ticket,
					     struct queue_charge *charge)
{
	ticket->charged = false;
	if (likely(fifo_holds(&ticket->claim)))
		fifo_del(&ticket->lane->claims, &ticket->claim);
	queue_charge_move(charge, &ticket->charge);
}

struct headgate_ticket *headgate_ticket_make(void);
void headgate_ticket_free(struct headgate_ticket *ticket);

void headgate_ticket_enter(struct headgate_ticket *ticket, u64 now);
void headgate_ticket_leave(struct headgate_ticket *ticket, u64 now);
void headgate_ticket_park(struct headgate_ticket *ticket, u64 now);
void headgate_ticket_granted(struct headgate_ticket *ticket, u64 now);
void headgate_ticket_block(struct headgate_ticket *ticket, u64 now);
void headgate_ticket_unblock(struct headgate_ticket *ticket, u64 now);
void headgate_ticket_refund(struct headgate_ticket *ticket, u64 now);
u64 headgate_ticket_patience(const struct headgate_ticket *ticket);
void headgate_ticket_withdraw(struct headgate_ticket *ticket);

/**
 * headgate_ticket_end - the end of what a ticket stood for, whatever its state
 * @ticket: ticket of the current task; IDLE afterwards
 */
static inline void headgate_ticket_end(struct headgate_ticket *ticket)
{
	/* Once a job has taken the charge, nobody but the task knows the ticket. */
	if (likely(ticket->state == TICKET_OPEN && !ticket->charged))
		ticket->state = TICKET_IDLE;
	else if (ticket->state != TICKET_IDLE)
		headgate_ticket_withdraw(ticket);
}

bool headgate_ticket_set_device(struct headgate_ticket *ticket, struct headgate_device *device);

void headgate_tickets_init(void);
void headgate_tickets_exit(void);

#endif
