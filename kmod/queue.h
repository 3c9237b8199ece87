/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The queue: which agent's submission may go to the engine next.
 *
 * Pure: no allocation, no lock, no clock. The caller passes @now (ns,
 * monotonic, never going back on one device) and holds ONE lock per device
 * around every call for every queue and cap of that device. Any context.
 * All times and costs are in ns.
 *
 * After every call below, but those that only ask of a flow, the caller asks
 * queue_pick() again for the queues concerned, until it returns NULL; after
 * queue_cap_set(), for every queue of the device.
 *
 * The theory of operation is at the head of queue.c.
 */
#ifndef HEADGATE_QUEUE_H
#define HEADGATE_QUEUE_H

#include "queue_port.h"
#include "fifo.h"
#include "heap.h"

#define QUEUE_WEIGHT_MIN	1U
#define QUEUE_WEIGHT_MAX	10000U
#define QUEUE_WEIGHT_DEFAULT	100U

/* 4 ms: a quarter of a 60 Hz frame; 80 jobs of 50 us keep the engine busy. */
#define QUEUE_HORIZON_NS	4000000ULL

/**
 * struct queue_settings - Knobs shared by any number of queues.
 * @horizon_ns: what is known of a lane's delays apart, admit while less work than
 *	this is ahead of a new job
 *
 * Read at each pick; change them under the lock.
 */
struct queue_settings {
	u64 horizon_ns;
};

/**
 * struct queue_estimate - What the next of a series of times will be.
 * @mean_ns: moving average; 0: nothing was measured yet
 * @dev_ns: moving mean deviation
 * @surprises: in a row beyond the deviation; the sign tells which side
 */
struct queue_estimate {
	u64 mean_ns;
	u64 dev_ns;
	s8 surprises;
};

/**
 * struct queue_cap - One agent on one device: a hard limit on engine time.
 * @quota_ns: engine time per period over all lanes; 0: no cap
 * @period_ns: length of a period
 * @used_ns: measured cost against the quota, debt of earlier periods included
 * @pending_ns: estimates of jobs granted and not done
 * @prepaid_ns: what past periods have paid for jobs not done
 * @period_end: when the present period ends
 * @throttled: flows that wait for this cap, on any queue of the device
 */
struct queue_cap {
	u64 quota_ns;
	u64 period_ns;
	u64 used_ns;
	u64 pending_ns;
	u64 prepaid_ns;
	u64 period_end;
	struct list_head throttled;
};

/* Which heap a flow is in. */
enum queue_place {
	QUEUE_NOWHERE,		/* nothing waits, or what waits is held back */
	QUEUE_ELIGIBLE,		/* by virtual deadline */
	QUEUE_FUTURE,		/* by virtual time */
	QUEUE_THROTTLED,	/* by the time its cap opens */
	QUEUE_EXPECTED,		/* nothing waits, but soon will; by virtual time */
	QUEUE_PLACES,
};

/**
 * struct queue_flow - One agent on one lane.
 * @queue: the lane
 * @parent: the agent above on the same lane, NULL at the top
 * @cap: the agent's cap on this device, or NULL
 * @node: place in one of the queue's heaps
 * @stay_node: in queue->stayers while @stays; key: when that ends
 * @active_link: in queue->active while @active
 * @throttled_link: in queue_cap->throttled while throttled
 * @v: virtual time: service received at weight 1.0; while not @active, how far
 *	it was ahead of V when it left
 * @left_at: when it left
 * @deadline: virtual time by which the slice in progress should be served
 * @slice_ns: service between two deadlines; sets latency, not share
 * @cost: of its jobs
 * @think: from the end of its last job to its next ticket, where that was short
 * @idle_since: when its last job was done; 0: it has one, or thinks alone
 * @holdable_ns: how long the lane may yet idle for it; below 0 if a timer was late
 * @held_ns: how long the lane has idled for it
 * @held_now_ns: the part of that since @idle_since
 * @outstanding_ns: estimates of all jobs granted and not done
 * @charged_ns: what of them @v is charged with; all, unless the flow is alone, or
 *	was and has left
 * @owing_ns: what it had overdrawn when the last of the others left it alone
 * @met_at: when another came to it again
 * @subtree_ns: the same, with those of all flows below
 * @level_sum: weights of what competes below: active children and, if
 *	@active, the flow's own work at QUEUE_WEIGHT_DEFAULT
 * @generation: of @hw
 * @hw: cached share of the lane, 1 << 30 = 1.0
 * @weight: among its siblings
 * @waiting: tickets waiting
 * @outstanding: jobs granted and not done
 * @blocked: those of them that wait for a fence
 * @children: flows whose parent this is
 * @met: counts these times
 * @place: which heap
 * @active: competes: has something to grant now, or runnable work outstanding
 * @lingers: does not, but is still @active, as the last one of the queue
 * @stays: is still @active though it has nothing, for a time
 * @thinking: @stays because its next ticket is expected
 * @returns: how often it thought briefly of late; 255: always
 */
struct queue_flow {
	struct queue *queue;
	struct queue_flow *parent;
	struct queue_cap *cap;
	struct heap_node node;
	struct heap_node stay_node;
	struct list_head active_link;
	struct list_head throttled_link;
	s64 v;
	u64 left_at;
	s64 deadline;
	u64 slice_ns;
	struct queue_estimate cost;
	struct queue_estimate think;
	u64 idle_since;
	s64 holdable_ns;
	u64 held_ns;
	u64 held_now_ns;
	u64 outstanding_ns;
	u64 charged_ns;
	s64 owing_ns;
	u64 met_at;
	u64 subtree_ns;
	u64 level_sum;
	u64 generation;
	u32 hw;
	u32 weight;
	u32 waiting;
	u32 outstanding;
	u32 blocked;
	u32 children;
	u32 met;
	u8 place;
	bool active;
	bool lingers;
	bool stays;
	bool thinking;
	u8 returns;
};

