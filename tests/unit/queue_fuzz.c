// SPDX-License-Identifier: GPL-2.0
#include "../../kmod/queue_internal.h"
#include "property.h"
#include "queue_fuzz.h"

static bool throttled_by(const struct queue_flow *f)
{
	const struct queue_flow *n;
	const struct queue_flow *t;

	for (n = f; n; n = n->parent)
		if (n->cap)
			list_for_each_entry(t, &n->cap->throttled, throttled_link)
				if (t == f)
					return true;
	return false;
}

static unsigned int check_heap_node(struct queue *q, struct heap_node *n, enum queue_place place)
{
	unsigned int members = 0;
	struct heap_node *left = NULL;

	for (; n; left = n, n = n->next) {
		struct queue_flow *f = container_of(n, struct queue_flow, node);
		struct heap_node *c;

		members++;
		check(f->queue == q && f->place == place);
		check(!left || n->prev == left);
		check(place != QUEUE_ELIGIBLE || n->key == f->deadline);
		check(place != QUEUE_FUTURE || n->key == f->v);
		for (c = n->child; c; c = c->next)
			check(c->key > n->key || (c->key == n->key && c->seq > n->seq));
		check(!n->child || n->child->prev == n);
		members += check_heap_node(q, n->child, place);
	}
	return members;
}

static unsigned int count_stayers(const struct heap_node *n)
{
	unsigned int members = 0;

	for (; n; n = n->next) {
		check(container_of(n, struct queue_flow, stay_node)->stays);
		members += 1 + count_stayers(n->child);
	}
	return members;
}

static u64 level_sum_of(struct fuzz *z, const struct queue *q, const struct queue_flow *above)
{
	u64 sum = above && above->active ? QUEUE_WEIGHT_DEFAULT : 0;
	unsigned int i;

	for (i = 0; i < FLOWS; i++) {
		const struct queue_flow *f = &z->flows[i];

		if (f->queue == q && f->parent == above && level_sum_of(z, q, f))
			sum += f->weight;
	}
	return sum;
}

static void check_hweight(const struct queue_flow *f)
{
	double hw = (double)QUEUE_WEIGHT_DEFAULT / (double)f->level_sum;
	double have = (double)queue_tree_hweight(f) / (double)HW_ONE;
	const struct queue_flow *n;

	for (n = f; n; n = n->parent)
		hw *= (double)n->weight /
		      (double)(n->parent ? n->parent->level_sum : n->queue->level_sum);
	check(have >= hw * 0.99 - 1e-8);
	check(have <= hw * 1.01 + 1.0 / (1 << 20));
}

static void check_flow(struct fuzz *z, struct queue_flow *f)
{
	u32 outstanding = 0, blocked = 0;
	u64 est = 0;
	bool held, wants, competes;
	unsigned int i;

	for (i = 0; i < CHARGES; i++) {
		struct queue_charge *c = &z->charges[i];

		if (c->flow != f)
			continue;
		outstanding++;
		blocked += c->state == QUEUE_CHARGE_BLOCKED;
		est += c->est_ns;
	}
	check(f->outstanding == outstanding && f->blocked == blocked);
	check(f->outstanding_ns == est);
	check(f->charged_ns <= est);
	check(f->charged_ns == est || !f->active || queue_alone(f));
	for (i = 0; i < FLOWS; i++)
		if (z->flows[i].parent == f)
			est += z->flows[i].subtree_ns;
	check(f->subtree_ns == est);

	/* A changed horizon holds a flow, or lets it go, from its next call on. */
	held = blocked && outstanding >= 2;
	wants = f->waiting && f->place != QUEUE_THROTTLED;
	check(!f->waiting || held || f->place != QUEUE_NOWHERE);
	check(f->waiting || f->place == QUEUE_NOWHERE || f->place == QUEUE_EXPECTED);
	check(f->place != QUEUE_EXPECTED || f->thinking || outstanding > blocked);
	check(!f->stays || (!f->waiting && !outstanding));
	check(!f->thinking || (f->stays && f->place == QUEUE_EXPECTED));
	competes = (wants && f->place != QUEUE_NOWHERE) || outstanding > blocked || f->stays;
	check(f->active == (competes || f->lingers));
	check(!f->lingers || (!competes && f->queue->nr_active == 1));
	check(!throttled_by(f) || f->place == QUEUE_THROTTLED);
	check(f->level_sum == level_sum_of(z, f->queue, f));
	if (f->active) {
		check(f->deadline > f->v);
		check_hweight(f);
	}
}

