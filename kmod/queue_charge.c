// SPDX-License-Identifier: GPL-2.0
/*
 * Charges: what a grant takes, what a completed job costs, and the estimates
 * that stand in between. A grant charges the estimate; completion replaces it
 * by the cost, so that over time a flow is charged exactly what was measured.
 */
#include "queue_internal.h"

/* What a job is taken to cost before the flow's first one was measured. */
#define UNKNOWN_COST_NS		1000000ULL

/*
 * A low estimate is at least this part of the estimate: costs that vary so
 * much that nothing can be said of the end must not open the horizon wholly.
 */
#define LOW_PART		4

/*
 * What the next job costs, and what at least, likely: the horizon is to fill the lane
 * even if it is short. Of an unknown job only a second one may follow.
 */
static __always_inline void estimate(const struct queue_flow *f, struct queue_charge *c)
{
	u64 mean = f->cost.mean_ns;

	if (unlikely(!mean)) {
		c->est_ns = UNKNOWN_COST_NS;
		c->low_ns = f->queue->settings->horizon_ns;
		return;
	}
	c->est_ns = mean;
	c->low_ns = max_t(u64, mean - min(2 * f->cost.dev_ns, mean - mean / LOW_PART), COST_MIN_NS);
}

/* Counts one more job of @f as outstanding, at its estimate. */
static __always_inline void count_in(struct queue_flow *f, bool alone, u64 now,
				     struct queue_charge *c)
{
	struct queue *q = f->queue;

	estimate(f, c);
	c->flow = f;
	c->turn.link = NULL;
	c->since_ns = now;
	c->met = f->met;
	c->alone = alone;
	c->state = QUEUE_CHARGE_GRANTED;

	f->outstanding++;
	f->outstanding_ns += c->est_ns;
	q->runnable++;
	q->low_ns += c->low_ns;
	q->est_ns += c->est_ns;
	queue_cap_grant(f, c->est_ns);
}

/* The job of @c, at @cost, is outstanding no more. */
static __always_inline void count_out(struct queue_flow *f, u64 cost, u64 now,
				      const struct queue_charge *c)
{
	struct queue *q = f->queue;

	f->outstanding--;
	f->outstanding_ns -= c->est_ns;
	q->runnable--;
	q->low_ns -= c->low_ns;
	q->est_ns -= c->est_ns;
	queue_cap_done(f, c->est_ns, cost, now);
}

/* Charges the estimate of one job to @f. */
static void open_charge(struct queue_flow *f, u64 now, struct queue_charge *c)
{
	if (!f->active)
		queue_join(f, now);
	count_in(f, queue_alone(f), now, c);
	if (!c->alone)
		f->charged_ns += c->est_ns;
	queue_charge_flow(f, c->est_ns, 0);
	queue_settle(f, now);
}

/**
 * queue_grant() - One of a flow's waiting tickets may go.
 * @f: the flow, usually what queue_pick() returned
 * @now: time
 * @c: takes the charge; whatever it held is overwritten
 */
void queue_grant(struct queue_flow *f, u64 now, struct queue_charge *c)
{
	queue_assert(f->waiting);
	queue_think_account(f->queue, now); /* not every grant comes of a pick */
	f->waiting--;
	if (f->place != QUEUE_NOWHERE)
		queue_move(f, QUEUE_NOWHERE, 0);
	open_charge(f, now, c);
}

/* As queue_try(), of a flow that is disturbed, or has something outstanding. */
static noinline bool try_long(struct queue_flow *f, u64 now, struct queue_charge *c)
{
	struct queue *q = f->queue;
	u64 next = U64_MAX;

	if (f->waiting || q->nr_active > f->active || heap_first(&q->heaps[QUEUE_THROTTLED]))
		return false;
	if (queue_held_back(f) || !queue_lane_open(q, now, &next) || !queue_cap_open(f, now))
		return false;
	queue_think_end(f, now);
	open_charge(f, now, c);
	return true;
}

/**
 * queue_try() - Grant a job at once if nobody competes for the lane.
 * @f: flow without a waiting ticket
 * @now: time
 * @c: takes the charge if so
 *
 * The short way for what is by far the most common case: it grants only what
 * queue_enqueue(), queue_pick() and queue_grant() would have.
 *
 * Return: granted; if not, nothing has changed.
 */
bool queue_try(struct queue_flow *f, u64 now, struct queue_charge *c)
{
	if (unlikely(!queue_undisturbed(f) || f->outstanding || f->idle_since ||
		     heap_first(&f->queue->heaps[QUEUE_THROTTLED]) || queue_capped(f)))
		return try_long(f, now, c);
	count_in(f, true, now, c);
	f->lingers = false;
	return true;
}

/**
 * queue_force() - Charge for a job that the queue was not asked about.
 * @f: the flow
 * @now: time
 * @c: takes the charge; whatever it held is overwritten
 *
 * For a job without a ticket, a second job of one ticket, or a ticket past its
 * max_wait (queue_dequeue() it first). The flow may end up in debt.
 */
void queue_force(struct queue_flow *f, u64 now, struct queue_charge *c)
{
	queue_think_end(f, now);
	open_charge(f, now, c);
	c->since_ns = 0;
}

