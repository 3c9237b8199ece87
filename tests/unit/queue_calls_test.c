// SPDX-License-Identifier: GPL-2.0
/*
 * Properties of the queue over thousands of seeded schedules of random calls,
 * with every invariant of its data structures recomputed after each call.
 */
#include <math.h>

#include "../../kmod/queue_internal.h"
#include "lane_model.h"
#include "property.h"
#include "queue_fuzz.h"

#define SEEDS		1500
#define STEPS		400
#define SUM_SEEDS	200

u64 seed;

static u64 draw(struct fuzz *z, u64 below)
{
	return model_random(&z->random) % below;
}

static bool cap_closed(struct fuzz *z, struct queue_flow *f)
{
	return !queue_cap_open(f, z->now);
}

static struct queue_charge *a_charge(struct fuzz *z, bool open)
{
	unsigned int i, at = draw(z, CHARGES);

	for (i = 0; i < CHARGES; i++) {
		struct queue_charge *c = &z->charges[(at + i) % CHARGES];

		if (queue_charge_is_open(c) == open)
			return c;
	}
	return NULL;
}

static u64 a_cost(struct fuzz *z)
{
	static const u64 scale[] = { 10 * US, MS / 2, 20 * MS, 2 * SEC };

	return 1 + draw(z, 2 * scale[draw(z, 100) ? draw(z, 3) : 3]);
}

/*
 * An exchange of charges moves a flow's lag by exactly the difference, in ns of
 * service at the hweight it then has; not while it is alone, and V is its v.
 * What was granted when alone counts from when another came.
 */
static void done(struct fuzz *z, struct queue_charge *c, u64 cost)
{
	struct queue_flow *f = c->flow;
	u64 take = cost, give = min(c->est_ns, f->charged_ns);
	bool was_active = f->active;
	bool alone = was_active && f->queue->nr_active == 1;
	s64 v, want;

	if (c->alone)
		take = min(cost, z->now - f->met_at);
	queue_reweigh(f);
	v = f->v;
	want = alone ? 0 : (s64)(((double)take - (double)give) * (double)HW_ONE / (double)f->hw);
	queue_done(c, cost, z->now);
	/* One that comes or goes has its v in other terms afterwards. */
	if (was_active == f->active)
		check(fabs((double)(f->v - v) - (double)want) <= 4 + fabs((double)want) * 1e-9);
	check(!c->flow);
}

static void grant(struct fuzz *z, struct queue_flow *f, bool force)
{
	struct queue_charge ticket;
	struct queue_charge *c = a_charge(z, false);

	if (!c)
		return;
	if (force)
		queue_force(f, z->now, &ticket);
	else
		queue_grant(f, z->now, &ticket);
	queue_charge_move(c, &ticket);
	check(c->flow == f && !ticket.flow);
}

/* queue_try() grants to who competes with nobody, and else changes nothing. */
static void try(struct fuzz *z, struct queue_flow *f)
{
	struct queue_charge *c = a_charge(z, false);
	u32 waiting = f->waiting, outstanding = f->outstanding;
	bool may = !waiting && f->queue->nr_active <= f->active && !cap_closed(z, f);
	bool granted;

	if (!c)
		return;
	granted = queue_try(f, z->now, c);
	check(granted == queue_charge_is_open(c));
	check(f->waiting == waiting && f->outstanding == outstanding + granted);
	check(!granted || may);
}

static bool below(const struct queue_flow *f, const struct queue_flow *above)
{
	for (; f; f = f->parent)
		if (f == above)
			return true;
	return false;
}

static void pick_all(struct fuzz *z)
{
	unsigned int lane;

	for (lane = 0; lane < 2; lane++) {
		struct queue *q = &z->queue[lane];
		struct queue_flow *f;
		u64 next;

		while ((f = queue_pick(q, z->now, &next))) {
			check(f->queue == q && f->waiting && f->active);
			check(!cap_closed(z, f));
			if (!a_charge(z, false))
				return;
			grant(z, f, false);
		}
		fuzz_check_no(z, q, next);
	}
}

static void change_policy(struct fuzz *z, struct queue_flow *f)
{
	struct queue_flow *p = &z->flows[draw(z, FLOWS)];

	switch (draw(z, 4)) {
	case 0:
		queue_flow_set_weight(f, 1 + draw(z, draw(z, 2) ? 10 : 10000));
		break;
	case 1:
		if (p->queue == f->queue && !below(p, f))
			queue_flow_set_parent(f, draw(z, 3) ? p : NULL);
		break;
	case 2:
		queue_flow_set_slice(f, draw(z, 20 * MS));
		break;
	case 3:
		queue_cap_set(&z->caps[draw(z, FLOWS / 2)], draw(z, 2) * (1 + draw(z, 20 * MS)),
			      1 + draw(z, 100 * MS), z->now);
		break;
	}
}

