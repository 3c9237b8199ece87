/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the queue share among themselves and with nobody else. */
#ifndef HEADGATE_QUEUE_INTERNAL_H
#define HEADGATE_QUEUE_INTERNAL_H

#include "queue.h"

/* hweights and shares are u32 fixed point. */
#define HW_SHIFT	30
#define HW_ONE		BIT_ULL(HW_SHIFT)

/*
 * The least hweight, 1e-6: below it a flow gets more than it is due, but
 * virtual times stay within 2^20 of real ones.
 */
#define HW_MIN		BIT_ULL(10)

/* hweights enter the mean with 20 bits, so that HW_MIN still counts as one. */
#define HW_MEAN_SHIFT	10

/*
 * 2^40 ns, 18 minutes: the most service any one charge, or the lag of any one
 * flow, may stand for. Keeps every product of this file within 64 bits:
 * 2^40 ns * 2^30 / HW_MIN = 2^60.
 */
#define SERVICE_MAX	BIT_ULL(40)

/*
 * 1 us: no slice is shorter and no job is estimated lower, so that the horizon
 * bounds the number of jobs too.
 */
#define COST_MIN_NS		1000ULL

/* Flows that change places in one go: interrupts are off meanwhile. */
#define MOVES_MAX		64

/* Jobs a flow may have outstanding, however long, while one is blocked. */
#define BLOCKED_JOBS_MAX	2

/*
 * Jobs a flow may have outstanding at all: plenty for an engine's own queue, and
 * as many as may turn out long where short ones were expected.
 */
#define OUTSTANDING_MAX		128

/* What it is charged would move V as much as its v. */
static inline bool queue_alone(const struct queue_flow *f)
{
	return f->active && f->queue->nr_active == 1;
}

/* The oldest job on the engine, the one that runs; NULL if there is none. */
static inline struct queue_charge *queue_running(struct queue *q)
{
	return fifo_first(&q->engine, struct queue_charge, turn);
}

/* When that came to run. */
static inline u64 queue_started(const struct queue *q, const struct queue_charge *c)
{
	return max(c->since_ns, q->last_done);
}

/* queue_estimate.c */
bool queue_surprised(struct queue_estimate *e, u64 ns);

/* As TCP estimates round trips, but a lasting change is taken at once. */
static inline void queue_learn(struct queue_estimate *e, u64 ns)
{
	u64 off;

	ns = min_t(u64, ns, SERVICE_MAX);
	off = ns > e->mean_ns ? ns - e->mean_ns : e->mean_ns - ns;
	if (off <= max(e->dev_ns, e->mean_ns / 8))
		e->surprises = 0;
	else if (queue_surprised(e, ns))
		return;
	e->dev_ns = e->dev_ns - e->dev_ns / 4 + off / 4;
	if (ns > e->mean_ns)
		e->mean_ns += off / 8;
	else
		e->mean_ns -= off / 8;
}

/* Hardly ever does it take longer: as TCP times out. */
static inline u64 queue_at_most(const struct queue_estimate *e)
{
	return e->mean_ns + 4 * e->dev_ns;
}

/* queue_horizon.c: how far ahead of the engine */
void queue_horizon_init(struct queue *q);
void queue_horizon_learn(struct queue *q, u64 took);
void queue_horizon_batch(struct queue *q, u64 cost);
u64 queue_handover(const struct queue *q);
u64 queue_horizon(const struct queue *q);

/* @c, which was granted, was handed to the engine. */
static inline void queue_horizon_ran(struct queue *q, const struct queue_charge *c, u64 now)
{
	if (c->since_ns)
		queue_horizon_learn(q, now - c->since_ns);
}

/* The oldest job of the engine, at @cost, was told done; it is still in the list. */
static inline void queue_horizon_done(struct queue *q, u64 cost, u64 now)
{
	if (unlikely(now == q->last_done)) {
		queue_horizon_batch(q, cost);
		return;
	}
	q->last_done = now;
	q->batch_ns = 0;
	q->late_ns -= q->late_ns / 16;
	if (q->prompt && q->engine.first->next)
		q->doubt -= q->doubt / 16;
}

/* queue_think.c: anticipation */
bool queue_think_ahead(const struct queue_flow *f);
void queue_think_idle(struct queue_flow *f, u64 cost, u64 now);
void queue_think_submitted(struct queue_flow *f, u64 now);
void queue_think_forget(struct queue_flow *f);
void queue_think_expire(struct queue *q, u64 now);
void queue_stay(struct queue_flow *f, u64 until);
void queue_think_account(struct queue *q, u64 now);
bool queue_think_hold(struct queue_flow *f, u64 now, u64 *next);

