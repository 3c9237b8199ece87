// SPDX-License-Identifier: GPL-2.0
/* The times and averages of pressure against a plain simulation. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "../../kmod/pressure_time.h"
#include "lane_model.h"

#define MS	1000000ULL
#define S	(1000 * MS)
#define ALL	1000000U	/* ppm */

static const double spans[PRESSURE_SPANS] = { 10, 60, 300 };

/* The plain way: what PSI does, one period after the other, in doubles. */
struct plain {
	u64 now, period_end, in_period[2], total[2];
	double average[2][PRESSURE_SPANS];
};

static void plain_end_period(struct plain *s)
{
	for (int kind = 0; kind < 2; kind++) {
		double share = (double)s->in_period[kind] / PRESSURE_PERIOD_NS;

		for (int i = 0; i < PRESSURE_SPANS; i++) {
			double keep = exp(-2 / spans[i]);

			s->average[kind][i] = s->average[kind][i] * keep + share * (1 - keep);
		}
		s->in_period[kind] = 0;
	}
	s->period_end += PRESSURE_PERIOD_NS;
}

/* In this state until @until. */
static void plain_run(struct plain *s, u32 waiting, u32 running, u64 until)
{
	while (s->now < until) {
		u64 to = min(until, s->period_end);
		bool has[2] = { waiting, waiting && !running };

		for (int kind = 0; kind < 2; kind++) {
			s->total[kind] += has[kind] ? to - s->now : 0;
			s->in_period[kind] += has[kind] ? to - s->now : 0;
		}
		s->now = to;
		if (to == s->period_end)
			plain_end_period(s);
	}
}

static void expect_same(struct pressure *p, const struct plain *s)
{
	pressure_settle(p, s->now);
	for (int kind = 0; kind < 2; kind++) {
		assert_int_equal(p->total_ns[kind], s->total[kind]);
		for (int i = 0; i < PRESSURE_SPANS; i++) {
			double got = pressure_average_ppm(p, kind, i);

			if (fabs(got - 1e6 * s->average[kind][i]) > 1.5)
				fail_msg("kind %d, span %d at %llu: %.0f ppm, not %.1f", kind, i,
					 (unsigned long long)s->now, got,
					 1e6 * s->average[kind][i]);
		}
	}
}

/* For how long nothing changes: from nothing to an hour, borders of periods among that. */
static u64 some_time(u64 *random, const struct plain *s)
{
	switch (model_random(random) % 6) {
	case 0:
		return 0;
	case 1:
		return model_random(random) % (10 * MS);
	case 2:
		return s->period_end - s->now;
	case 3:
		return s->period_end - s->now + (model_random(random) % 3) - 1;
	case 4:
		return model_random(random) % (10 * S);
	default:
		return model_random(random) % 40 ? 50 * MS : model_random(random) % (3600 * S);
	}
}

static void any_course_of_states__is_as_the_plain_way_has_it(void **state)
{
	(void)state;
	for (u64 seed = 0; seed < 20; seed++) {
		u64 random = seed, start = model_random(&random) % (100 * S);
		struct plain s = { .now = start, .period_end = start + PRESSURE_PERIOD_NS };
		struct pressure p;

		pressure_init(&p, start);
		for (int step = 0; step < 3000; step++) {
			plain_run(&s, p.waiting, p.running, s.now + some_time(&random, &s));
			/* It is not read each time, nor settled when it is in no state. */
			if (p.waiting || model_random(&random) % 2)
				expect_same(&p, &s);
			pressure_settle(&p, s.now);
			p.waiting = model_random(&random) % 3;
			p.running = model_random(&random) % 2;
		}
	}
}

/* As the short way of headgate_pressure_job_runs() does. */
static void jobs_that_run_while_nothing_waits__need_no_settling(void **state)
{
	struct plain s = { .period_end = PRESSURE_PERIOD_NS };
	struct pressure p;

	(void)state;
	pressure_init(&p, 0);
	for (int i = 0; i < 1000; i++) {
		p.running = i % 2;
		plain_run(&s, 0, p.running, s.now + 77 * MS);
	}
	pressure_settle(&p, s.now);
	p.waiting = 1;
	p.running = 0;
	plain_run(&s, 1, 0, s.now + 5 * S);
	expect_same(&p, &s);
	assert_int_equal(p.total_ns[PRESSURE_FULL], 5 * S);
}

