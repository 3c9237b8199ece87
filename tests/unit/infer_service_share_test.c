// SPDX-License-Identifier: GPL-2.0-or-later
/* Whose turn it is when all the workers that there may be are at work. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "infer_service_turns.h"

static void users_with_fewer_workers__come_first(void **state)
{
	struct infer_job *a, *b, *c, *d, *x, *y;

	(void)state;
	world_open(4);
	a = at_work(FIRST, "/a");
	b = at_work(FIRST, "/b");
	c = at_work(FIRST, "/c");
	/* Though it was given one last. */
	x = at_work(SECOND, "/x");
	d = waiting(FIRST, "/d");
	y = waiting(SECOND, "/y");
	assert_next(0, a, y);
	assert_null(d->worker);
	assert_next(1, b, d);
	world_drop(c);
	world_drop(d);
	world_drop(x);
	world_drop(y);
}

static void users__take_turns(void **state)
{
	struct infer_job *a, *b, *c, *x, *y;

	(void)state;
	world_open(1);
	a = at_work(FIRST, "/a");
	b = waiting(FIRST, "/b");
	c = waiting(FIRST, "/c");
	x = waiting(SECOND, "/x");
	y = waiting(SECOND, "/y");
	assert_next(0, a, x);
	assert_next(1, x, b);
	assert_next(2, b, y);
	assert_next(3, y, c);
	world_drop(c);
}

/* Who has had nothing yet comes before who was served, though that one's next waits for longer. */
static void who_comes_anew__does_not_wait_for_all_of_anothers(void **state)
{
	struct infer_job *a, *b, *c, *x;

	(void)state;
	world_open(1);
	a = at_work(FIRST, "/a");
	x = waiting(SECOND, "/x");
	b = waiting(FIRST, "/b");
	c = waiting(THIRD, "/c");
	assert_next(0, a, x);
	assert_next(1, x, c);
	assert_next(2, c, b);
	world_drop(b);
}

/* Each of its requests is its first. */
static void who_comes_and_goes__does_not_pass_who_waits(void **state)
{
	struct infer_job *a, *c, *d, *x, *again;

	(void)state;
	world_open(1);
	a = at_work(FIRST, "/a");
	c = waiting(THIRD, "/c");
	d = waiting(THIRD, "/d");
	assert_next(0, a, c);
	x = waiting(SECOND, "/x");
	assert_next(1, c, x);
	again = waiting(FIRST, "/a");
	assert_next(2, x, d);
	assert_next(3, d, again);
	world_drop(again);
}

static void frozen_agents__keep_no_turn(void **state)
{
	struct infer_job *a, *b, *frozen;

	(void)state;
	world_open(1);
	a = at_work(FIRST, "/a");
	frozen = waiting(SECOND, WORLD_FROZEN);
	b = waiting(FIRST, "/b");
	world.frozen = true;
	assert_next(0, a, b);
	assert_null(frozen->worker);
	world.frozen = false;
	world_pass(1);
	assert_next(1, b, frozen);
	world_drop(frozen);
}

/* One that waits because of what it holds itself does not keep others from a place. */
static void who_waits_for_its_own_cgroup__keeps_no_turn(void **state)
{
	struct infer_job *a, *x;

	(void)state;
	world_open(2);
	a = at_work(FIRST, "/a");
	world.spawn_error = -EAGAIN;
	world_dies(0);
	assert_null(a->worker);
	assert_false(a->done);
	assert_int_equal(a->agent->waits, 0);
	world.spawn_error = 0;
	x = world_ask_as(FIRST, "/x", 1);
	assert_non_null(x->worker);
	world_drop(a);
	world_drop(x);
}

/* Whose worker gives up its place, and holds what the cgroup has until it ends. */
static void who_waits_for_its_own_worker__is_not_refused(void **state)
{
	struct infer_job *first, *more, *b, *x;

	(void)state;
	world_open(2);
	first = at_work(FIRST, "/a");
	x = at_work(SECOND, "/x");
	b = waiting(FIRST, "/b");
	pass_at_work(TURN);
	more = waiting(FIRST, "/a");
	world_drop(b);
	world.spawn_error = -EAGAIN;
	world_answers(1, x);
	world_drop(x);
	assert_int_equal(world.service.n_workers, 1);
	assert_false(more->done);
	world.spawn_error = 0;
	world_answers(0, first);
	assert_non_null(more->worker);
	world_drop(first);
	world_drop(more);
}

static void who_goes_away__waits_no_more(void **state)
{
	struct infer_job *a, *b, *x;

	(void)state;
	world_open(1);
	a = at_work(FIRST, "/a");
	x = waiting(SECOND, "/x");
	b = waiting(FIRST, "/b");
	world_drop(x);
	assert_next(0, a, b);
	world_drop(b);
}

/* It has a worker that gives up its place, so it is there still. */
static void an_agent_whose_client_goes_away__waits_no_more(void **state)
{
	struct infer_job *first, *more, *b;

	(void)state;
	world_open(1);
	first = at_work(FIRST, "/a");
	b = waiting(FIRST, "/b");
	pass_at_work(TURN);
	more = waiting(FIRST, "/a");
	assert_int_not_equal(first->agent->waits, 0);
	world_drop(more);
	assert_int_equal(first->agent->waits, 0);
	assert_next(0, first, b);
	world_drop(b);
}

static void who_waits__is_told_of_the_end(void **state)
{
	struct infer_job *a, *x;

	(void)state;
	world_open(1);
	a = at_work(FIRST, "/a");
	x = waiting(SECOND, "/x");
	infer_service_close(&world.service);
	assert_int_equal(x->error.status, 503);
	assert_null(world.service.agents);
	assert_null(world.service.users);
	world_drop(a);
	world_drop(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(users_with_fewer_workers__come_first),
		WORLD_TEST(users__take_turns),
		WORLD_TEST(who_comes_anew__does_not_wait_for_all_of_anothers),
		WORLD_TEST(who_comes_and_goes__does_not_pass_who_waits),
		WORLD_TEST(frozen_agents__keep_no_turn),
		WORLD_TEST(who_waits_for_its_own_cgroup__keeps_no_turn),
		WORLD_TEST(who_waits_for_its_own_worker__is_not_refused),
		WORLD_TEST(who_goes_away__waits_no_more),
		WORLD_TEST(an_agent_whose_client_goes_away__waits_no_more),
		WORLD_TEST(who_waits__is_told_of_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
