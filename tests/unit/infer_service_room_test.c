// SPDX-License-Identifier: GPL-2.0-or-later
/* Who makes room for another when all the workers that there may be are at work. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "infer_service_turns.h"

/* At once, though their requests do not end; and who has to go on without one waits. */
static void users_with_more_workers__make_room(void **state)
{
	static const char *const agents[] = { "/a", "/b", "/c", "/d" }, *const theirs[] = { "/x", "/y", "/z" };
	struct infer_job *jobs[4], *more[4], *others[3];

	(void)state;
	world_open(4);
	for (int i = 0; i < 4; i++) {
		jobs[i] = at_work(FIRST, agents[i]);
		pass_at_work(1);
	}
	for (int i = 0; i < 4; i++)
		more[i] = waiting(FIRST, agents[i]);
	for (int i = 0; i < 3; i++)
		others[i] = waiting(SECOND, theirs[i]);
	pass_at_work(5);
	/* Two of four are left it, those that were given last. */
	assert_next(0, jobs[0], others[0]);
	assert_next(1, jobs[1], others[1]);
	world_answers(2, jobs[2]);
	assert_non_null(more[2]->worker);
	assert_int_equal(world.started, 6);
	assert_false(more[0]->done || more[1]->done);
	world_drop(jobs[2]);
	for (int i = 0; i < 3; i++)
		world_drop(others[i]);
	world_drop(jobs[3]);
	for (int i = 0; i < 4; i++)
		world_drop(more[i]);
}

static void the_user_with_most__makes_room(void **state)
{
	static const char *const agents[] = { "/x", "/y", "/a", "/b", "/c" };
	struct infer_job *jobs[5], *more, *other;

	(void)state;
	world_open(5);
	for (int i = 0; i < 5; i++) {
		jobs[i] = at_work(i < 2 ? SECOND : FIRST, agents[i]);
		pass_at_work(1);
	}
	more = waiting(FIRST, "/a");
	other = waiting(THIRD, "/o");
	pass_at_work(1);
	assert_next(2, jobs[2], other);
	world_drop(more);
	world_drop(other);
	for (int i = 0; i < 5; i++)
		if (i != 2)
			world_drop(jobs[i]);
}

static void who_stands_still__makes_room_before_others(void **state)
{
	struct infer_job *a, *b, *x;

	(void)state;
	world_open(2);
	a = at_work(FIRST, "/a");
	pass_at_work(1);
	b = at_work(FIRST, "/b");
	world.workers[1].held = true;
	pass_at_work(5);
	x = waiting(SECOND, "/x");
	pass_at_work(1);
	assert_true(world.workers[1].killed);
	assert_non_null(x->worker);
	world_answers(0, a);
	assert_int_equal(a->error.status, 0);
	world_drop(a);
	world_drop(b);
	world_drop(x);
}

static void users_with_as_many__keep_what_they_have(void **state)
{
	struct infer_job *a, *x, *more, *b;

	(void)state;
	world_open(2);
	a = at_work(FIRST, "/a");
	x = at_work(SECOND, "/x");
	more = waiting(SECOND, "/x");
	b = waiting(FIRST, "/b");
	pass_at_work(3 * TURN);
	world_answers(1, x);
	assert_non_null(more->worker);
	assert_null(b->worker);
	world_drop(x);
	world_drop(more);
	world_drop(a);
	world_drop(b);
}

/* One agent has more to do than ever ends; @user's waits. */
static void take_turns_with(uid_t user)
{
	struct infer_job *first, *more, *b;

	world_open(1);
	first = at_work(FIRST, "/a");
	b = waiting(user, "/b");
	more = waiting(FIRST, "/a");
	pass_at_work(TURN - 1);
	world_answers(0, first);
	assert_null(b->worker);
	assert_non_null(more->worker);
	world_drop(first);
	first = more;
	pass_at_work(1);
	more = waiting(FIRST, "/a");
	assert_next(0, first, b);
	assert_null(more->worker);
	assert_next(1, b, more);
	world_drop(more);
}

static void agents_of_a_user__take_turns(void **state)
{
	(void)state;
	take_turns_with(FIRST);
}

static void the_last_worker_of_all__goes_round(void **state)
{
	(void)state;
	take_turns_with(SECOND);
}

/* It has a token, and stands still; another user's agent waits. */
static struct infer_job *stands_still(struct infer_job **other)
{
	struct infer_job *job;

	world_open(1);
	job = at_work(FIRST, "/a");
	world_started(0, job, 1, 2);
	world_token(0, job, "t");
	*other = waiting(SECOND, "/b");
	world.workers[0].held = true;
	return job;
}