static void a_year_in_a_state__is_all_of_it_and_a_year_out_of_it_is_none(void **state)
{
	const u64 year = 365 * 24 * 3600 * S;
	struct pressure p;

	(void)state;
	pressure_init(&p, 1);
	p.waiting = 4000000000U;
	pressure_settle(&p, 1 + year);
	assert_int_equal(p.total_ns[PRESSURE_FULL], year);
	for (int i = 0; i < PRESSURE_SPANS; i++)
		assert_in_range(pressure_average_ppm(&p, PRESSURE_FULL, i), ALL - 1, ALL);
	p.waiting = 0;
	pressure_settle(&p, 1 + 2 * year);
	assert_int_equal(p.total_ns[PRESSURE_SOME], year);
	for (int i = 0; i < PRESSURE_SPANS; i++)
		assert_int_equal(pressure_average_ppm(&p, PRESSURE_SOME, i), 0);
}

/* 500 years of ns are all that 64 bits hold. */
static void the_end_of_the_clock__is_no_trap(void **state)
{
	const u64 begin = U64_MAX - 100 * S;
	struct pressure p;

	(void)state;
	pressure_init(&p, begin);
	p.waiting = 1;
	pressure_settle(&p, begin + 90 * S);
	assert_int_equal(p.total_ns[PRESSURE_SOME], 90 * S);
	pressure_init(&p, 0);
	p.waiting = 1;
	pressure_settle(&p, U64_MAX - 4 * S);
	assert_int_equal(p.total_ns[PRESSURE_SOME], U64_MAX - 4 * S);
	assert_in_range(pressure_average_ppm(&p, PRESSURE_SOME, PRESSURE_AVG300), ALL - 1, ALL);
}

static void a_time_before_the_last__counts_for_that(void **state)
{
	struct pressure p;

	(void)state;
	pressure_init(&p, 10 * S);
	p.waiting = 1;
	pressure_settle(&p, 11 * S);
	pressure_settle(&p, 11 * S - 5);
	assert_int_equal(p.total_ns[PRESSURE_SOME], S);
	pressure_settle(&p, 11 * S + 5);
	assert_int_equal(p.total_ns[PRESSURE_SOME], S + 5);
}

static void a_window__sees_what_grew_in_it(void **state)
{
	struct pressure_window w;

	(void)state;
	pressure_window_init(&w, S, 100 * S, 7 * S);
	assert_int_equal(pressure_window_grown(&w, 100 * S, 7 * S), 0);
	assert_int_equal(pressure_window_grown(&w, 100 * S + S / 2, 7 * S + 100 * MS), 100 * MS);
	assert_int_equal(pressure_window_grown(&w, 101 * S, 7 * S + 200 * MS), 200 * MS);
	/* Half of the window before is within the last second. */
	assert_int_equal(pressure_window_grown(&w, 101 * S + S / 2, 7 * S + 250 * MS), 150 * MS);
	/* Who looks after 1.25 s has not seen more stall than there was in one. */
	assert_int_equal(pressure_window_grown(&w, 102 * S + S / 4, 7 * S + 450 * MS), 200 * MS);
	assert_int_equal(pressure_window_grown(&w, 110 * S, 7 * S + 450 * MS), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_course_of_states__is_as_the_plain_way_has_it),
		cmocka_unit_test(jobs_that_run_while_nothing_waits__need_no_settling),
		cmocka_unit_test(a_year_in_a_state__is_all_of_it_and_a_year_out_of_it_is_none),
		cmocka_unit_test(the_end_of_the_clock__is_no_trap),
		cmocka_unit_test(a_time_before_the_last__counts_for_that),
		cmocka_unit_test(a_window__sees_what_grew_in_it),
	};

	return cmocka_run_group_tests_name("pressure", tests, NULL, NULL);
}
