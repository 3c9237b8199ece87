// SPDX-License-Identifier: GPL-2.0
/*
 * Shares and waits, each promise in one fixed case on a model of one lane.
 * Figures are printed in the form "name: figure" and asserted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "../../kmod/queue.h"
#include "../../kmod/queue_internal.h"
#include "lane_model.h"

/* Largest difference, in points, between share and due share of the leaves. */
static double share_error(struct model *m, const double *due)
{
	double worst = 0, total = 0;
	unsigned int i;

	for (i = 0; i < m->nr_agents; i++)
		total += (double)m->agents[i].service;
	for (i = 0; i < m->nr_agents; i++) {
		double points = 100 * ((double)m->agents[i].service / total - due[i]);

		points = points < 0 ? -points : points;
		worst = points > worst ? points : worst;
	}
	return worst;
}

static void assert_shares(const char *name, struct model *m, const double *due, double points)
{
	double error = share_error(m, due);

	print_message("%s: share error %.3f points\n", name, error);
	assert_true(error <= points);
}

struct share_case {
	const char *name;
	unsigned int agents;
	u32 weights[8];
};

static const struct share_case share_cases[] = {
	{ "50:50", 2, { 100, 100 } },
	{ "75:25", 2, { 300, 100 } },
	{ "90:10", 2, { 900, 100 } },
	{ "1:2:4", 3, { 100, 200, 400 } },
	{ "eight mixed", 8, { 10, 50, 100, 100, 200, 300, 700, 1000 } },
};

/* @which: -1: all jobs of 8 ms; else even or odd agents have the long jobs. */
static void run_share_cases(int which)
{
	size_t c;

	for (c = 0; c < sizeof(share_cases) / sizeof(*share_cases); c++) {
		const struct share_case *s = &share_cases[c];
		struct model *m = model_new(c);
		double due[8], sum = 0;
		unsigned int i;

		for (i = 0; i < s->agents; i++)
			sum += s->weights[i];
		for (i = 0; i < s->agents; i++) {
			struct model_agent *a = model_agent(m, NULL, s->weights[i], SLICE_BATCH);
			u64 cost = which < 0 ? 8 * MS : i % 2 == (unsigned int)which ?
				   20 * MS : MS / 2;

			due[i] = s->weights[i] / sum;
			model_submit_deep(m, a, cost, 1);
		}
		model_start_counting(m);
		model_run(m, m->now + SPAN);
		assert_shares(s->name, m, due, 1.0);
		assert_true(m->busy >= SPAN / 1000 * 995);
		model_free(m);
	}
}

static void equal_jobs__meet_the_weights(void **state)
{
	(void)state;
	run_share_cases(-1);
}

static void short_against_long_jobs__meet_the_weights(void **state)
{
	(void)state;
	run_share_cases(0);
	run_share_cases(1);
}

static void two_level_tree__meets_the_weights(void **state)
{
	/* top: 300 and 100; under the first 100, 100 and its own work at 100 */
	static const double due[] = { 0.25, 0.25, 0.25, 0.05, 0.20 };
	struct model *m = model_new(1);
	struct model_agent *inner = model_agent(m, NULL, 300, SLICE_BATCH);
	struct model_agent *second;

	(void)state;
	model_submit_deep(m, inner, 2 * MS, 1);
	model_submit_deep(m, model_agent(m, inner, 100, SLICE_BATCH), MS / 2, 1);
	model_submit_deep(m, model_agent(m, inner, 100, SLICE_BATCH), 20 * MS, 1);
	second = model_agent(m, NULL, 100, SLICE_BATCH);
	model_agent(m, second, 400, SLICE_BATCH);
	model_submit_deep(m, second, 8 * MS, 1);
	model_submit_deep(m, &m->agents[4], 3 * MS, 1);
	model_start_counting(m);
	assert_in_range(queue_flow_due_ppm(&m->agents[1].flow), 249000, 251000);
	assert_in_range(queue_flow_due_ppm(&m->agents[3].flow), 49000, 51000);
	model_run(m, m->now + SPAN);
	assert_shares("two levels", m, due, 1.0);
	model_free(m);
}