/* Runnable work counts against the lane, blocked work only against its flow. */
static void set_runnable(struct queue_charge *c, bool runnable)
{
	struct queue_flow *f = c->flow;
	struct queue *q = f->queue;

	if (runnable) {
		f->blocked--;
		q->runnable++;
		q->low_ns += c->low_ns;
		q->est_ns += c->est_ns;
		c->state = QUEUE_CHARGE_GRANTED;
	} else {
		c->since_ns = 0;
		f->blocked++;
		q->runnable--;
		q->low_ns -= c->low_ns;
		q->est_ns -= c->est_ns;
		c->state = QUEUE_CHARGE_BLOCKED;
	}
}

/**
 * queue_block() - A granted job waits for a fence.
 * @c: its charge; nothing happens if it is empty, blocked or running
 * @now: time
 */
void queue_block(struct queue_charge *c, u64 now)
{
	if (!c->flow || c->state != QUEUE_CHARGE_GRANTED)
		return;
	set_runnable(c, false);
	queue_settle(c->flow, now);
}

/**
 * queue_unblock() - A blocked job waits for nothing but the engine again.
 * @c: its charge; nothing happens if it is empty or not blocked
 * @now: time
 */
void queue_unblock(struct queue_charge *c, u64 now)
{
	if (likely(!c->flow || c->state != QUEUE_CHARGE_BLOCKED))
		return;
	set_runnable(c, true);
	queue_settle(c->flow, now);
}

/**
 * queue_run() - A job was handed to the engine, or, after a reset, again.
 * @c: its charge; nothing happens if it is empty
 * @now: time
 */
void queue_run(struct queue_charge *c, u64 now)
{
	struct queue *q;

	if (!c->flow)
		return;
	q = c->flow->queue;
	if (unlikely(c->state == QUEUE_CHARGE_BLOCKED))
		queue_unblock(c, now);
	if (likely(c->state == QUEUE_CHARGE_GRANTED))
		queue_horizon_ran(q, c, now);
	else /* again */
		fifo_del(&q->engine, &c->turn);
	c->state = QUEUE_CHARGE_RUNNING;
	c->since_ns = now;
	fifo_add(&q->engine, &c->turn);
}

/*
 * Replaces what @c has charged by @cost. What was granted to a flow that was
 * alone was charged when others came, and costs what it took from then on.
 */
static void exchange(struct queue_charge *c, u64 cost, u64 now)
{
	struct queue_flow *f = c->flow;
	u64 give = 0;

	if (!c->alone || c->met != f->met)
		give = min(c->est_ns, f->charged_ns);
	if (c->alone)
		cost = min(cost, now - f->met_at);
	f->charged_ns -= give;
	queue_charge_flow(f, cost, give);
}

/* As queue_done(), of a flow that is disturbed, or a job out of turn. */
static noinline void done_long(struct queue_charge *c, u64 cost_ns, u64 now)
{
	bool ran = c->state == QUEUE_CHARGE_RUNNING;
	struct queue_flow *f = c->flow;
	struct queue *q = f->queue;

	if (c->state == QUEUE_CHARGE_BLOCKED)
		set_runnable(c, true);
	if (ran) {
		if (cost_ns)
			queue_learn(&f->cost, max_t(u64, cost_ns, COST_MIN_NS));
		if (q->engine.first == &c->turn)
			queue_horizon_done(q, cost_ns, now);
		fifo_del(&q->engine, &c->turn);
	}
	/* Granted alone, and nobody has come since: nothing was charged, nothing is. */
	if (!c->alone || c->met != f->met || !queue_alone(f))
		exchange(c, cost_ns, now);
	c->flow = NULL;
	count_out(f, cost_ns, now, c);

	if (f->place == QUEUE_THROTTLED && queue_cap_open(f, now))
		queue_move(f, QUEUE_NOWHERE, 0);
	queue_think_begin(f, ran ? cost_ns : 0, now);
	queue_settle(f, now);
}

/**
 * queue_done() - A job completed, or was killed, or a grant was for nothing.
 * @c: its charge; nothing happens if it is empty
 * @cost_ns: engine time it took, 0 if it never ran
 * @now: time
 *
 * That is charged instead of the estimate, and @c is empty afterwards.
 */
void queue_done(struct queue_charge *c, u64 cost_ns, u64 now)
{
	struct queue_flow *f = c->flow;

	if (!f)
		return;
	/* It is active, and does not stay, since it has a job that runs. */
	if (unlikely(f->queue->engine.first != &c->turn || f->queue->nr_active > 1 ||
		     f->waiting || f->place != QUEUE_NOWHERE || !c->alone ||
		     c->met != f->met || !cost_ns)) {
		done_long(c, cost_ns, now);
		return;
	}
	queue_horizon_done(f->queue, cost_ns, now);
	fifo_del(&f->queue->engine, &c->turn);
	c->flow = NULL;
	count_out(f, cost_ns, now, c);
	f->lingers = f->outstanding == f->blocked;
	queue_learn(&f->cost, max_t(u64, cost_ns, COST_MIN_NS));
}