static void check_queue(struct fuzz *z, struct queue *q)
{
	unsigned int i, place, members = 0, placed = 0, staying = 0;
	unsigned int active = 0, runnable = 0, engine = 0;
	u64 weight = 0, low = 0, est = 0, offset = 0;
	struct queue_charge *c;
	struct fifo_node *n;
	struct queue_flow *f;
	u64 since_ns = 0;

	for (i = 0; i < FLOWS; i++) {
		f = &z->flows[i];
		if (f->queue != q)
			continue;
		check_flow(z, f);
		placed += f->place != QUEUE_NOWHERE;
		staying += f->stays;
		if (!f->active)
			continue;
		active++;
		weight += f->hw >> HW_MEAN_SHIFT;
		offset += (u64)(f->hw >> HW_MEAN_SHIFT) * (u64)(f->v - q->v0);
	}
	for (i = 0; i < CHARGES; i++) {
		c = &z->charges[i];
		if (c->flow && c->flow->queue == q && c->state != QUEUE_CHARGE_BLOCKED) {
			runnable++;
			low += c->low_ns;
			est += c->est_ns;
		}
	}
	for (n = q->engine.first; n; n = n->next) {
		c = container_of(n, struct queue_charge, turn);
		check(c->flow && c->state == QUEUE_CHARGE_RUNNING && c->since_ns >= since_ns);
		since_ns = c->since_ns;
		engine++;
	}
	check(engine <= runnable);
	for (place = QUEUE_ELIGIBLE; place < QUEUE_PLACES; place++)
		members += check_heap_node(q, heap_first(&q->heaps[place]), place);
	check(members == placed);
	check(count_stayers(heap_first(&q->stayers)) == staying);
	check(!q->held_for || (q->held_for->thinking && q->held_for->queue == q));
	check(q->nr_active == active && q->stale <= active);
	check(q->weight == weight && (u64)q->offset == offset);
	check(q->runnable == runnable && q->low_ns == low && q->est_ns == est);
	check(q->level_sum == level_sum_of(z, q, NULL));
	i = 0;
	list_for_each_entry(f, &q->active, active_link)
		check(i++ >= q->stale ? f->generation == q->generation : true);
	check(i == active);
}

static void check_caps(struct fuzz *z)
{
	unsigned int i, n;

	for (i = 0; i < FLOWS / 2; i++) {
		u64 pending = 0;

		for (n = 0; n < FLOWS; n++)
			if (z->flows[n].cap == &z->caps[i])
				pending += z->flows[n].subtree_ns;
		check(z->caps[i].pending_ns == pending);
	}
}

void fuzz_check(struct fuzz *z)
{
	check_queue(z, &z->queue[0]);
	check_queue(z, &z->queue[1]);
	check_caps(z);
}

void fuzz_check_no(struct fuzz *z, struct queue *q, u64 next)
{
	unsigned int i;

	check(next > z->now);
	for (i = 0; i < FLOWS; i++) {
		struct queue_flow *f = &z->flows[i];

		if (f->queue != q || !f->waiting)
			continue;
		if (f->place == QUEUE_THROTTLED) {
			check((u64)f->node.key > z->now);
			if (!q->runnable)
				check(next <= (u64)f->node.key);
		} else if (f->place != QUEUE_NOWHERE) {
			check(q->runnable || q->held_for);
			check(!q->held_for || next <= (u64)q->held_for->stay_node.key);
		}
	}
}
