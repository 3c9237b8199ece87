// SPDX-License-Identifier: GPL-2.0
/* Caps, each promise in one fixed case on a model of one lane. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "lane_model.h"

/* A capped agent with jobs of such a cost, alone or beside another that takes all it can. */
static void assert_cap_30_of_100(enum cost_kind kind, u64 cost, u64 span, bool company)
{
	struct model *m = model_new(kind);
	struct model_agent *a = model_agent(m, NULL, 100, SLICE_BATCH);
	double share;

	queue_cap_set(&a->cap, 30 * MS, 100 * MS, m->now);
	model_submit(m, (struct submitter) {
		.agent = a, .kind = SUBMIT_DEEP, .cost_kind = kind, .cost = cost, .think = 50 * US,
	}, 0);
	if (company)
		model_submit_deep(m, model_agent(m, NULL, 100, SLICE_BATCH), 2 * MS, 1);
	model_start_counting(m);
	model_run(m, m->now + span);
	share = 100.0 * a->service / span;
	print_message("cap 30 %%, kind %u, %llu us%s: %.2f %%\n", kind,
		      (unsigned long long)(cost / US), company ? ", in company" : "", share);
	assert_true(share >= 29 && share <= 31);
	if (company)
		assert_true(m->busy >= span / 1000 * 995);
	model_free(m);
}

static void capped_agent__gets_its_quota_alone_and_in_company(void **state)
{
	static const enum cost_kind kinds[] = { COST_FIXED, COST_UNIFORM, COST_PARETO };
	static const u64 costs[] = { MS / 2, 8 * MS, 70 * MS };
	unsigned int k, c;

	(void)state;
	for (k = 0; k < 3; k++) {
		for (c = 0; c < 3; c++) {
			u64 span = c == 2 || k ? 6 * SPAN : SPAN;

			if (k == 2 && c == 2)	/* single jobs of seconds */
				span = 60 * SPAN;
			assert_cap_30_of_100(kinds[k], costs[c], span, false);
			assert_cap_30_of_100(kinds[k], costs[c], span, true);
		}
	}
}

static void cap_of_an_ancestor__holds_all_below_it_and_nobody_else(void **state)
{
	struct model *m = model_new(3);
	struct model_agent *above = model_agent(m, NULL, 100, SLICE_BATCH);
	double share;

	(void)state;
	queue_cap_set(&above->cap, 20 * MS, 100 * MS, m->now);
	model_submit_deep(m, model_agent(m, above, 100, SLICE_BATCH), MS, 1);
	model_submit_deep(m, model_agent(m, above, 100, SLICE_BATCH), 5 * MS, 1);
	model_submit_deep(m, model_agent(m, NULL, 100, SLICE_BATCH), 8 * MS, 1);
	model_start_counting(m);
	model_run(m, m->now + SPAN);
	share = 100.0 * (m->agents[1].service + m->agents[2].service) / SPAN;
	print_message("cap 20 %% above two: %.2f %%\n", share);
	assert_true(share >= 19.5 && share <= 20.5);
	assert_true(m->busy >= SPAN / 1000 * 995);

	/* Lifted: takes effect at once, not at the period's end. */
	queue_cap_set(&above->cap, 0, 0, m->now);
	model_poke(m);
	model_start_counting(m);
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
	model_submit_deep(m, a, 100 * MS, 1);
	model_run(m, m->now + 10 * SEC);
	before = a->service;
	assert_true(before <= 200 * MS);
	queue_cap_set(&a->cap, 0, 0, m->now);
	model_poke(m);
	model_run(m, m->now + SEC);
	assert_true(a->service - before >= 800 * MS);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capped_agent__gets_its_quota_alone_and_in_company),
		cmocka_unit_test(cap_of_an_ancestor__holds_all_below_it_and_nobody_else),
		cmocka_unit_test(debt_of_many_periods__is_forgotten_when_the_cap_is_lifted),
	};

	return cmocka_run_group_tests_name("queue caps", tests, NULL, NULL);
}
