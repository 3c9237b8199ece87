// SPDX-License-Identifier: GPL-2.0
/*
 * The queue's promises, each in one fixed case on a model of one lane.
 * Figures are printed in the form "name: figure" and asserted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "../../kmod/queue.h"
#include "../../kmod/queue_internal.h"
#include "lane_model.h"

#define SLICE_BATCH		(4 * MS)
#define SLICE_INTERACTIVE	(MS / 2)
#define SPAN			(10 * SEC)
#define WARM_UP			(200 * MS)

/* A thread that submits again soon after each grant, without waiting for jobs. */
static void deep(struct model *m, struct model_agent *a, u64 cost, unsigned int threads)
{
	while (threads--)
		model_submit(m, (struct submitter) {
			.agent = a, .kind = SUBMIT_DEEP, .cost = cost, .think = 50 * US,
		}, threads * 7 * US);
}

static void start_counting(struct model *m)
{
	unsigned int i;

	model_run(m, m->now + WARM_UP);
	for (i = 0; i < m->nr_agents; i++) {
		m->agents[i].service = 0;
		m->agents[i].nr_waits = 0;
	}
	m->busy = 0;
}

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
			deep(m, a, cost, 1);
		}
		start_counting(m);
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
	deep(m, inner, 2 * MS, 1);
	deep(m, model_agent(m, inner, 100, SLICE_BATCH), MS / 2, 1);
	deep(m, model_agent(m, inner, 100, SLICE_BATCH), 20 * MS, 1);
	second = model_agent(m, NULL, 100, SLICE_BATCH);
	model_agent(m, second, 400, SLICE_BATCH);
	deep(m, second, 8 * MS, 1);
	deep(m, &m->agents[4], 3 * MS, 1);
	start_counting(m);
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

		deep(m, model_agent(m, NULL, 100, SLICE_BATCH), costs[c], 16);
		deep(m, model_agent(m, NULL, 100, SLICE_BATCH), costs[c], 1);
		start_counting(m);
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

		deep(m, model_agent(m, NULL, 100, SLICE_BATCH), costs[c], 4);
		start_counting(m);
		model_run(m, m->now + SPAN);
		print_message("alone, %llu us: busy %.2f %%\n",
			      (unsigned long long)(costs[c] / US), 100.0 * m->busy / SPAN);
		assert_true(m->busy >= SPAN / 100 * 99);
		model_free(m);
	}
}

static void capped_agent__gets_its_quota_alone_and_in_company(void **state)
{
	static const enum cost_kind kinds[] = { COST_FIXED, COST_UNIFORM, COST_PARETO };
	static const u64 costs[] = { MS / 2, 8 * MS, 70 * MS };
	unsigned int k, c, company;

	(void)state;
	for (k = 0; k < 3; k++)
		for (c = 0; c < 3; c++)
			for (company = 0; company < 2; company++) {
				struct model *m = model_new(k);
				struct model_agent *a = model_agent(m, NULL, 100, SLICE_BATCH);
				u64 span = c == 2 || k ? 6 * SPAN : SPAN;
				double share;

				if (k == 2 && c == 2)	/* single jobs of seconds */
					span = 60 * SPAN;
				queue_cap_set(&a->cap, 30 * MS, 100 * MS, m->now);
				model_submit(m, (struct submitter) {
					.agent = a, .kind = SUBMIT_DEEP, .cost_kind = kinds[k],
					.cost = costs[c], .think = 50 * US,
				}, 0);
				if (company)
					deep(m, model_agent(m, NULL, 100, SLICE_BATCH),
					     2 * MS, 1);
				start_counting(m);
				model_run(m, m->now + span);
				share = 100.0 * a->service / span;
				print_message("cap 30 %%, kind %u, %llu us%s: %.2f %%\n", k,
					      (unsigned long long)(costs[c] / US),
					      company ? ", in company" : "", share);
				assert_true(share >= 29 && share <= 31);
				if (company)
					assert_true(m->busy >= span / 1000 * 995);
				model_free(m);
			}
}

