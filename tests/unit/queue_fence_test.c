// SPDX-License-Identifier: GPL-2.0
/* Jobs that wait for fences: what they cost the others, and what they gain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "lane_model.h"

/* Service of the others beside an agent whose fences come late or never. */
static u64 service_beside(u64 fence, bool present, u64 *blocked_service)
{
	struct model *m = model_new(9);
	struct model_agent *a = model_agent(m, NULL, 100, SLICE_BATCH);
	u64 service;

	model_submit_deep(m, model_agent(m, NULL, 100, SLICE_BATCH), 8 * MS, 1);
	model_submit_deep(m, model_agent(m, NULL, 100, SLICE_BATCH), MS / 2, 1);
	if (present) {
		unsigned int i;

		for (i = 0; i < 200; i++)
			model_submit(m, (struct submitter) {
				.agent = a, .kind = SUBMIT_DEEP, .cost = 2 * MS,
				.think = 50 * US, .fence = fence,
			}, i * 10 * US);
	}
	model_start_counting(m);
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
	model_submit_deep(m, model_agent(m, NULL, 100, SLICE_BATCH), MS, 1);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fences_that_never_come__cost_the_others_nothing),
		cmocka_unit_test(fences_that_come_late__gain_no_share),
		cmocka_unit_test(fences_that_come_at_once__gain_at_most_the_horizon),
	};

	return cmocka_run_group_tests_name("queue fences", tests, NULL, NULL);
}
