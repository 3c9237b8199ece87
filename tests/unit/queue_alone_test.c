// SPDX-License-Identifier: GPL-2.0
/*
 * A flow that is alone is charged nothing, and has no credit or debt of that
 * time when others come.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "../../kmod/queue.h"
#include "../../kmod/queue_internal.h"

#define US 1000ULL
#define MS 1000000ULL
#define SEC 1000000000ULL

struct pair {
	struct queue_settings settings;
	struct queue queue;
	struct queue_flow a, b;
	u64 now;
};

static void pair_init(struct pair *p)
{
	*p = (struct pair){
		.settings = { .horizon_ns = QUEUE_HORIZON_NS },
		.now = SEC,
	};
	queue_init(&p->queue, &p->settings);
	queue_flow_init(&p->a, &p->queue, NULL, 100, 20 * MS, NULL);
	queue_flow_init(&p->b, &p->queue, NULL, 100, 20 * MS, NULL);
}

static void pair_exit(struct pair *p)
{
	queue_flow_exit(&p->a);
	queue_flow_exit(&p->b);
	assert_int_equal(p->queue.nr_active, 0);
}

static void finish(struct pair *p, struct queue_charge *c, u64 cost)
{
	queue_run(c, p->now);
	p->now += cost;
	queue_done(c, cost, p->now);
}

/* Jobs of @f alone, until their cost is known well. */
static void work_alone(struct pair *p, struct queue_flow *f, u64 cost)
{
	unsigned int i;

	for (i = 0; i < 8; i++) {
		struct queue_charge c;

		assert_true(queue_try(f, p->now, &c));
		finish(p, &c, cost);
	}
	assert_int_equal(f->cost.mean_ns, cost);
}

/* Service that @f has had beyond its share, in us: V is the mean. */
static long ahead_us(struct pair *p, struct queue_flow *f)
{
	queue_reweigh(&p->a);
	queue_reweigh(&p->b);
	return (long)((f->v - queue_vtime(&p->queue)) * (double)f->hw / HW_ONE / US);
}

static void assert_ahead(struct pair *p, struct queue_flow *f, long us)
{
	long ahead = ahead_us(p, f);

	if (ahead < us - us / 100 - 10 || ahead > us + us / 100 + 10)
		fail_msg("ahead by %ld us, want %ld", ahead, us);
}

static void what_was_granted_alone__is_no_credit_when_given_back(void **state)
{
	struct queue_charge c[4];
	struct pair p;
	unsigned int i;

	(void)state;
	pair_init(&p);
	work_alone(&p, &p.a, SEC);
	for (i = 0; i < 4; i++)
		queue_force(&p.a, p.now, &c[i]);
	queue_enqueue(&p.b, p.now);
	queue_enqueue(&p.a, p.now);
	assert_ahead(&p, &p.a, 2000000); /* charged when the other comes */
	for (i = 0; i < 4; i++)
		queue_done(&c[i], 0, p.now);
	assert_ahead(&p, &p.a, 0);
	queue_dequeue(&p.a, p.now);
	queue_dequeue(&p.b, p.now);
	pair_exit(&p);
}

static void a_job_begun_alone__counts_from_when_the_other_came(void **state)
{
	struct queue_charge c;
	struct pair p;

	(void)state;
	pair_init(&p);
	work_alone(&p, &p.a, 10 * MS);
	assert_true(queue_try(&p.a, p.now, &c));
	queue_run(&c, p.now);
	p.now += 6 * MS;
	queue_enqueue(&p.b, p.now);
	queue_enqueue(&p.a, p.now);
	p.now += 4 * MS;
	queue_done(&c, 10 * MS, p.now);
	/* It had 4 ms of the 4 ms that both were there for, 2 ms too many. */
	assert_ahead(&p, &p.a, 2000);
	queue_dequeue(&p.a, p.now);
	queue_dequeue(&p.b, p.now);
	pair_exit(&p);
}

