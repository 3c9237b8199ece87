// SPDX-License-Identifier: GPL-2.0
/*
 * Properties of the queue over thousands of seeded random schedules. Two kinds:
 * random calls, with every invariant of the data structures recomputed from
 * scratch after each; and random lanes in the model, with the promises about
 * service. A failure prints its seed.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "../../kmod/queue.h"
#include "../../kmod/queue_internal.h"
#include "lane_model.h"

#define CALL_SEEDS	1500
#define CALL_STEPS	400
#define LANE_SEEDS	400
#define FLOWS		14
#define CHARGES		48

static u64 seed;

#define check(cond) do {							\
	if (!(cond)) {								\
		print_error("seed %llu: %s\n", (unsigned long long)seed, #cond);	\
		assert_true(cond);						\
	}									\
} while (0)

/* ---- random calls ---- */

struct fuzz {
	struct queue_settings settings;
	struct queue queue[2];		/* two lanes of a device share the caps */
	struct queue_flow flows[FLOWS];
	struct queue_cap caps[FLOWS / 2];
	struct queue_charge charges[CHARGES];
	u64 costs[FLOWS];		/* measured, per flow */
	u64 now;
	u64 random;
	bool plain;			/* no calls that shift lag or V by design */
};

static u64 draw(struct fuzz *z, u64 below)
{
	return model_random(&z->random) % below;
}

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
	for (i = 0; i < FLOWS; i++)
		if (z->flows[i].parent == f)
			est += z->flows[i].subtree_ns;
	check(f->subtree_ns == est);

	/* A changed horizon holds a flow, or lets it go, from its next call on. */
	held = blocked && outstanding >= 2;
	wants = f->waiting && f->place != QUEUE_THROTTLED;
	check(!f->waiting || held || f->place != QUEUE_NOWHERE);
	check(f->waiting || f->place == QUEUE_NOWHERE);
	competes = (wants && f->place != QUEUE_NOWHERE) || outstanding > blocked;
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
	unsigned int i, place, members = 0, placed = 0, active = 0, runnable = 0, engine = 0;
	u64 weight = 0, low = 0, est = 0, offset = 0;
	struct queue_charge *c;
	struct queue_flow *f;
	u64 run_ns = 0;

	for (i = 0; i < FLOWS; i++) {
		f = &z->flows[i];
		if (f->queue != q)
			continue;
		check_flow(z, f);
		placed += f->place != QUEUE_NOWHERE;
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
	list_for_each_entry(c, &q->engine, engine_link) {
		check(c->flow && c->state == QUEUE_CHARGE_RUNNING && c->run_ns >= run_ns);
		run_ns = c->run_ns;
		engine++;
	}
	check(engine <= runnable);
	for (place = QUEUE_ELIGIBLE; place < QUEUE_PLACES; place++)
		members += check_heap_node(q, heap_first(&q->heaps[place]), place);
	check(members == placed);
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

static void check_all(struct fuzz *z)
{
	check_queue(z, &z->queue[0]);
	check_queue(z, &z->queue[1]);
	check_caps(z);
}

static bool cap_closed(struct fuzz *z, struct queue_flow *f)
{
	return !queue_cap_open(f, z->now);
}

/* What pick leaves behind when it says no. */
static void check_no(struct fuzz *z, struct queue *q, u64 next)
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
			check(q->runnable);
		}
	}
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
 */
static void done(struct fuzz *z, struct queue_charge *c, u64 cost)
{
	struct queue_flow *f = c->flow;
	u64 est = c->est_ns;
	bool was_active = f->active;
	bool alone = was_active && f->queue->nr_active == 1;
	s64 v, want;

	queue_reweigh(f);
	v = f->v;
	want = alone ? 0 : (s64)(((double)cost - (double)est) * (double)HW_ONE / (double)f->hw);
	if (cost)
		queue_done(c, cost, z->now);
	else
		queue_refund(c, z->now);
	z->costs[f - z->flows] += cost;
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
		check_no(z, q, next);
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
	z->settings.handover_ns = QUEUE_HANDOVER_NS;
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
	check_all(z);
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
		check(!q->level_sum && list_empty(&q->active) && list_empty(&q->engine));
	}
}

static void random_calls__keep_every_invariant_and_leave_nothing_behind(void **state)
{
	static struct fuzz z;
	unsigned int n;

	(void)state;
	for (seed = 0; seed < CALL_SEEDS; seed++) {
		fuzz_init(&z);
		for (n = 0; n < CALL_STEPS; n++) {
			step(&z);
			check_all(&z);
			pick_all(&z);
			check_all(&z);
		}
		fuzz_exit(&z);
	}
}

/* ---- random lanes ---- */

static struct submitter random_submitter(struct model *m, struct model_agent *a, u64 *random)
{
	static const u64 costs[] = { 50 * US, 300 * US, 2 * MS, 9 * MS, 25 * MS };
	struct submitter s = {
		.agent = a,
		.kind = model_random(random) % 3,
		.cost_kind = model_random(random) % 3,
		.cost = costs[model_random(random) % 5],
		.think = 20 * US + model_random(random) % (300 * US),
	};

	(void)m;
	if (s.kind != SUBMIT_DEEP)
		s.think += model_random(random) % (40 * MS);
	if (s.kind == SUBMIT_PERIODIC)
		s.stop = m->now + 200 * MS;
	if (model_random(random) % 8 == 0)
		s.fence = model_random(random) % 2 ? NEVER : model_random(random) % (20 * MS);
	return s;
}