static void sixteen_submitters__gain_nothing_on_one(void **state)
{
	static const double due[] = { 0.5, 0.5 };
	static const u64 costs[] = { MS / 2, 2 * MS, 8 * MS };
	size_t c;

	(void)state;
	for (c = 0; c < sizeof(costs) / sizeof(*costs); c++) {
		struct model *m = model_new(c);

		model_submit_deep(m, model_agent(m, NULL, 100, SLICE_BATCH), costs[c], 16);
		model_submit_deep(m, model_agent(m, NULL, 100, SLICE_BATCH), costs[c], 1);
		model_start_counting(m);
		model_run(m, m->now + SPAN);
		assert_shares("16 against 1", m, due, 0.5);
		model_free(m);
	}
}

static void lone_agent__has_the_whole_lane(void **state)
{
	static const u64 costs[] = { 50 * US, MS, 50 * MS };
	size_t c;

	(void)state;
	for (c = 0; c < sizeof(costs) / sizeof(*costs); c++) {
		struct model *m = model_new(c);

		model_submit_deep(m, model_agent(m, NULL, 100, SLICE_BATCH), costs[c], 4);
		model_start_counting(m);
		model_run(m, m->now + SPAN);
		print_message("alone, %llu us: busy %.2f %%\n",
			      (unsigned long long)(costs[c] / US), 100.0 * m->busy / SPAN);
		assert_true(m->busy >= SPAN / 100 * 99);
		model_free(m);
	}
}

static void interactive_jobs__wait_at_most_two_long_ones(void **state)
{
	unsigned int hogs;

	(void)state;
	for (hogs = 1; hogs <= 4; hogs++) {
		struct model *m = model_new(hogs);
		struct model_agent *a = model_agent(m, NULL, 100, SLICE_INTERACTIVE);
		unsigned int i;

		model_submit(m, (struct submitter) {
			.agent = a, .kind = SUBMIT_PERIODIC, .cost = MS / 2, .think = 9700 * US,
		}, 0);
		for (i = 0; i < hogs; i++)
			model_submit_deep(m, model_agent(m, NULL, 100, 4 * SLICE_BATCH), 8 * MS, 4);
		model_start_counting(m);
		model_run(m, m->now + SPAN);
		print_message("interactive beside %u: wait p50 %.2f p99 %.2f max %.2f ms\n", hogs,
			      model_wait(a, 0.5) / 1e6, model_wait(a, 0.99) / 1e6,
			      model_wait(a, 1.0) / 1e6);
		assert_true(model_wait(a, 0.99) <= 16 * MS);
		model_free(m);
	}
}

static void weight_change__takes_effect_within_20_ms_and_a_job(void **state)
{
	struct model *m = model_new(5);
	struct model_agent *a = model_agent(m, NULL, 100, SLICE_BATCH);
	struct model_agent *b = model_agent(m, NULL, 100, SLICE_BATCH);
	u64 service_a, service_b, t;
	double share;

	(void)state;
	model_submit_deep(m, a, 2 * MS, 1);
	model_submit_deep(m, b, 2 * MS, 1);
	model_run(m, m->now + SEC);
	queue_flow_set_weight(&a->flow, 900);
	model_poke(m);
	t = m->now;
	model_run(m, t + 22 * MS);
	service_a = a->service;
	service_b = b->service;
	model_run(m, m->now + 200 * MS);
	share = 100.0 * (a->service - service_a) /
		(a->service - service_a + b->service - service_b);
	print_message("share in 200 ms, from 22 ms after 50:50 became 90:10: %.2f %%\n", share);
	assert_true(share >= 88 && share <= 92);
	model_free(m);
}

