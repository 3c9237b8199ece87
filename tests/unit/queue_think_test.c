// SPDX-License-Identifier: GPL-2.0
/* Anticipation: shares of those that submit, wait and think, and what it costs. */
#include <math.h>

#include "../../kmod/queue_internal.h"
#include "lane_model.h"
#include "property.h"

/* kmod/queue_think.c */
#define HOLDABLE_MAX	(20 * MS)

u64 seed;

static struct model_agent *decode(struct model *m, u64 cost, u64 think)
{
	struct model_agent *a = model_agent(m, NULL, QUEUE_WEIGHT_DEFAULT, SLICE_BATCH);

	model_submit(m, (struct submitter) {
		.agent = a, .kind = SUBMIT_SYNC, .cost = cost, .think = think,
	}, 0);
	return a;
}

static struct model_agent *deep(struct model *m, u64 cost)
{
	struct model_agent *a = model_agent(m, NULL, QUEUE_WEIGHT_DEFAULT, SLICE_BATCH);

	model_submit_deep(m, a, cost, 4);
	return a;
}

static double share(const struct model *m, const struct model_agent *a)
{
	return 100.0 * (double)a->service / (double)m->busy;
}

static double utilisation(const struct model *m, u64 span)
{
	return 100.0 * (double)m->busy / (double)span;
}

static void run(struct model *m)
{
	model_start_counting(m);
	model_run(m, m->now + SPAN);
}

static void decode_loop__gets_its_share_beside_a_deep_queue(void **state)
{
	struct model *m = model_new(1);
	struct model_agent *d = decode(m, 5 * MS, MS);

	(void)state;
	deep(m, 20 * MS);
	run(m);
	print_message("share %.2f %%, utilisation %.2f %%\n", share(m, d), utilisation(m, SPAN));
	check(share(m, d) >= 48 && share(m, d) <= 51);
	check(utilisation(m, SPAN) >= 92);
	model_free(m);
}

static void decode_loop__gets_its_share_beside_three_deep_queues(void **state)
{
	struct model *m = model_new(1);
	struct model_agent *d = decode(m, 5 * MS, MS);
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++)
		deep(m, 20 * MS);
	run(m);
	print_message("share %.2f %%, utilisation %.2f %%\n", share(m, d), utilisation(m, SPAN));
	for (i = 0; i < m->nr_agents; i++)
		check(fabs(share(m, &m->agents[i]) - 25) <= 1);
	check(utilisation(m, SPAN) >= 95);
	model_free(m);
}

static void two_decode_loops__get_their_shares_beside_a_deep_queue(void **state)
{
	static const u64 other[] = { 5 * MS, 3 * MS };
	unsigned int i, n;

	(void)state;
	for (n = 0; n < 2; n++) {
		struct model *m = model_new(1);

		decode(m, 5 * MS, MS);
		decode(m, other[n], MS);
		deep(m, 20 * MS);
		run(m);
		print_message("shares %.2f, %.2f and %.2f %%, utilisation %.2f %%\n",
			      share(m, &m->agents[0]), share(m, &m->agents[1]),
			      share(m, &m->agents[2]), utilisation(m, SPAN));
		for (i = 0; i < m->nr_agents; i++)
			check(fabs(share(m, &m->agents[i]) - 100.0 / 3) <= 1);
		check(utilisation(m, SPAN) >= 95);
		model_free(m);
	}
}

/* Its share falls as it thinks longer, without a step, and never below that of plain turns. */
static void longer_thinking__costs_share_by_degrees(void **state)
{
	double had = 50;
	u64 think;

	(void)state;
	for (think = MS / 2; think <= 8 * MS; think += MS / 2) {
		struct model *m = model_new(1);
		struct model_agent *d = decode(m, 5 * MS, think);

		deep(m, 20 * MS);
		run(m);
		print_message("thinks %4.1f ms: share %.2f %%, utilisation %.2f %%\n",
			      (double)think / MS, share(m, d), utilisation(m, SPAN));
		check(share(m, d) >= 19.9 && share(m, d) <= had + 0.5);
		check(utilisation(m, SPAN) >= 80);
		had = share(m, d);
		model_free(m);
	}
}

/* What a lane has idled for each agent, against what that agent has had. */
static void check_held(struct model *m)
{
	u64 all = 0;
	unsigned int i;

	for (i = 0; i < m->nr_agents; i++) {
		struct model_agent *a = &m->agents[i];

		check(a->flow.held_ns <= a->service / 4 + HOLDABLE_MAX);
		all += a->flow.held_ns;
	}
	check(all == m->queue.held_ns);
}

static void random_thinkers__are_waited_for_within_bounds(void **state)
{
	static const u64 costs[] = { 50 * US, MS, 5 * MS, 30 * MS };
	u64 held = 0;

	(void)state;
	for (seed = 0; seed < 200; seed++) {
		struct model *m = model_new(seed);
		u64 random = seed;
		unsigned int i, n = 2 + model_random(&random) % 6;

		for (i = 0; i < n; i++) {
			u32 weight = 1 + model_random(&random) % 1000;
			struct model_agent *a = model_agent(m, NULL, weight, SLICE_BATCH);

			model_submit(m, (struct submitter) {
				.agent = a,
				.kind = i ? SUBMIT_SYNC : SUBMIT_DEEP,
				.cost_kind = model_random(&random) % 3,
				.cost = costs[model_random(&random) % 4],
				.think = 1 + model_random(&random) % (3 * MS),
				.jitter = model_random(&random) % (20 * MS),
			}, 0);
		}
		m->after = check_held;
		model_run(m, m->now + SEC);
		held += m->queue.held_ns;
		model_free(m);
	}
	check(held);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decode_loop__gets_its_share_beside_a_deep_queue),
		cmocka_unit_test(decode_loop__gets_its_share_beside_three_deep_queues),
		cmocka_unit_test(two_decode_loops__get_their_shares_beside_a_deep_queue),
		cmocka_unit_test(longer_thinking__costs_share_by_degrees),
		cmocka_unit_test(random_thinkers__are_waited_for_within_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
