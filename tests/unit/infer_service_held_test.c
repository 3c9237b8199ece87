// SPDX-License-Identifier: GPL-2.0-or-later
/* Workers of the service that say nothing, and which of them hang. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "infer_service_world.h"

static void the_silence_of_one_agents_workers__is_no_device_s(void **state)
{
	struct infer_job *job, *other;

	(void)state;
	world_open(2);
	job = world_ask("/a", 1);
	world_ready(0, 0);
	world_pass(4);
	assert_true(world.workers[0].killed);
	assert_string_equal(world.workers[1].device, "b,c,a");
	other = world_ask("/b", 1);
	assert_string_equal(world.workers[2].device, "a,b,c");
	world_ready(2, 0);
	world_pass(4);
	assert_true(world.workers[2].killed);
	world_drop(other);
	world_drop(job);
	/* Two agents have said so. */
	job = world_ask("/c", 1);
	assert_string_equal(world.workers[world.started - 1].device, "b,c,a");
	world_drop(job);
}

/* A job with a worker that is ready, in a cgroup that can be frozen. */
static struct infer_job *under_way(void)
{
	struct infer_job *job;

	world_open(2);
	job = world_ask(WORLD_FROZEN, 1);
	world_ready(0, 0);
	world_started(0, job, 1, 2);
	return job;
}

/* It goes on where it is, and nobody passes its device over. */
static void assert_not_blamed(struct infer_job *job)
{
	assert_false(world.workers[0].killed);
	world_token(0, job, "t");
	world_ended(0, job);
	assert_int_equal(job->error.status, 0);
	assert_int_equal(job->moves, 0);
	world_drop(job);
	assert_int_equal(world.service.fleet.devices[0].suspected_until, 0);
}

/* It was stopped, and has yet to read what was said meanwhile. */
static void service_that_did_not_look__blames_no_worker(void **state)
{
	struct infer_job *job;

	(void)state;
	world_open(2);
	job = world_ask("/a", 1);
	world_ready(0, 0);
	world_started(0, job, 1, 2);
	world_pass(1);
	world.now += 3600 * INFER_SECOND;
	infer_service_tick(&world.service);
	assert_not_blamed(job);
	/* One that says nothing from then on does hang. */
	job = world_ask("/a", 1);
	world_pass(1);
	world.now += 3600 * INFER_SECOND;
	infer_service_tick(&world.service);
	world_pass(4);
	assert_true(world.workers[world.started - 2].killed);
	world_drop(job);
}

static void a_worker_held_at_the_gate__does_not_hang(void **state)
{
	struct infer_job *job = under_way();

	(void)state;
	world.workers[0].held = true;
	world_pass(600);
	assert_not_blamed(job);
}

/* Which it may be when the time that it has is over. */
static void one_that_was_held_a_moment_ago__has_its_time_still(void **state)
{
	struct infer_job *job = under_way();

	(void)state;
	for (int i = 0; i < 5; i++) {
		world.workers[0].held = true;
		world_pass(1);
		world.workers[0].held = false;
		world_pass(2);
	}
	assert_not_blamed(job);
}

static void one_that_was_held__hangs_as_others_do(void **state)
{
	struct infer_job *job = under_way();

	(void)state;
	world.workers[0].held = true;
	world_pass(600);
	world.workers[0].held = false;
	world_pass(3);
	assert_true(world.workers[0].killed);
	world_drop(job);
}

static void a_worker_held_while_it_opens__is_waited_for(void **state)
{
	struct infer_job *job;

	(void)state;
	world_open(2);
	job = world_ask("/a", 1);
	world.workers[0].held = true;
	world_pass(600);
	assert_false(world.workers[0].killed);
	world_drop(job);
}

static void a_frozen_worker__does_not_hang(void **state)
{
	struct infer_job *job = under_way();

	(void)state;
	world.frozen = true;
	world_pass(600);
	world.frozen = false;
	world_pass(1);
	assert_not_blamed(job);
}

static void no_worker__is_born_in_a_frozen_cgroup(void **state)
{
	struct infer_job *job, *other;

	(void)state;
	world_open(2);
	world.frozen = true;
	job = world_ask(WORLD_FROZEN, 1);
	other = world_ask(WORLD_FROZEN, 1);
	world_pass(5);
	assert_int_equal(world.started, 0);
	assert_false(job->done);
	world_drop(job);
	world.frozen = false;
	world_pass(1);
	assert_int_equal(world.started, 1);
	assert_non_null(other->worker);
	world_drop(other);
}