static void latecomer__is_not_repaid_for_its_absence(void **state)
{
	struct model *m = model_new(6);
	struct model_agent *a = model_agent(m, NULL, 100, SLICE_BATCH);
	struct model_agent *b = model_agent(m, NULL, 100, SLICE_BATCH);
	u64 service;

	(void)state;
	model_submit_deep(m, a, 2 * MS, 1);
	model_submit(m, (struct submitter) { .agent = b, .kind = SUBMIT_DEEP, .cost = 2 * MS,
					     .think = 50 * US }, 5 * SEC);
	model_run(m, m->now + 5 * SEC);
	service = a->service;
	model_run(m, m->now + 100 * MS);
	assert_in_range(a->service - service, 42 * MS, 58 * MS);
	model_free(m);
}

static void leaving_and_coming_back__wins_nothing(void **state)
{
	struct model *m = model_new(7);
	struct model_agent *a = model_agent(m, NULL, 100, SLICE_BATCH);
	struct model_agent *b = model_agent(m, NULL, 100, SLICE_BATCH);

	(void)state;
	/* a is inactive for 10 us after each of its jobs, and would like all. */
	model_submit(m, (struct submitter) { .agent = a, .kind = SUBMIT_SYNC, .cost = 20 * MS,
					     .think = 10 * US }, 0);
	model_submit_deep(m, b, MS, 1);
	model_start_counting(m);
	model_run(m, m->now + SPAN);
	print_message("20 ms jobs, each after the last: %.2f %%\n",
		      100.0 * a->service / (a->service + b->service));
	assert_true(a->service <= (a->service + b->service) / 1000 * 505);
	model_free(m);
}

static void long_job_of_a_late_estimate__is_paid_back(void **state)
{
	static const double due[] = { 0.5, 0.5 };
	struct model *m = model_new(8);
	struct model_agent *a = model_agent(m, NULL, 100, SLICE_BATCH);
	struct submitter *s;

	(void)state;
	s = model_submit(m, (struct submitter) { .agent = a, .kind = SUBMIT_DEEP, .cost = MS / 2,
						 .think = 50 * US }, 0);
	model_submit_deep(m, model_agent(m, NULL, 100, SLICE_BATCH), 2 * MS, 1);
	model_start_counting(m);
	s->cost = 30 * MS;	/* up to eight of them pass for 0.5 ms */
	model_run(m, m->now + SPAN);
	assert_shares("0.5 ms that became 30 ms", m, due, 1.5);
	model_free(m);
}

/* Weights 3 and 1, jobs of 3 ms and 1 ms: the worked example of queue.c. */
static void worked_example__is_as_documented(void **state)
{
	static const struct queue_settings settings = {
		.horizon_ns = QUEUE_HORIZON_NS,
	};
	static const struct {
		char picked;
		s64 v_a, v_b, v;	/* us, after the grant */
	} steps[] = {
		{ 'A', 4000, 0, 3000 },
		{ 'B', 4000, 4000, 4000 },
		{ 'A', 8000, 4000, 7000 },
		{ 'B', 8000, 8000, 8000 },
	};
	struct queue q;
	struct queue_flow a, b;
	struct queue_charge c;
	u64 now = SEC, next;
	s64 start;
	size_t i;

	(void)state;
	queue_init(&q, &settings);
	queue_flow_init(&a, &q, NULL, 300, 4 * MS, NULL);
	queue_flow_init(&b, &q, NULL, 100, 4 * MS, NULL);
	a.cost.mean_ns = 3 * MS;
	b.cost.mean_ns = MS;
	queue_enqueue(&a, now);
	queue_enqueue(&b, now);
	start = a.v;
	for (i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		struct queue_flow *f = queue_pick(&q, now, &next);

		assert_ptr_equal(f, steps[i].picked == 'A' ? &a : &b);
		queue_enqueue(f, now);
		queue_grant(f, now, &c);
		queue_run(&c, now);
		now += f->cost.mean_ns;
		/* To the us; hweights are rounded down at 2^-30. */
		assert_int_equal((a.v - start + 500) / 1000, steps[i].v_a);
		assert_int_equal((b.v - start + 500) / 1000, steps[i].v_b);
		assert_int_equal((queue_vtime(&q) - start + 500) / 1000, steps[i].v);
		assert_int_equal((queue_flow_ahead(&a, now) + 500) / 1000,
				 (steps[i].v_a - steps[i].v) * 3 / 4);
		queue_done(&c, f->cost.mean_ns, now);
	}
	queue_dequeue(&a, now);
	queue_dequeue(&b, now);
	queue_flow_exit(&a);
	queue_flow_exit(&b);
}