static void who_stands_still__makes_room_and_goes_on_later(void **state)
{
	struct infer_job *other, *job = stands_still(&other);

	(void)state;
	world_pass(TURN - 1);
	assert_false(world.workers[0].killed);
	world_pass(1);
	assert_true(world.workers[0].killed);
	assert_non_null(other->worker);
	assert_null(job->worker);
	world_ready(1, 0);
	assert_next(1, other, job);
	world_started(2, job, 1, 2);
	world_token(2, job, "t");
	world_ended(2, job);
	assert_int_equal(job->error.status, 0);
	assert_int_equal(job->n_tokens, 2);
	/* Nor is anything thought ill of it or its device. */
	assert_int_equal(job->all_deaths, 0);
	assert_int_equal(world.service.fleet.devices[0].suspected_until, 0);
	world_drop(job);
}

static void who_stands_still_for_a_moment__is_let_finish(void **state)
{
	struct infer_job *other, *job = stands_still(&other);

	(void)state;
	world.workers[0].held = false;
	pass_at_work(TURN);
	world.workers[0].held = true;
	/* It is each time it is looked at. */
	for (int i = 0; i < 10; i++) {
		world_say(0, INFER_WORKER_PULSE, NULL, 0, NULL);
		world_pass(1);
	}
	assert_false(world.workers[0].killed);
	world_ended(0, job);
	assert_non_null(other->worker);
	world_drop(job);
	world_drop(other);
}

/* It was to finish what it has, and does not any more. */
static void who_gives_up_its_place_and_stands_still__ends(void **state)
{
	struct infer_job *other, *job = stands_still(&other);

	(void)state;
	world.workers[0].held = false;
	pass_at_work(TURN);
	world.workers[0].held = true;
	world_pass(6);
	assert_true(world.workers[0].killed);
	assert_non_null(other->worker);
	world_drop(job);
	world_drop(other);
}

/* The service was stopped meanwhile, and has yet to read what was said. */
static void who_was_not_listened_to__does_not_stand_still(void **state)
{
	struct infer_job *other, *job = stands_still(&other);

	(void)state;
	world_pass(1);
	assert_int_not_equal(job->worker->kept, 0);
	world.workers[0].held = false;
	world.now += 3600 * INFER_SECOND;
	infer_service_tick(&world.service);
	assert_false(world.workers[0].killed);
	world_ended(0, job);
	assert_int_equal(job->moves, 0);
	assert_non_null(other->worker);
	world_drop(job);
	world_drop(other);
}

static void who_goes_away__makes_room_at_once(void **state)
{
	struct infer_job *a, *x;

	(void)state;
	world_open(1);
	a = at_work(FIRST, "/a");
	x = waiting(SECOND, "/x");
	world_drop(a);
	assert_true(world.workers[0].killed);
	assert_non_null(x->worker);
	world_drop(x);
}

/* Two users have a worker each, and more to do than ever ends; a third one comes. */
static void who_gives_up_its_place__comes_after_whom_it_is_for(void **state)
{
	struct infer_job *a, *more, *x, *c;

	(void)state;
	world_open(2);
	a = at_work(FIRST, "/a");
	pass_at_work(1);
	x = at_work(SECOND, "/x");
	more = waiting(FIRST, "/a");
	c = waiting(THIRD, "/c");
	pass_at_work(TURN);
	assert_next(0, a, c);
	assert_null(more->worker);
	assert_next(1, x, more);
	world_drop(more);
	world_drop(c);
}

/* Its turn is over as well, though another user's agent waits that has to wait on. */
static void who_has_no_right_to_a_place__keeps_nobody_from_theirs(void **state)
{
	struct infer_job *a, *b, *c, *x, *more, *y;

	(void)state;
	world_open(2);
	a = at_work(FIRST, "/a");
	pass_at_work(2);
	x = at_work(SECOND, "/x");
	b = waiting(FIRST, "/b");
	c = waiting(FIRST, "/c");
	y = waiting(SECOND, "/y");
	more = waiting(SECOND, "/x");
	pass_at_work(TURN + 1);
	/* The first place that is free is for who waits longest; the second one's. */
	assert_next(1, x, b);
	assert_null(more->worker);
	assert_next(0, a, y);
	assert_null(c->worker);
	world_drop(c);
	world_drop(more);
	world_drop(b);
	world_drop(y);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(users_with_more_workers__make_room),
		WORLD_TEST(the_user_with_most__makes_room),
		WORLD_TEST(who_stands_still__makes_room_before_others),
		WORLD_TEST(users_with_as_many__keep_what_they_have),
		WORLD_TEST(agents_of_a_user__take_turns),
		WORLD_TEST(the_last_worker_of_all__goes_round),
		WORLD_TEST(who_stands_still__makes_room_and_goes_on_later),
		WORLD_TEST(who_stands_still_for_a_moment__is_let_finish),
		WORLD_TEST(who_gives_up_its_place_and_stands_still__ends),
		WORLD_TEST(who_was_not_listened_to__does_not_stand_still),
		WORLD_TEST(who_goes_away__makes_room_at_once),
		WORLD_TEST(who_gives_up_its_place__comes_after_whom_it_is_for),
		WORLD_TEST(who_has_no_right_to_a_place__keeps_nobody_from_theirs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
