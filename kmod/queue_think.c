// SPDX-License-Identifier: GPL-2.0
/*
 * Anticipation. A flow that submits, waits for its job, thinks briefly and
 * submits again has no ticket while it thinks. Take it for idle, and each of its
 * short jobs costs it a long one of somebody else's, or several: its share would
 * depend on how many jobs it can have waiting, and not on its weight.
 *
 *  1. While it thinks, and its next ticket is expected soon, a flow stays active:
 *     what others are granted meanwhile it is owed its part of.
 *  2. If it is owed, and those that have tickets have all overdrawn, the lane may
 *     idle for it: the flow that would go next has jobs of cost c, it will think
 *     for r more. To idle costs r, not to idle costs it c - r: idle while
 *     r < c / 2. For the same reason that job does not go behind one of its own
 *     that is with the engine.
 *  3. "Soon" is its mean think time and four deviations, as TCP times out, but no
 *     longer than a job of its own takes: the flow must use the lane for half of
 *     the time if it were alone. Who has lately thought longer half of the time is
 *     not expected at all.
 *
 * What it costs is bounded, whatever the flow does: each job gives the flow a
 * quarter of its cost to be idled for, and idling takes from that. So over any
 * time the lane idles for a flow for no more than a quarter of its service and
 * HOLDABLE_MAX_NS. If it was in vain, the flow is charged for it as for service.
 */
#include "queue_internal.h"

/* Longer is no thinking, and nobody else should notice that the lane idles. */
#define THINK_MAX_NS		20000000ULL

/* Timers, and waking up. */
#define THINK_SLACK_NS		100000ULL

#define HOLDABLE_PART		4
#define HOLDABLE_MAX_NS		20000000ULL

/* queue_flow.returns: a quarter of the way to one end each time. */
#define RETURNS_ALWAYS		255
#define RETURNS_LIKELY		128

/* The longest pause that counts as thinking. */
static u64 longest(const struct queue_flow *f)
{
	return min_t(u64, f->cost.mean_ns, THINK_MAX_NS);
}

/* If it had nothing, would its next ticket be expected soon? */
static bool comes_back(const struct queue_flow *f)
{
	return f->returns >= RETURNS_LIKELY && f->think.mean_ns <= longest(f);
}

/* @f waits for a job with the engine: is its next ticket expected soon after? */
bool queue_think_ahead(const struct queue_flow *f)
{
	return f->outstanding > f->blocked && !f->waiting && !queue_alone(f) && comes_back(f);
}

/* The lane no longer idles for somebody, or might not. */
void queue_think_account(struct queue *q, u64 now)
{
	struct queue_flow *f = q->held_for;
	u64 ns;

	if (!f)
		return;
	ns = now - q->held_since;
	q->held_for = NULL;
	q->held_ns += ns;
	f->held_ns += ns;
	f->held_now_ns += ns;
	f->holdable_ns -= ns;
}

/* @f, which has nothing, remains active until then, or until it has something. */
void queue_stay(struct queue_flow *f, u64 until)
{
	f->stays = true;
	f->stay_node.key = until;
	f->stay_node.seq = f->queue->sequence++;
	heap_insert(&f->queue->stayers, &f->stay_node);
}

static void stop(struct queue_flow *f)
{
	heap_erase(&f->queue->stayers, &f->stay_node);
	f->stays = false;
	f->thinking = false;
	f->held_now_ns = 0;
}

/* @f has nothing any more, after a job that cost @cost. */
void queue_think_idle(struct queue_flow *f, u64 cost, u64 now)
{
	u64 soon;

	/* An ioctl without a job, or a job that never ran: nothing to go by. */
	if (!cost)
		return;
	f->idle_since = now;
	f->holdable_ns = min_t(s64, f->holdable_ns + cost / HOLDABLE_PART, HOLDABLE_MAX_NS);
	if (!f->active || !comes_back(f))
		return;
	soon = queue_at_most(&f->think) + THINK_SLACK_NS;
	f->thinking = true;
	queue_stay(f, now + min(soon, longest(f)));
}

/* The first ticket or job of @f since it had nothing. */
void queue_think_submitted(struct queue_flow *f, u64 now)
{
	struct queue *q = f->queue;
	u64 thought = now - f->idle_since;

	queue_think_account(q, now);
	queue_think_expire(q, now);
	if (f->stays)
		stop(f);
	if (!f->idle_since)
		return;
	f->idle_since = 0;
	if (q->nr_active <= f->active)
		return;
	if (thought > longest(f)) {
		f->returns -= f->returns / 4;
		return;
	}
	f->returns += (RETURNS_ALWAYS - f->returns + 3) / 4;
	queue_learn(&f->think, thought);
}

/* @f goes. */
void queue_think_forget(struct queue_flow *f)
{
	if (f->queue->held_for == f)
		f->queue->held_for = NULL;
	if (f->stays)
		stop(f);
}

/*
 * Flows whose next ticket did not come, and, later, which have stayed as long as
 * they were ahead. If the lane idled for one, it pays.
 */
void queue_think_expire(struct queue *q, u64 now)
{
	struct heap_node *n;
	unsigned int i;

	for (i = 0; i < MOVES_MAX && (n = heap_first(&q->stayers)) && (u64)n->key <= now; i++) {
		struct queue_flow *f = container_of(n, struct queue_flow, stay_node);
		bool thought = f->thinking;

		queue_charge_flow(f, f->held_now_ns, 0);
		stop(f);
		if (thought)
			queue_settle(f, now);
		else if (q->nr_active > 1)
			queue_leave(f, now);
		else
			f->lingers = true;
	}
}

/*
 * Is the lane better left to the owed flow whose next ticket is expected than
 * given to @f, which has overdrawn? *next says when to ask again.
 */
bool queue_think_hold(struct queue_flow *f, u64 now, u64 *next)
{
	struct queue *q = f->queue;
	struct heap_node *n = heap_first(&q->heaps[QUEUE_EXPECTED]);
	struct queue_charge *c = queue_running(q);
	struct queue_flow *g;
	u64 left, until = 0;

	if (!n)
		return false;
	g = container_of(n, struct queue_flow, node);
	if (g->v >= queue_vtime(q))
		return false;
	left = g->think.mean_ns;
	if (g->thinking)
		left -= min(left, now - g->idle_since);
	if (2 * left >= f->cost.mean_ns || (s64)left >= g->holdable_ns || !queue_cap_open(g, now))
		return false;
	if (g->thinking)
		until = min_t(u64, g->stay_node.key, now + g->holdable_ns);
	else if (c && c->flow == g)
		until = queue_started(q, c) + queue_at_most(&g->cost);
	if (until <= now)
		return false;

	*next = min(*next, until);
	if (!q->runnable) {
		q->held_for = g;
		q->held_since = now;
	}
	return true;
}