/* A long job now and then, of a flow that is due 1 %: it stays away for less than it owes. */
static void overdraft__outlasts_a_pause(void **state)
{
	struct model *m = model_new(1);
	struct model_agent *a = model_agent(m, NULL, 1, SLICE_BATCH);

	(void)state;
	model_submit_deep(m, model_agent(m, NULL, 99, SLICE_BATCH), MS, 4);
	model_submit(m, (struct submitter) {
		.agent = a, .kind = SUBMIT_SYNC, .cost = 20 * MS, .think = 25 * MS,
	}, 0);
	model_start_counting(m);
	model_run(m, m->now + 2 * SPAN);
	print_message("due 1 %%: share %.2f %%\n", 100.0 * (double)a->service / (double)m->busy);
	assert_true(a->service <= m->busy / 50);
	model_free(m);
}

/* Each of them alone would have paid when it comes again; together they fill the lane. */
static void crowd_of_sleepers__leaves_deep_queues_their_shares(void **state)
{
	struct model *m = model_new(1);
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++)
		model_submit_deep(m, model_agent(m, NULL, 100, 20 * MS), 8 * MS, 4);
	for (i = 0; i < 30; i++)
		model_submit(m, (struct submitter) {
			.agent = model_agent(m, NULL, 100, SLICE_INTERACTIVE), .kind = SUBMIT_SYNC,
			.cost = 2 * MS, .think = 30 * MS, .jitter = 3 * MS,
		}, i * 2 * MS);
	model_start_counting(m);
	model_run(m, m->now + SPAN);
	for (i = 0; i < 3; i++) {
		double share = 100.0 * (double)m->agents[i].service / (double)m->busy;

		print_message("due %.2f %%: share %.2f %%\n", 100.0 / 33, share);
		assert_true(share >= 0.9 * 100 / 33);
	}
	model_free(m);
}

static void flow__stays_within_384_bytes(void **state)
{
	(void)state;
	print_message("flow %zu, queue %zu, charge %zu, cap %zu bytes\n", sizeof(struct queue_flow),
		      sizeof(struct queue), sizeof(struct queue_charge), sizeof(struct queue_cap));
	assert_true(sizeof(struct queue_flow) <= 384);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_jobs__meet_the_weights),
		cmocka_unit_test(short_against_long_jobs__meet_the_weights),
		cmocka_unit_test(two_level_tree__meets_the_weights),
		cmocka_unit_test(sixteen_submitters__gain_nothing_on_one),
		cmocka_unit_test(lone_agent__has_the_whole_lane),
		cmocka_unit_test(interactive_jobs__wait_at_most_two_long_ones),
		cmocka_unit_test(weight_change__takes_effect_within_20_ms_and_a_job),
		cmocka_unit_test(latecomer__is_not_repaid_for_its_absence),
		cmocka_unit_test(leaving_and_coming_back__wins_nothing),
		cmocka_unit_test(long_job_of_a_late_estimate__is_paid_back),
		cmocka_unit_test(worked_example__is_as_documented),
		cmocka_unit_test(overdraft__outlasts_a_pause),
		cmocka_unit_test(crowd_of_sleepers__leaves_deep_queues_their_shares),
		cmocka_unit_test(flow__stays_within_384_bytes),
	};

	return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