/* Nothing of @f waits, but will soon. */
static inline bool queue_think_expected(const struct queue_flow *f)
{
	return f->thinking || (f->returns && queue_think_ahead(f));
}

/* A job of @f, at @cost, is done: is it the last, and does it think now? */
static inline void queue_think_begin(struct queue_flow *f, u64 cost, u64 now)
{
	if (!f->outstanding && !f->waiting && !queue_alone(f))
		queue_think_idle(f, cost, now);
}

/* @f, which had nothing, has a ticket or a job. */
static inline void queue_think_end(struct queue_flow *f, u64 now)
{
	if (f->idle_since || f->stays)
		queue_think_submitted(f, now);
}

/* queue_tree.c: hierarchical weights */
void queue_tree_enter(struct queue_flow *f);
void queue_tree_leave(struct queue_flow *f);
u32 queue_tree_hweight(const struct queue_flow *f);

/* queue_vtime.c: virtual time */
s64 queue_vtime(struct queue *q);
void queue_join(struct queue_flow *f, u64 now);
void queue_leave(struct queue_flow *f, u64 now);
void queue_reweigh(struct queue_flow *f);
void queue_charge_others(struct queue_flow *f, u64 take_ns, u64 give_ns);

/*
 * Takes back a charge of @give_ns and charges @take_ns. While @f is alone V would
 * go along with v: neither goes.
 */
static inline void queue_charge_flow(struct queue_flow *f, u64 take_ns, u64 give_ns)
{
	if (!queue_alone(f))
		queue_charge_others(f, take_ns, give_ns);
}

/* queue.c: places and activity */
void queue_move(struct queue_flow *f, enum queue_place place, s64 key);
void queue_rekey(struct queue_flow *f);
void queue_settle_place(struct queue_flow *f, u64 now);
bool queue_lane_open(struct queue *q, u64 now, u64 *next);

/*
 * A flow with blocked jobs may have few outstanding, blocked ones included:
 * it can neither pile them up nor gain by all their fences firing at once.
 */
static inline bool queue_held_back(const struct queue_flow *f)
{
	if (f->outstanding >= OUTSTANDING_MAX)
		return true;
	return f->blocked && f->outstanding >= BLOCKED_JOBS_MAX &&
	       f->outstanding_ns >= f->queue->settings->horizon_ns;
}

/* @f has the lane to itself, and nothing but what is outstanding. */
static inline bool queue_undisturbed(const struct queue_flow *f)
{
	return queue_alone(f) && !f->waiting && !f->stays && f->place == QUEUE_NOWHERE;
}

/* After any change of what @f has waiting or outstanding, or of its cap. */
static inline void queue_settle(struct queue_flow *f, u64 now)
{
	if (queue_undisturbed(f))
		f->lingers = f->outstanding == f->blocked;
	else
		queue_settle_place(f, now);
}

/* queue_cap.c: quota and period */
bool queue_cap_throttle(struct queue_flow *f, u64 now);
bool queue_cap_has_room(struct queue_flow *f, u64 now);
void queue_cap_pay(struct queue_cap *cap, u64 est_ns, u64 cost_ns, u64 now);
void queue_cap_reparent(struct queue_flow *f, struct queue_flow *above, bool comes);
void queue_cap_release(struct queue_cap *cap);

/* Whether there are caps on @f's path. */
static inline bool queue_capped(const struct queue_flow *f)
{
	for (; f; f = f->parent)
		if (f->cap && f->cap->quota_ns)
			return true;
	return false;
}

/* Whether all caps on @f's path, if there are any, are open. */
static inline bool queue_cap_open(struct queue_flow *f, u64 now)
{
	return !queue_capped(f) || queue_cap_has_room(f, now);
}

/* A job with an estimate of @est_ns was granted. */
static inline void queue_cap_grant(struct queue_flow *f, u64 est_ns)
{
	for (; f; f = f->parent) {
		f->subtree_ns += est_ns;
		if (f->cap)
			f->cap->pending_ns += est_ns;
	}
}

/* It is done and has cost @cost_ns. */
static inline void queue_cap_done(struct queue_flow *f, u64 est_ns, u64 cost_ns, u64 now)
{
	for (; f; f = f->parent) {
		f->subtree_ns -= est_ns;
		if (!f->cap)
			continue;
		if (unlikely(f->cap->quota_ns))
			queue_cap_pay(f->cap, est_ns, cost_ns, now);
		else
			f->cap->pending_ns -= est_ns;
	}
}

#endif
