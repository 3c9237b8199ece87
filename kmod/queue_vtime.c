// SPDX-License-Identifier: GPL-2.0
/*
 * Virtual time. A flow's v grows by cost / hweight; the queue's V is the mean
 * of the active flows' v, weighted by their cached hweights:
 *
 *	V = sum(hw * v) / sum(hw)        lag = hw * (V - v), in ns of service
 *
 * so the lags of the active flows sum up to zero: what one has overdrawn is
 * what the others are owed. The two sums are kept incrementally, relative to
 * v0, which follows V at each read; the remainder of the division stays in the
 * sum, so nothing drifts.
 *
 * Sums are taken modulo 2^64: single terms may wrap, the sum does not while
 * lags are within SERVICE_MAX.
 */
#include "queue_internal.h"

/*
 * 20 ms: what waiting for one long job costs a flow. Less, and a flow that
 * pauses between its jobs would lose that each time; more would be hoarded by
 * a flow whose job hangs while others go on.
 */
#define OWED_MAX_NS		20000000ULL

/* Service of @ns in virtual time, at most 2^60. */
static u64 to_virtual(u64 ns, u32 hw)
{
	ns = min_t(u64, ns, SERVICE_MAX);
	if (hw == HW_ONE)
		return ns;
	return queue_mul_div(ns, HW_ONE, hw);
}

/* A distance in virtual time under another hweight, for the same service. */
static s64 rescale(s64 distance, u32 from, u32 to)
{
	u64 size = distance < 0 ? -(u64)distance : (u64)distance;

	/* The limit is never below SERVICE_MAX; most are, and need no division. */
	if (size > SERVICE_MAX)
		size = min(size, to_virtual(SERVICE_MAX, from));
	if (from != to)
		size = queue_mul_div(size, from, to);
	return distance < 0 ? -(s64)size : (s64)size;
}

static void sum_add(struct queue *q, u32 hw, s64 distance)
{
	q->offset = (s64)((u64)q->offset + (u64)(hw >> HW_MEAN_SHIFT) * (u64)distance);
}

/* V, and rebases the sums on it. */
s64 queue_vtime(struct queue *q)
{
	u64 steps;

	if (!q->weight || (q->offset >= 0 && (u64)q->offset < q->weight))
		return q->v0;

	/* Towards minus infinity, or a lone flow might be found ineligible. */
	if (q->offset >= 0) {
		steps = queue_div(q->offset, q->weight);
		q->v0 += steps;
		q->offset -= steps * q->weight;
	} else {
		steps = queue_div(-(u64)q->offset + q->weight - 1, q->weight);
		q->v0 -= steps;
		q->offset += steps * q->weight;
	}
	return q->v0;
}

static void enter_mean(struct queue_flow *f)
{
	struct queue *q = f->queue;

	q->weight += f->hw >> HW_MEAN_SHIFT;
	sum_add(q, f->hw, f->v - q->v0);
}

static void leave_mean(struct queue_flow *f)
{
	struct queue *q = f->queue;

	q->weight -= f->hw >> HW_MEAN_SHIFT;
	sum_add(q, f->hw, q->v0 - f->v);
}

/* A deadline is ahead of v, by no more than a slice. */
static void renew_deadline(struct queue_flow *f)
{
	u64 slice = to_virtual(f->slice_ns, f->hw);

	if (f->deadline <= f->v || (u64)(f->deadline - f->v) > slice)
		f->deadline = f->v + slice;
}

/*
 * How far ahead of V a sleeper comes back, at its old hweight. It finds what it
 * was owed when it left, within bounds, but nothing for the time it did not
 * wait; what it had overdrawn has worn off at the pace of V, 1 per ns. What
 * its blocked jobs were charged stays: they have yet to run.
 */
static s64 lag_after_sleep(const struct queue_flow *f, u64 now)
{
	u64 bound = max_t(u64, OWED_MAX_NS, max(f->slice_ns, f->cost.mean_ns));
	s64 blocked = to_virtual(f->charged_ns, f->hw);
	s64 ahead = f->v - blocked;

	if (ahead > 0)
		ahead -= min_t(u64, ahead, now - f->left_at);
	else
		ahead = max(ahead, -(s64)to_virtual(bound, f->hw));
	return ahead + blocked;
}

/* A distance in virtual time as service. */
static s64 to_service(s64 distance, u32 hw)
{
	s64 ns = queue_mul_div(distance < 0 ? -(u64)distance : (u64)distance, hw, HW_ONE);

	return distance < 0 ? -ns : ns;
}

/* All that is outstanding is charged from now on: @f is not alone any more. */
static void charge_rest(struct queue_flow *f, u64 now)
{
	u64 rest = f->outstanding_ns - f->charged_ns;

	f->met++;
	f->met_at = now;
	f->charged_ns = f->outstanding_ns;
	queue_charge_flow(f, rest, 0);
}