static void cap_of_an_ancestor__holds_all_below_it_and_nobody_else(void **state)
{
	struct model *m = model_new(3);
	struct model_agent *above = model_agent(m, NULL, 100, SLICE_BATCH);
	double share;

	(void)state;
	queue_cap_set(&above->cap, 20 * MS, 100 * MS, m->now);
	deep(m, model_agent(m, above, 100, SLICE_BATCH), MS, 1);
	deep(m, model_agent(m, above, 100, SLICE_BATCH), 5 * MS, 1);
	deep(m, model_agent(m, NULL, 100, SLICE_BATCH), 8 * MS, 1);
	start_counting(m);
	model_run(m, m->now + SPAN);
	share = 100.0 * (m->agents[1].service + m->agents[2].service) / SPAN;
	print_message("cap 20 %% above two: %.2f %%\n", share);
	assert_true(share >= 19.5 && share <= 20.5);
	assert_true(m->busy >= SPAN / 1000 * 995);

	/* Lifted: takes effect at once, not at the period's end. */
	queue_cap_set(&above->cap, 0, 0, m->now);
	model_poke(m);
	start_counting(m);
	model_run(m, m->now + SPAN);
	share = 100.0 * (m->agents[1].service + m->agents[2].service) / SPAN;
	assert_true(share >= 49 && share <= 51);
	model_free(m);
}

static void debt_of_many_periods__is_forgotten_when_the_cap_is_lifted(void **state)
{
	struct model *m = model_new(3);
	struct model_agent *a = model_agent(m, NULL, 100, SLICE_BATCH);
	u64 before;

	(void)state;
	queue_cap_set(&a->cap, 1000, SEC, m->now);	/* 1 us per second */
	deep(m, a, 100 * MS, 1);
	model_run(m, m->now + 10 * SEC);
	before = a->service;
	assert_true(before <= 200 * MS);
	queue_cap_set(&a->cap, 0, 0, m->now);
	model_poke(m);
	model_run(m, m->now + SEC);
	assert_true(a->service - before >= 800 * MS);
	model_free(m);
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
			deep(m, model_agent(m, NULL, 100, 4 * SLICE_BATCH), 8 * MS, 4);
		start_counting(m);
		model_run(m, m->now + SPAN);
		print_message("interactive beside %u: wait p50 %.2f p99 %.2f max %.2f ms\n", hogs,
			      model_wait(a, 0.5) / 1e6, model_wait(a, 0.99) / 1e6,
			      model_wait(a, 1.0) / 1e6);
		assert_true(model_wait(a, 0.99) <= 16 * MS);
		model_free(m);
	}
}

/* Service of the others beside an agent whose fences come late or never. */
static u64 service_beside(u64 fence, bool present, u64 *blocked_service)
{
	struct model *m = model_new(9);
	struct model_agent *a = model_agent(m, NULL, 100, SLICE_BATCH);
	u64 service;

	deep(m, model_agent(m, NULL, 100, SLICE_BATCH), 8 * MS, 1);
	deep(m, model_agent(m, NULL, 100, SLICE_BATCH), MS / 2, 1);
	if (present) {
		unsigned int i;

		for (i = 0; i < 200; i++)
			model_submit(m, (struct submitter) {
				.agent = a, .kind = SUBMIT_DEEP, .cost = 2 * MS,
				.think = 50 * US, .fence = fence,
			}, i * 10 * US);
	}
	start_counting(m);
	model_run(m, m->now + SPAN);
	service = m->agents[1].service + m->agents[2].service;
	*blocked_service = a->service;
	model_free(m);
	return service;
}

static void fences_that_never_come__cost_the_others_nothing(void **state)
{
	u64 alone, beside, blocked;

	(void)state;
	alone = service_beside(0, false, &blocked);
	beside = service_beside(NEVER, true, &blocked);
	print_message("others beside blocked jobs: %.3f %% of what they get alone\n",
		      100.0 * beside / alone);
	assert_true(beside >= alone / 100 * 99);
	assert_int_equal(blocked, 0);
}

static void fences_that_come_late__gain_no_share(void **state)
{
	u64 blocked, beside = service_beside(30 * MS, true, &blocked);

	(void)state;
	print_message("share with fences 30 ms late: %.2f %%\n",
		      100.0 * blocked / (blocked + beside));
	assert_true(blocked <= (blocked + beside) / 300 * 101);
}

static void fences_that_come_at_once__gain_at_most_the_horizon(void **state)
{
	struct model *m = model_new(4);
	struct model_agent *a = model_agent(m, NULL, 100, SLICE_BATCH);
	struct submitter *s[50];
	unsigned int i;

	(void)state;
	deep(m, model_agent(m, NULL, 100, SLICE_BATCH), MS, 1);
	for (i = 0; i < 50; i++)
		s[i] = model_submit(m, (struct submitter) {
			.agent = a, .kind = SUBMIT_DEEP, .cost = MS, .think = 50 * US,
			.fence = NEVER,
		}, 0);
	model_run(m, m->now + 5 * SEC);
	assert_int_equal(a->service, 0);
	assert_in_range(a->flow.blocked, 2, 8);
	for (i = 0; i < 50; i++)
		s[i]->fence = 0;
	model_free(m);
}

