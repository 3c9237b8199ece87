// SPDX-License-Identifier: GPL-2.0
/* How far ahead of the engine the queue admits. */
#include "../../kmod/queue_internal.h"
#include "lane_model.h"
#include "property.h"

u64 seed;

static struct model_agent *deep(struct model *m, u64 cost)
{
	struct model_agent *a = model_agent(m, NULL, QUEUE_WEIGHT_DEFAULT, 20 * MS);

	model_submit_deep(m, a, cost, 4);
	return a;
}

static double utilisation(struct model *m)
{
	model_start_counting(m);
	model_run(m, m->now + SPAN);
	return 100.0 * (double)m->busy / SPAN;
}

/* One that sleeps most of the time, beside @hogs with jobs of @cost: waits, worst in 100. */
static u64 sleeper_waits(unsigned int hogs, u64 cost, u64 latency)
{
	struct model *m = model_new(1);
	struct model_agent *a = model_agent(m, NULL, QUEUE_WEIGHT_DEFAULT, SLICE_INTERACTIVE);
	u64 wait;

	m->latency = latency;
	while (hogs--)
		deep(m, cost);
	model_submit(m, (struct submitter) {
		.agent = a, .kind = SUBMIT_SYNC, .cost = MS, .think = 9 * MS, .jitter = MS,
	}, 0);
	check(utilisation(m) >= 99);
	wait = model_wait(a, 0.99);
	model_free(m);
	return wait;
}

static void sleeper__waits_for_one_job_at_most(void **state)
{
	static const u64 cost[] = { 2500 * US, 8 * MS, 20 * MS };
	unsigned int i;
	u64 wait;

	(void)state;
	for (i = 0; i < 6; i++) {
		wait = sleeper_waits(i % 2 ? 3 : 1, cost[i / 2], 20 * US);
		print_message("beside %d of %.1f ms: p99 %.2f ms\n", i % 2 ? 3 : 1,
			      (double)cost[i / 2] / MS, (double)wait / MS);
		check(wait <= cost[i / 2] + 300 * US);
	}
}

static void short_jobs__are_not_piled_up_ahead_of_others(void **state)
{
	u64 wait = sleeper_waits(3, 100 * US, 20 * US);

	(void)state;
	print_message("beside 3 of 0.1 ms: p99 %.2f ms\n", (double)wait / MS);
	check(wait <= MS / 2);
}

static void slow_handover__does_not_idle_the_lane(void **state)
{
	static const u64 latency[] = { 5 * US, 50 * US, 500 * US, 2 * MS };
	unsigned int i;

	(void)state;
	for (i = 0; i < 8; i++) {
		struct model *m = model_new(1);
		u64 cost = i % 2 ? 8 * MS : 700 * US;
		double used;

		m->latency = latency[i / 2];
		deep(m, cost);
		deep(m, cost);
		used = utilisation(m);
		print_message("jobs of %.1f ms, handover %.2f ms: busy %.2f %%\n", (double)cost / MS,
			      (double)m->latency / MS, used);
		check(used >= 99);
		model_free(m);
	}
}

/* Two deep queues of jobs of @cost whose ends are told together. */
static double used_when_told_late(u64 cost, u64 coalesce, bool prompt)
{
	struct model *m = model_new(1);
	double used;

	m->coalesce = coalesce;
	m->queue.prompt = prompt;
	deep(m, cost);
	deep(m, cost);
	used = utilisation(m);
	model_free(m);
	print_message("jobs of %.1f ms, told %.0f ms late%s: busy %.2f %%\n", (double)cost / MS,
		      (double)coalesce / MS, prompt ? " by a prompt driver" : "", used);
	return used;
}

static void ends_told_late__do_not_idle_the_lane(void **state)
{
	static const u64 coalesce[] = { MS, 3 * MS, 10 * MS };
	unsigned int i;

	(void)state;
	for (i = 0; i < 6; i++) {
		u64 cost = i % 2 ? 2 * MS : 200 * US;

		check(used_when_told_late(cost, coalesce[i / 2], false) >= 98);
		/* It shows if more than one is told at a time. */
		if (cost < coalesce[i / 2])
			check(used_when_told_late(cost, coalesce[i / 2], true) >= 90);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sleeper__waits_for_one_job_at_most),
		cmocka_unit_test(short_jobs__are_not_piled_up_ahead_of_others),
		cmocka_unit_test(slow_handover__does_not_idle_the_lane),
		cmocka_unit_test(ends_told_late__do_not_idle_the_lane),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
