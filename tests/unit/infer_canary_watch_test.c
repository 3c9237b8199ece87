// SPDX-License-Identifier: GPL-2.0-or-later
/* What the canary does when, by a clock of the test's. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "canary_watch.h"

#define S UINT64_C(1000000000)
#define MS UINT64_C(1000000)
#define US UINT64_C(1000)

static struct infer_canary_watch watch;
static uint64_t now;

static int setup(void **state)
{
	(void)state;
	now = 100 * S;
	infer_canary_watch_begin(&watch, S, 0.001, now);
	return 0;
}

static void act_is(enum infer_canary_act act)
{
	assert_int_equal(infer_canary_watch_act(&watch, now), act);
}

/* Nothing is due before, and @act then. */
static void due_is(uint64_t at, enum infer_canary_act act)
{
	assert_true(watch.due_ns == at);
	now = at - 1;
	act_is(INFER_CANARY_WAIT);
	now = at;
	act_is(act);
}

static void open_child(void)
{
	now = watch.due_ns;
	act_is(INFER_CANARY_START);
	infer_canary_watch_started(&watch, now);
	now += 100 * MS;
	infer_canary_watch_ready(&watch, now);
}

static void run(uint64_t took_ns, uint64_t cost_ns)
{
	now = watch.due_ns;
	act_is(INFER_CANARY_ASK);
	now += took_ns;
	infer_canary_watch_answered(&watch, cost_ns, now);
}

static void runs__begin_a_period_apart_however_long_each_takes(void **state)
{
	uint64_t first;

	(void)state;
	open_child();
	first = now;
	for (uint64_t i = 0; i < 100; i++) {
		assert_true(watch.due_ns == first + i * S);
		run((i % 7) * 10 * MS, 500 * US);
	}
}

static void costly_runs__are_made_rarer_to_keep_the_duty(void **state)
{
	(void)state;
	open_child();
	for (int i = 0; i < 5; i++)
		run(5 * MS, 4 * MS);
	assert_true(infer_canary_watch_period(&watch) == 4 * S);
	assert_true(fabs(infer_canary_watch_duty(&watch) - 0.001) < 1e-9);
	/* One that was slow for once is not what they cost. */
	run(500 * MS, 400 * MS);
	assert_true(infer_canary_watch_period(&watch) == 4 * S);
	for (unsigned int i = 0; i < INFER_CANARY_PAST; i++)
		run(MS, 100 * US);
	assert_true(infer_canary_watch_period(&watch) == S);
	assert_true(fabs(infer_canary_watch_duty(&watch) - 0.0001) < 1e-9);
}

static void deadline__is_twenty_medians_but_two_seconds_at_least(void **state)
{
	(void)state;
	open_child();
	assert_true(infer_canary_watch_deadline(&watch) == 2 * S);
	for (int i = 0; i < 5; i++)
		run(50 * MS, 50 * US);
	assert_true(infer_canary_watch_deadline(&watch) == 2 * S);
	for (int i = 0; i < 30; i++)
		run(300 * MS, 50 * US);
	assert_true(infer_canary_watch_deadline(&watch) == 6 * S);
	now = watch.due_ns;
	act_is(INFER_CANARY_ASK);
	due_is(now + 6 * S, INFER_CANARY_KILL);
}

static void child_that_hangs__is_killed_at_its_deadline_and_started_anew_when_gone(void **state)
{
	(void)state;
	open_child();
	run(MS, US);
	now = watch.due_ns;
	act_is(INFER_CANARY_ASK);
	due_is(now + 2 * S, INFER_CANARY_KILL);
	now += 20 * MS;
	infer_canary_watch_gone(&watch, now);
	due_is(now + S, INFER_CANARY_START);
}

/* As after a pause of the cgroup that both are in. */
static void child_that_was_kept_from_answering__is_given_its_time_anew(void **state)
{
	(void)state;
	act_is(INFER_CANARY_START);
	infer_canary_watch_started(&watch, now);
	now += 3600 * S;
	act_is(INFER_CANARY_WAIT);
	infer_canary_watch_ready(&watch, now);
	act_is(INFER_CANARY_ASK);
	now += 3600 * S;
	act_is(INFER_CANARY_WAIT);
	due_is(now + 2 * S, INFER_CANARY_KILL);
}

static void child_that_never_opens__is_killed(void **state)
{
	(void)state;
	act_is(INFER_CANARY_START);
	infer_canary_watch_started(&watch, now);
	due_is(now + 60 * S, INFER_CANARY_KILL);
}

static void killed_child_that_does_not_go__fails_each_period_and_has_no_successor(void **state)
{
	(void)state;
	open_child();
	now = watch.due_ns;
	act_is(INFER_CANARY_ASK);
	due_is(now + 2 * S, INFER_CANARY_KILL);
	for (int i = 0; i < 100; i++)
		due_is(now + S, INFER_CANARY_STUCK);
	infer_canary_watch_gone(&watch, now);
	due_is(now + S, INFER_CANARY_START);
}

static void answer_after_the_kill__is_none(void **state)
{
	(void)state;
	open_child();
	now = watch.due_ns;
	act_is(INFER_CANARY_ASK);
	now = watch.due_ns;
	act_is(INFER_CANARY_KILL);
	infer_canary_watch_answered(&watch, 1, now);
	infer_canary_watch_ready(&watch, now);
	assert_int_equal(watch.state, INFER_CANARY_DYING);
	assert_int_equal(watch.past, 0);
}

static void child_that_fails_again_and_again__is_started_ever_more_rarely(void **state)
{
	static const uint64_t rests[] = { 1, 2, 4, 8, 16, 32, 60, 60, 60 };

	(void)state;
	for (size_t i = 0; i < sizeof(rests) / sizeof(rests[0]); i++) {
		now = watch.due_ns;
		act_is(INFER_CANARY_START);
		infer_canary_watch_started(&watch, now);
		infer_canary_watch_gone(&watch, now);
		assert_true(watch.due_ns == now + rests[i] * S);
	}
	/* Nine runs are not yet well, ten are. */
	open_child();
	for (int i = 0; i < 9; i++)
		run(MS, US);
	infer_canary_watch_gone(&watch, now);
	assert_true(watch.due_ns == now + 60 * S);
	open_child();
	for (int i = 0; i < 10; i++)
		run(MS, US);
	infer_canary_watch_gone(&watch, now);
	assert_true(watch.due_ns == now + S);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(runs__begin_a_period_apart_however_long_each_takes),
		TEST(costly_runs__are_made_rarer_to_keep_the_duty),
		TEST(deadline__is_twenty_medians_but_two_seconds_at_least),
		TEST(child_that_hangs__is_killed_at_its_deadline_and_started_anew_when_gone),
		TEST(child_that_was_kept_from_answering__is_given_its_time_anew),
		TEST(child_that_never_opens__is_killed),
		TEST(killed_child_that_does_not_go__fails_each_period_and_has_no_successor),
		TEST(answer_after_the_kill__is_none),
		TEST(child_that_fails_again_and_again__is_started_ever_more_rarely),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