static void weight_change__takes_effect_within_20_ms_and_a_job(void **state)
{
	struct model *m = model_new(5);
	struct model_agent *a = model_agent(m, NULL, 100, SLICE_BATCH);
	struct model_agent *b = model_agent(m, NULL, 100, SLICE_BATCH);
	u64 service_a, service_b, t;
	double share;

	(void)state;
	deep(m, a, 2 * MS, 1);
	deep(m, b, 2 * MS, 1);
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
	deep(m, a, 2 * MS, 1);
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
	deep(m, b, MS, 1);
	start_counting(m);
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
	deep(m, model_agent(m, NULL, 100, SLICE_BATCH), 2 * MS, 1);
	start_counting(m);
	s->cost = 30 * MS;	/* up to eight of them pass for 0.5 ms */
	model_run(m, m->now + SPAN);
	assert_shares("0.5 ms that became 30 ms", m, due, 1.5);
	model_free(m);
}

/* Weights 3 and 1, jobs of 3 ms and 1 ms: the worked example of queue.c. */
static void worked_example__is_as_documented(void **state)
{
	static const struct queue_settings settings = {
		.horizon_ns = QUEUE_HORIZON_NS, .handover_ns = QUEUE_HANDOVER_NS,
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
	a.est_ns = 3 * MS;
	b.est_ns = MS;
	queue_enqueue(&a, now);
	queue_enqueue(&b, now);
	start = a.v;
	for (i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		struct queue_flow *f = queue_pick(&q, now, &next);

		assert_ptr_equal(f, steps[i].picked == 'A' ? &a : &b);
		queue_enqueue(f, now);
		queue_grant(f, now, &c);
		queue_run(&c, now);
		now += f->est_ns;
		/* To the us; hweights are rounded down at 2^-30. */
		assert_int_equal((a.v - start + 500) / 1000, steps[i].v_a);
		assert_int_equal((b.v - start + 500) / 1000, steps[i].v_b);
		assert_int_equal((queue_vtime(&q) - start + 500) / 1000, steps[i].v);
		queue_done(&c, f->est_ns, now);
	}
	queue_dequeue(&a, now);
	queue_dequeue(&b, now);
	queue_flow_exit(&a);
	queue_flow_exit(&b);
}

static void flow__stays_within_256_bytes(void **state)
{
	(void)state;
	print_message("flow %zu, queue %zu, charge %zu, cap %zu bytes\n", sizeof(struct queue_flow),
		      sizeof(struct queue), sizeof(struct queue_charge), sizeof(struct queue_cap));
	assert_true(sizeof(struct queue_flow) <= 256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_jobs__meet_the_weights),
		cmocka_unit_test(short_against_long_jobs__meet_the_weights),
		cmocka_unit_test(two_level_tree__meets_the_weights),
		cmocka_unit_test(sixteen_submitters__gain_nothing_on_one),
		cmocka_unit_test(lone_agent__has_the_whole_lane),
		cmocka_unit_test(capped_agent__gets_its_quota_alone_and_in_company),
		cmocka_unit_test(cap_of_an_ancestor__holds_all_below_it_and_nobody_else),
		cmocka_unit_test(debt_of_many_periods__is_forgotten_when_the_cap_is_lifted),
		cmocka_unit_test(interactive_jobs__wait_at_most_two_long_ones),
		cmocka_unit_test(fences_that_never_come__cost_the_others_nothing),
		cmocka_unit_test(fences_that_come_late__gain_no_share),
		cmocka_unit_test(fences_that_come_at_once__gain_at_most_the_horizon),
		cmocka_unit_test(weight_change__takes_effect_within_20_ms_and_a_job),
		cmocka_unit_test(latecomer__is_not_repaid_for_its_absence),
		cmocka_unit_test(leaving_and_coming_back__wins_nothing),
		cmocka_unit_test(long_job_of_a_late_estimate__is_paid_back),
		cmocka_unit_test(worked_example__is_as_documented),
		cmocka_unit_test(flow__stays_within_256_bytes),
	};

	return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