static struct model *random_lane(u64 *random)
{
	struct model *m = model_new(seed);
	unsigned int i, n = 1 + model_random(random) % 12;

	for (i = 0; i < n; i++) {
		struct model_agent *parent = i && model_random(random) % 2 ?
					     &m->agents[model_random(random) % i] : NULL;
		struct model_agent *a = model_agent(m, parent,
						    1 + model_random(random) % 10000,
						    model_random(random) % (8 * MS));
		unsigned int t = 1 + model_random(random) % 3;

		if (model_random(random) % 4 == 0)
			queue_cap_set(&a->cap, 1 + model_random(random) % (60 * MS),
				      MS + model_random(random) % (99 * MS), m->now);
		while (t--)
			model_submit(m, random_submitter(m, a, random),
				     model_random(random) % (50 * MS));
	}
	return m;
}

/* After each event: a ticket that waits although nothing runs has its reason. */
static void check_work_conserving(struct model *m)
{
	check(m->queue.runnable || (!heap_first(&m->queue.heaps[QUEUE_ELIGIBLE]) &&
				    !heap_first(&m->queue.heaps[QUEUE_FUTURE])));
}

static void random_lanes__never_idle_while_a_ticket_may_go(void **state)
{
	(void)state;
	for (seed = 0; seed < LANE_SEEDS; seed++) {
		u64 random = seed;
		struct model *m = random_lane(&random);

		m->after = check_work_conserving;
		model_run(m, m->now + SEC);
		model_free(m);
	}
}

static void same_seed__gives_the_same_grants(void **state)
{
	(void)state;
	for (seed = 0; seed < LANE_SEEDS / 4; seed++) {
		u64 digest[2];
		unsigned int i;

		for (i = 0; i < 2; i++) {
			u64 random = seed;
			struct model *m = random_lane(&random);

			model_run(m, m->now + SEC);
			digest[i] = m->digest;
			model_free(m);
		}
		check(digest[0] == digest[1]);
	}
}

/* Largest job by agent, of those whose tickets were granted or wait. */
static u64 largest[MODEL_AGENTS];
static double worst_over, worst_under;

/* Lag against the bound: own largest job over, the others' largest jobs under. */
static void check_lag(struct model *m)
{
	s64 v = queue_vtime(&m->queue);
	u64 others = 0;
	unsigned int i;

	for (i = 0; i < m->nr_agents; i++)
		others += largest[i];
	for (i = 0; i < m->nr_agents; i++) {
		struct queue_flow *f = &m->agents[i].flow;
		double lag = (double)(v - f->v) * (double)f->hw / (double)HW_ONE;

		worst_over = fmax(worst_over, -lag / (double)largest[i]);
		worst_under = fmax(worst_under, lag / (double)(others - largest[i]));
		check(-lag <= (double)largest[i] * 1.001);
		check(lag <= (double)(others - largest[i]) * 1.001);
	}
}

static void backlogged_flows__differ_from_their_share_by_one_largest_job_each(void **state)
{
	static const u64 costs[] = { 50 * US, 500 * US, 4 * MS, 30 * MS };

	(void)state;
	for (seed = 0; seed < LANE_SEEDS; seed++) {
		struct model *m = model_new(seed);
		u64 start[MODEL_AGENTS], random = seed, total = 0, sum = 0, slack = 0;
		unsigned int i, n = 2 + model_random(&random) % 7;

		for (i = 0; i < n; i++) {
			u32 weight = 1 + model_random(&random) % (seed % 2 ? 10 : 10000);
			struct model_agent *a = model_agent(m, NULL, weight,
							    model_random(&random) % (8 * MS));
			unsigned int t;

			largest[i] = costs[model_random(&random) % 4];
			sum += weight;
			/* Always a ticket waiting, whatever the horizon takes in. */
			for (t = 0; t < 130; t++)
				model_submit(m, (struct submitter) {
					.agent = a, .kind = SUBMIT_DEEP, .cost = largest[i],
					.think = US,
				}, 0);
		}
		/* Until every estimate is one, and no debt from before is left. */
		for (i = 0; i < n; i++)
			m->agents[i].flow.est_ns = largest[i];
		model_run(m, m->now + 100 * MS);
		m->after = check_lag;
		for (i = 0; i < n; i++) {
			start[i] = m->agents[i].granted;
			slack += largest[i];
		}
		model_run(m, m->now + SEC);
		for (i = 0; i < n; i++)
			total += m->agents[i].granted - start[i];
		for (i = 0; i < n; i++) {
			double due = (double)total * m->agents[i].flow.weight / (double)sum;
			double got = (double)(m->agents[i].granted - start[i]);

			check(fabs(got - due) <= (double)slack + (double)total * 2e-6);
		}
		m->after = NULL;
		model_free(m);
	}
	print_message("worst lag, of the bound: %.2f over, %.2f under\n", worst_over, worst_under);
}

/* With the active set fixed, v ends where the measured costs alone put it. */
static void charges__sum_up_to_the_measured_costs_exactly(void **state)
{
	(void)state;
	for (seed = 0; seed < 200; seed++) {
		static const struct queue_settings settings = { 4 * MS, MS / 2 };
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
			queue_refund(&c[i], now);
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
		cmocka_unit_test(random_lanes__never_idle_while_a_ticket_may_go),
		cmocka_unit_test(same_seed__gives_the_same_grants),
		cmocka_unit_test(backlogged_flows__differ_from_their_share_by_one_largest_job_each),
		cmocka_unit_test(charges__sum_up_to_the_measured_costs_exactly),
	};

	return cmocka_run_group_tests_name("queue properties", tests, NULL, NULL);
}