/**
 * struct queue - One lane.
 * @settings: shared knobs
 * @heaps: flows by enum queue_place (QUEUE_NOWHERE is unused)
 * @stayers: flows that are active though they have nothing, by when they leave
 * @active: active flows, least recently reweighed first
 * @engine: charges of the jobs handed to the engine, oldest first
 * @v0: base of virtual time: V = v0 + offset / weight
 * @offset: sum over active flows of (hw >> 10) * (v - v0)
 * @weight: sum over active flows of hw >> 10
 * @level_sum: weights of the active flows at the top of the tree
 * @generation: changes whenever any hweight may have
 * @sequence: source of tie-breakers
 * @low_ns: sum of the low estimates of runnable outstanding jobs
 * @est_ns: sum of their estimates
 * @last_done: when the engine's oldest job was last done
 * @batch_ns: cost of the jobs that were told done then, but for the first
 * @handover_ns: what it takes a job to get from the gate to the idle engine
 * @late_ns: how much work may be done before it is told
 * @doubt: whether ends are told in time, 0 to 1 << 16: not at all known
 * @prompt: the driver tells each end when it comes; set by the caller
 * @held_for: whom the lane idles for, NULL if nobody
 * @held_since: since when
 * @held_ns: how long it has idled so for anybody
 * @nr_active: length of @active
 * @stale: how many, from the head of @active, may have an outdated hweight
 * @runnable: outstanding jobs that wait for nothing but the engine
 */
struct queue {
	const struct queue_settings *settings;
	struct heap heaps[QUEUE_PLACES];
	struct heap stayers;
	struct list_head active;
	struct fifo engine;
	s64 v0;
	s64 offset;
	u64 weight;
	u64 level_sum;
	u64 generation;
	u64 sequence;
	u64 low_ns;
	u64 est_ns;
	u64 last_done;
	u64 batch_ns;
	u64 handover_ns;
	u64 late_ns;
	u32 doubt;
	bool prompt;
	struct queue_flow *held_for;
	u64 held_since;
	u64 held_ns;
	u32 nr_active;
	u32 stale;
	u32 runnable;
};

enum queue_charge_state {
	QUEUE_CHARGE_GRANTED,
	QUEUE_CHARGE_BLOCKED,
	QUEUE_CHARGE_RUNNING,
};

/**
 * struct queue_charge - What one grant has charged.
 * @flow: who pays; NULL: nothing is charged (all zeroes is a valid charge)
 * @turn: in queue->engine while running: move by queue_charge_move()
 * @est_ns: charged at the grant, or, if @alone, when others come
 * @low_ns: the least it is expected to cost
 * @since_ns: when it was handed to the engine; before that, when it was granted, if
 *	it is to be known how long it takes from there to the engine, else 0
 * @met: the flow's, at the grant
 * @state: what holds it
 * @alone: the flow was alone at the grant
 */
struct queue_charge {
	struct queue_flow *flow;
	struct fifo_node turn;
	u64 est_ns;
	u64 low_ns;
	u64 since_ns;
	u32 met;
	enum queue_charge_state state;
	bool alone;
};

static inline bool queue_charge_is_open(const struct queue_charge *c)
{
	return c->flow;
}

/**
 * queue_charge_move() - Hand a charge over, from a ticket to its job.
 * @dst: takes the charge; whatever it held is overwritten
 * @src: open; is empty afterwards
 */
static inline void queue_charge_move(struct queue_charge *dst, struct queue_charge *src)
{
	*dst = *src;
	if (unlikely(fifo_holds(&src->turn)))
		fifo_moved(&src->flow->queue->engine, &src->turn, &dst->turn);
	src->flow = NULL;
}

void queue_init(struct queue *q, const struct queue_settings *settings);

void queue_flow_init(struct queue_flow *f, struct queue *q, struct queue_flow *parent,
		     u32 weight, u64 slice_ns, struct queue_cap *cap);
void queue_flow_exit(struct queue_flow *f);
void queue_flow_set_weight(struct queue_flow *f, u32 weight);
void queue_flow_set_slice(struct queue_flow *f, u64 slice_ns);
void queue_flow_set_parent(struct queue_flow *f, struct queue_flow *parent);
u32 queue_flow_due_ppm(const struct queue_flow *f);
u64 queue_flow_ahead(struct queue_flow *f, u64 now);

void queue_cap_init(struct queue_cap *cap);
void queue_cap_set(struct queue_cap *cap, u64 quota_ns, u64 period_ns, u64 now);

void queue_enqueue(struct queue_flow *f, u64 now);
void queue_dequeue(struct queue_flow *f, u64 now);
bool queue_try(struct queue_flow *f, u64 now, struct queue_charge *c);
struct queue_flow *queue_pick(struct queue *q, u64 now, u64 *next);
void queue_grant(struct queue_flow *f, u64 now, struct queue_charge *c);
void queue_force(struct queue_flow *f, u64 now, struct queue_charge *c);

void queue_block(struct queue_charge *c, u64 now);
void queue_unblock(struct queue_charge *c, u64 now);
void queue_run(struct queue_charge *c, u64 now);
void queue_done(struct queue_charge *c, u64 cost_ns, u64 now);

#endif