static void a_charge_from_before__is_not_given_back_after_a_time_alone(void **state)
{
	struct queue_charge c;
	struct pair p;

	(void)state;
	pair_init(&p);
	work_alone(&p, &p.a, SEC);
	queue_enqueue(&p.b, p.now);
	queue_enqueue(&p.a, p.now);
	assert_ahead(&p, &p.a, 0);
	queue_force(&p.a, p.now, &c);
	assert_ahead(&p, &p.a, 500000);
	/* The other comes back with 20 ms of what it was owed; the job is charged anew. */
	queue_dequeue(&p.b, p.now);
	queue_enqueue(&p.b, p.now);
	assert_ahead(&p, &p.a, 500000);
	queue_done(&c, 0, p.now);
	assert_ahead(&p, &p.a, 0);
	queue_dequeue(&p.a, p.now);
	queue_dequeue(&p.b, p.now);
	pair_exit(&p);
}

static void a_charge__is_given_back_whole_when_the_other_left_for_a_moment(void **state)
{
	struct queue_charge c;
	struct pair p;

	(void)state;
	pair_init(&p);
	work_alone(&p, &p.a, 10 * MS);
	queue_enqueue(&p.b, p.now);
	queue_enqueue(&p.a, p.now);
	assert_ahead(&p, &p.a, 0);
	queue_force(&p.a, p.now, &c);
	queue_dequeue(&p.b, p.now);
	queue_enqueue(&p.b, p.now);
	assert_ahead(&p, &p.a, 5000);
	queue_done(&c, 0, p.now);
	assert_ahead(&p, &p.a, 0);
	queue_dequeue(&p.a, p.now);
	queue_dequeue(&p.b, p.now);
	pair_exit(&p);
}

static void blocked_jobs_of_a_time_alone__are_charged_when_they_run(void **state)
{
	struct queue_charge c[2];
	struct pair p;
	unsigned int i;

	(void)state;
	pair_init(&p);
	work_alone(&p, &p.a, SEC);
	for (i = 0; i < 2; i++) {
		queue_force(&p.a, p.now, &c[i]);
		queue_block(&c[i], p.now);
	}
	queue_enqueue(&p.b, p.now);
	p.now += MS;
	for (i = 0; i < 2; i++)
		queue_unblock(&c[i], p.now);
	assert_ahead(&p, &p.a, 1000000);
	queue_enqueue(&p.a, p.now);
	queue_done(&c[0], 0, p.now);
	assert_ahead(&p, &p.a, 500000);
	finish(&p, &c[1], SEC);
	assert_ahead(&p, &p.a, 500000);
	queue_dequeue(&p.a, p.now);
	queue_dequeue(&p.b, p.now);
	pair_exit(&p);
}

static void jobs_thought_short__are_not_let_in_by_the_thousand(void **state)
{
	static struct queue_charge c[1000];
	struct pair p;
	unsigned int n;

	(void)state;
	pair_init(&p);
	work_alone(&p, &p.a, 1 * US);
	for (n = 0; n < 1000 && queue_try(&p.a, p.now, &c[n]); n++)
		;
	assert_int_equal(n, 128);
	queue_enqueue(&p.a, p.now);
	finish(&p, &c[--n], 1 * US);
	assert_int_equal(p.a.place, QUEUE_ELIGIBLE);
	while (n)
		finish(&p, &c[--n], 1 * US);
	queue_dequeue(&p.a, p.now);
	pair_exit(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_granted_alone__is_no_credit_when_given_back),
		cmocka_unit_test(a_job_begun_alone__counts_from_when_the_other_came),
		cmocka_unit_test(a_charge_from_before__is_not_given_back_after_a_time_alone),
		cmocka_unit_test(a_charge__is_given_back_whole_when_the_other_left_for_a_moment),
		cmocka_unit_test(blocked_jobs_of_a_time_alone__are_charged_when_they_run),
		cmocka_unit_test(jobs_thought_short__are_not_let_in_by_the_thousand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
