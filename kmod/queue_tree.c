// SPDX-License-Identifier: GPL-2.0
/*
 * Hierarchical weights. A flow's hweight is its share of the lane if all that
 * competes has work: the product, over the path to the top, of its weight by
 * the sum of the weights at that level. Only what competes is summed, so a
 * level sum of zero says that nothing at or below a flow does.
 *
 * An inner agent's own work competes with its children as one more child of
 * default weight, as in CFS group scheduling. A leaf is the same case: its own
 * work is all there is, and gets 100/100.
 */
#include "queue_internal.h"

static u64 *level_of(const struct queue_flow *f)
{
	return f->parent ? &f->parent->level_sum : &f->queue->level_sum;
}

static void bump(struct queue *q)
{
	q->generation++;
	q->stale = q->nr_active;
}

/* Adds @weight to the level below @f, and what that wakes to the levels above. */
static void add_below(struct queue *q, struct queue_flow *f, u32 weight)
{
	for (; f; f = f->parent) {
		bool awake = f->level_sum;

		f->level_sum += weight;
		if (awake)
			return;
		weight = f->weight;
	}
	q->level_sum += weight;
}

static void sub_below(struct queue *q, struct queue_flow *f, u32 weight)
{
	for (; f; f = f->parent) {
		queue_assert(f->level_sum >= weight);
		f->level_sum -= weight;
		if (f->level_sum)
			return;
		weight = f->weight;
	}
	queue_assert(q->level_sum >= weight);
	q->level_sum -= weight;
}

/* @f's own work begins to compete. */
void queue_tree_enter(struct queue_flow *f)
{
	add_below(f->queue, f, QUEUE_WEIGHT_DEFAULT);
	bump(f->queue);
}

/* @f's own work no longer competes. */
void queue_tree_leave(struct queue_flow *f)
{
	sub_below(f->queue, f, QUEUE_WEIGHT_DEFAULT);
	bump(f->queue);
}

/* The share due to @f's own work, which competes. */
u32 queue_tree_hweight(const struct queue_flow *f)
{
	u64 hw = queue_div((u64)HW_ONE * QUEUE_WEIGHT_DEFAULT, f->level_sum);

	for (; f; f = f->parent)
		hw = queue_div(hw * f->weight, *level_of(f));
	return max_t(u64, hw, HW_MIN);
}

/**
 * queue_flow_due_ppm() - The share of the lane due to a flow now.
 * @f: the flow
 *
 * Return: parts per million for the flow's own work (its children's is
 * theirs), 0 while it has none.
 */
u32 queue_flow_due_ppm(const struct queue_flow *f)
{
	if (!f->active || f->lingers)
		return 0;
	return ((u64)queue_tree_hweight(f) * 1000000) >> HW_SHIFT;
}

/**
 * queue_flow_set_weight() - Change a flow's weight among its siblings.
 * @f: the flow
 * @weight: QUEUE_WEIGHT_MIN to QUEUE_WEIGHT_MAX; others are clamped
 *
 * What the flow was owed or has overdrawn stays, in ns of service.
 */
void queue_flow_set_weight(struct queue_flow *f, u32 weight)
{
	weight = clamp_t(u32, weight, QUEUE_WEIGHT_MIN, QUEUE_WEIGHT_MAX);
	if (f->level_sum) {
		*level_of(f) += (s64)weight - f->weight;
		bump(f->queue);
	}
	f->weight = weight;
}

/**
 * queue_flow_set_parent() - Move a flow, and what is below it, in the tree.
 * @f: the flow
 * @parent: a flow of the same queue that is not below @f, or NULL
 *
 * Outstanding charges come along: their cost counts against the caps of the new
 * ancestors.
 */
void queue_flow_set_parent(struct queue_flow *f, struct queue_flow *parent)
{
	if (f->parent == parent)
		return;
	queue_assert(!parent || parent->queue == f->queue);

	queue_cap_reparent(f, f->parent, false);
	queue_cap_reparent(f, parent, true);
	if (f->level_sum)
		sub_below(f->queue, f->parent, f->weight);
	if (f->parent)
		f->parent->children--;
	f->parent = parent;
	if (parent)
		parent->children++;
	if (f->level_sum)
		add_below(f->queue, parent, f->weight);
	bump(f->queue);
}
