// SPDX-License-Identifier: GPL-2.0
/*
 * Properties of the queue over hundreds of seeded random lanes in the model:
 * its promises about service.
 */
#include <math.h>

#include "../../kmod/queue_internal.h"
#include "lane_model.h"
#include "property.h"

#define SEEDS	400

u64 seed;

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

/*
 * After each event: a ticket that waits although nothing runs has its reason: a
 * fence, a cap, or somebody who is owed and expected.
 */
static void check_work_conserving(struct model *m)
{
	const struct queue_flow *expected = m->queue.held_for;

	if (m->queue.runnable)
		return;
	check(!heap_first(&m->queue.heaps[QUEUE_ELIGIBLE]));
	check(!heap_first(&m->queue.heaps[QUEUE_FUTURE]) || expected);
	check(!expected || (expected->thinking && expected->v < queue_vtime(&m->queue)));
}

static void random_lanes__never_idle_while_a_ticket_may_go(void **state)
{
	(void)state;
	for (seed = 0; seed < SEEDS; seed++) {
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
	for (seed = 0; seed < SEEDS / 4; seed++) {
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
static bool within[MODEL_AGENTS];

/* What a flow has had beyond its share, in ns. */
static double over(struct model *m, const struct queue_flow *f)
{
	return (double)(f->v - queue_vtime(&m->queue)) * (double)f->hw / (double)HW_ONE;
}

/* Lag against the bound: own largest job over, the others' largest jobs under. */
static void check_lag(struct model *m)
{
	bool all_within = true;
	u64 others = 0;
	unsigned int i;

	for (i = 0; i < m->nr_agents; i++) {
		others += largest[i];
		/* Who was alone at first had more than one job outstanding. */
		within[i] |= over(m, &m->agents[i].flow) <= (double)largest[i];
		all_within &= within[i];
	}
	if (!all_within)
		return;
	for (i = 0; i < m->nr_agents; i++) {
		double lag = -over(m, &m->agents[i].flow);

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
	for (seed = 0; seed < SEEDS; seed++) {
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
			m->agents[i].flow.cost.mean_ns = largest[i];
		model_run(m, m->now + 100 * MS);
		memset(within, 0, sizeof(within));
		m->after = check_lag;
		for (i = 0; i < n; i++) {
			start[i] = m->agents[i].granted;
			slack += largest[i];
			/* It was alone at first, and pays that back now. */
			slack += (u64)fmax(0, over(m, &m->agents[i].flow) - (double)largest[i]);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_lanes__never_idle_while_a_ticket_may_go),
		cmocka_unit_test(same_seed__gives_the_same_grants),
		cmocka_unit_test(backlogged_flows__differ_from_their_share_by_one_largest_job_each),
	};

	return cmocka_run_group_tests_name("queue lanes", tests, NULL, NULL);
}