static void step(struct fuzz *z)
{
	struct queue_flow *f = &z->flows[draw(z, FLOWS)];
	struct queue_charge *c = a_charge(z, true);
	struct queue_charge moved;

	switch (draw(z, 16)) {
	case 0 ... 4:
		queue_enqueue(f, z->now);
		break;
	case 5:
		if (f->waiting)
			queue_dequeue(f, z->now);
		break;
	case 6:
		if (!draw(z, 4)) {
			if (f->waiting)
				queue_dequeue(f, z->now);
			grant(z, f, true);
		}
		break;
	case 7:
		try(z, f);
		break;
	case 8:
		if (c)
			queue_run(c, z->now);
		break;
	case 9:
		if (c && !draw(z, 4)) {
			queue_block(c, z->now);
		} else if (c) {
			queue_charge_move(&moved, c);
			queue_charge_move(c, &moved);
		}
		break;
	case 10:
		if (c)
			queue_unblock(c, z->now);
		break;
	case 11 ... 13:
		if (c)
			done(z, c, draw(z, 8) ? a_cost(z) : 0);
		break;
	case 14:
		change_policy(z, f);
		break;
	case 15:
		z->settings.horizon_ns = draw(z, 50) ? z->settings.horizon_ns : draw(z, 8 * MS);
		break;
	}
	z->now += draw(z, 3) ? 0 : draw(z, draw(z, 20) ? 5 * MS : 2 * SEC);
}

static void fuzz_init(struct fuzz *z)
{
	unsigned int i;

	memset(z, 0, sizeof(*z));
	z->random = seed;
	z->now = SEC;
	z->settings.horizon_ns = QUEUE_HORIZON_NS;
	for (i = 0; i < 2; i++)
		queue_init(&z->queue[i], &z->settings);
	for (i = 0; i < FLOWS / 2; i++)
		queue_cap_init(&z->caps[i]);
	for (i = 0; i < FLOWS; i++) {
		/* Agent i / 2 on lane i % 2; depth up to 6. */
		struct queue_flow *parent = i >= 2 && draw(z, 3) ? &z->flows[i - 2] : NULL;

		queue_flow_init(&z->flows[i], &z->queue[i % 2], parent,
				draw(z, 2) ? 1 + draw(z, 10000) : draw(z, 2) ? 1 : 10000,
				draw(z, 10 * MS), &z->caps[i / 2]);
	}
}

/* Takes everything away; what is left over was leaked. */
static void fuzz_exit(struct fuzz *z)
{
	unsigned int i;

	for (i = 0; i < CHARGES; i++)
		if (z->charges[i].flow)
			done(z, &z->charges[i], draw(z, 2) ? a_cost(z) : 0);
	for (i = 0; i < FLOWS; i++)
		while (z->flows[i].waiting)
			queue_dequeue(&z->flows[i], z->now);
	fuzz_check(z);
	for (i = 0; i < FLOWS; i++)
		queue_flow_set_parent(&z->flows[i], NULL);
	for (i = 0; i < FLOWS; i++) {
		check(!z->flows[i].subtree_ns);
		queue_flow_exit(&z->flows[i]);
	}
	for (i = 0; i < FLOWS / 2; i++)
		check(!z->caps[i].pending_ns && list_empty(&z->caps[i].throttled));
	for (i = 0; i < 2; i++) {
		struct queue *q = &z->queue[i];

		check(!q->weight && !q->offset && !q->nr_active);
		check(!q->runnable && !q->low_ns && !q->est_ns);
		check(!q->level_sum && list_empty(&q->active) && !q->engine.first);
	}
}

static void random_calls__keep_every_invariant_and_leave_nothing_behind(void **state)
{
	static struct fuzz z;
	unsigned int n;

	(void)state;
	for (seed = 0; seed < SEEDS; seed++) {
		fuzz_init(&z);
		for (n = 0; n < STEPS; n++) {
			step(&z);
			fuzz_check(&z);
			pick_all(&z);
			fuzz_check(&z);
		}
		fuzz_exit(&z);
	}
}

/* With the active set fixed, v ends where the measured costs alone put it. */
static void charges__sum_up_to_the_measured_costs_exactly(void **state)
{
	(void)state;
	for (seed = 0; seed < SUM_SEEDS; seed++) {
		static const struct queue_settings settings = { 4 * MS };
		struct queue q;
		struct queue_flow f[3];
		struct queue_charge c[8] = { 0 };
		u64 sum[3] = { 0 }, random = seed, now = SEC;
		s64 v[3];
		unsigned int i, n;

		queue_init(&q, &settings);
		for (i = 0; i < 3; i++) {
			queue_flow_init(&f[i], &q, NULL, 1 + model_random(&random) % 10000,
					MS, NULL);
			queue_enqueue(&f[i], now);
		}
		for (i = 0; i < 3; i++) {
			queue_reweigh(&f[i]);
			v[i] = f[i].v;
		}
		for (n = 0; n < 500; n++) {
			unsigned int at = model_random(&random) % 8, who = n % 3;
			u64 cost = model_random(&random) % 4 ? model_random(&random) % (9 * MS) : 0;

			now += MS;
			if (!c[at].flow) {
				queue_force(&f[who], now, &c[at]);
				queue_run(&c[at], now);
			} else {
				sum[c[at].flow - f] += cost;
				queue_done(&c[at], cost, now);
			}
		}
		for (i = 0; i < 8; i++)
			queue_done(&c[i], 0, now);
		for (i = 0; i < 3; i++) {
			double want = (double)sum[i] * (double)HW_ONE / f[i].hw;

			check(fabs((double)(f[i].v - v[i]) - want) <= 500 + want * 1e-12);
			queue_dequeue(&f[i], now);
			queue_flow_exit(&f[i]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_calls__keep_every_invariant_and_leave_nothing_behind),
		cmocka_unit_test(charges__sum_up_to_the_measured_costs_exactly),
	};

	return cmocka_run_group_tests_name("queue calls", tests, NULL, NULL);
}