static void requests_that_wait_for_a_thaw__end_with_the_service(void **state)
{
	struct infer_job *job;

	(void)state;
	world_open(2);
	world.frozen = true;
	job = world_ask(WORLD_FROZEN, 1);
	infer_service_close(&world.service);
	assert_int_equal(job->error.status, 503);
	assert_null(world.service.agents);
	world_drop(job);
}

static void requests_to_a_frozen_cgroup__go_away_without_a_trace(void **state)
{
	(void)state;
	world_open(2);
	world.frozen = true;
	world_drop(world_ask(WORLD_FROZEN, 1));
	assert_null(world.service.agents);
}

/* Who waits for another worker's place, which there is; for /b. */
static void assert_place_is_had(void)
{
	struct infer_job *other = world_ask("/b", 1);

	assert_true(world.workers[0].killed);
	assert_int_equal(world.started, 2);
	assert_non_null(other->worker);
	world_drop(other);
}

static void a_frozen_worker_whose_client_is_gone__keeps_no_place(void **state)
{
	struct infer_job *job = under_way();

	(void)state;
	world.service.policy.workers = 1;
	world.frozen = true;
	world_drop(job);
	world_pass(600);
	assert_false(world.workers[0].killed);
	assert_place_is_had();
}

static void a_held_worker_whose_client_is_gone__keeps_no_place(void **state)
{
	struct infer_job *job = under_way();

	(void)state;
	world.service.policy.workers = 1;
	world.workers[0].held = true;
	world_drop(job);
	world_pass(600);
	assert_place_is_had();
}

static void a_held_worker_with_a_client_that_is_left__keeps_its_place(void **state)
{
	struct infer_job *gone = under_way(), *job = world_ask(WORLD_FROZEN, 1), *other;

	(void)state;
	world.service.policy.workers = 1;
	world.workers[0].held = true;
	world_drop(gone);
	other = world_ask("/b", 1);
	world_pass(20);
	assert_null(other->worker);
	world.workers[0].held = false;
	world_started(0, job, 1, 2);
	assert_not_blamed(job);
	world_drop(other);
}

/* Though they have rested for less long. */
static void end_those_at_rest_before(uint32_t gone)
{
	struct infer_job *jobs[2], *other;

	world_open(2);
	jobs[0] = world_ask("/a", 1);
	jobs[1] = world_ask("/b", 1);
	world_ready(0, 0);
	world_ready(1, 0);
	world.workers[gone].held = true;
	world_drop(jobs[gone]);
	world_pass(1);
	world_answers(!gone, jobs[!gone]);
	world_drop(jobs[!gone]);
	other = world_ask("/c", 1);
	assert_int_equal(world.started, 3);
	assert_int_equal(world.service.n_workers, 2);
	assert_false(world.workers[gone].killed);
	world_drop(other);
}

static void those_at_rest__end_before_those_whose_clients_are_gone(void **state)
{
	(void)state;
	end_those_at_rest_before(0);
	world_close();
	end_those_at_rest_before(1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(the_silence_of_one_agents_workers__is_no_device_s),
		WORLD_TEST(service_that_did_not_look__blames_no_worker),
		WORLD_TEST(a_worker_held_at_the_gate__does_not_hang),
		WORLD_TEST(one_that_was_held_a_moment_ago__has_its_time_still),
		WORLD_TEST(one_that_was_held__hangs_as_others_do),
		WORLD_TEST(a_worker_held_while_it_opens__is_waited_for),
		WORLD_TEST(a_frozen_worker__does_not_hang),
		WORLD_TEST(no_worker__is_born_in_a_frozen_cgroup),
		WORLD_TEST(requests_that_wait_for_a_thaw__end_with_the_service),
		WORLD_TEST(requests_to_a_frozen_cgroup__go_away_without_a_trace),
		WORLD_TEST(a_frozen_worker_whose_client_is_gone__keeps_no_place),
		WORLD_TEST(a_held_worker_whose_client_is_gone__keeps_no_place),
		WORLD_TEST(a_held_worker_with_a_client_that_is_left__keeps_its_place),
		WORLD_TEST(those_at_rest__end_before_those_whose_clients_are_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