/*
 * Another flow, which is owed @credit_ns, has come to @f, which was alone. That
 * much counts yet of what @f owed when it became alone, and of the charges that
 * were part of it.
 */
static void meet(struct queue_flow *f, s64 credit_ns, u64 now)
{
	if (f->owing_ns > 0 && credit_ns < f->owing_ns)
		f->charged_ns = queue_mul_div(f->charged_ns, max_t(s64, credit_ns, 0), f->owing_ns);
	charge_rest(f, now);
}

/*
 * @f becomes active, with the lag it is to have once it is among the others: V
 * moves so that lags sum up to zero again. What it has overdrawn they are owed,
 * and the other way round, as when it left. So leaving and coming back at once
 * changes nothing. The first to come finds nobody to owe it anything.
 */
void queue_join(struct queue_flow *f, u64 now)
{
	struct queue *q = f->queue;
	struct queue_flow *last = NULL;
	s64 ahead = 0, step;
	u32 hw;

	if (q->nr_active == 1)
		last = list_first_entry(&q->active, struct queue_flow, active_link);
	if (last && last->lingers) {
		last->charged_ns = 0;
		queue_leave(last, now);
		last = NULL;
	}
	queue_vtime(q);
	queue_tree_enter(f);
	hw = queue_tree_hweight(f);
	if (q->nr_active) {
		ahead = rescale(lag_after_sleep(f, now), f->hw, hw);
		step = queue_mul_div(ahead < 0 ? -ahead : ahead, hw >> HW_MEAN_SHIFT, q->weight);
		if (ahead < 0)
			step = -step;
		q->v0 += step;
		q->offset -= step * (s64)q->weight;
	} else {
		f->charged_ns = 0;
		f->owing_ns = 0;
	}
	f->hw = hw;
	f->generation = q->generation;
	f->v = q->v0 + ahead;
	f->deadline = f->v + to_virtual(f->slice_ns, hw);

	f->active = true;
	enter_mean(f);
	list_add_tail(&f->active_link, &q->active);
	q->nr_active++;
	if (last)
		meet(last, -to_service(ahead, hw), now);
	if (f->charged_ns < f->outstanding_ns && !queue_alone(f))
		charge_rest(f, now);
}

/* @f is no longer active. V moves so that the others' lags sum up to zero. */
void queue_leave(struct queue_flow *f, u64 now)
{
	struct queue *q = f->queue;
	struct queue_flow *last;

	queue_vtime(q);
	leave_mean(f);
	f->v = rescale(f->v - q->v0, f->hw, f->hw);
	f->left_at = now;
	f->active = false;
	f->lingers = false;
	list_del(&f->active_link);
	q->nr_active--;
	queue_tree_leave(f);
	if (q->nr_active == 1) {
		last = list_first_entry(&q->active, struct queue_flow, active_link);
		last->owing_ns = to_service(last->v - q->v0, last->hw);
	}
	if (!q->nr_active)
		q->offset = 0;
}

/* Brings an active flow's hweight up to date; lag and V stay what they are. */
void queue_reweigh(struct queue_flow *f)
{
	struct queue *q = f->queue;
	s64 lag, slack;
	u32 hw;

	if (!f->active || f->generation == q->generation)
		return;
	f->generation = q->generation;
	hw = queue_tree_hweight(f);
	if (hw == f->hw)
		return;

	queue_vtime(q);
	lag = rescale(f->v - q->v0, f->hw, hw);
	slack = rescale(f->deadline - f->v, f->hw, hw);
	leave_mean(f);
	f->hw = hw;
	f->v = q->v0 + lag;
	f->deadline = f->v + slack;
	enter_mean(f);
	queue_rekey(f);
}

/*
 * See queue_charge_flow(). Both at the present hweight: a change of hweight in
 * between has kept the service charged, not its virtual amount.
 */
void queue_charge_others(struct queue_flow *f, u64 take_ns, u64 give_ns)
{
	struct queue *q = f->queue;
	s64 v;

	queue_reweigh(f);
	v = f->v + to_virtual(take_ns, f->hw) - to_virtual(give_ns, f->hw);
	if (!f->active) {
		f->v = v;
		return;
	}
	queue_vtime(q);
	v = q->v0 + rescale(v - q->v0, f->hw, f->hw);
	sum_add(q, f->hw, v - f->v);
	f->v = v;
	renew_deadline(f);
	queue_rekey(f);
}

/**
 * queue_flow_ahead() - How much more than its share a flow has had.
 * @f: the flow
 * @now: time
 *
 * Return: ns of service; 0 if it is owed some, or has the lane to itself
 */
u64 queue_flow_ahead(struct queue_flow *f, u64 now)
{
	struct queue *q = f->queue;
	s64 ahead = 0;

	if (f->active)
		ahead = f->v - queue_vtime(q);
	else if (q->nr_active)
		ahead = lag_after_sleep(f, now);
	return ahead > 0 ? queue_mul_div(ahead, f->hw, HW_ONE) : 0;
}
