// SPDX-License-Identifier: GPL-2.0-or-later
/* Which device the service has a request computed on, and which worker for that. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "infer_service_world.h"

/* A job of an agent, which has a worker that is ready on the first device. */
static struct infer_job *begin(void)
{
	struct infer_job *job;

	world_open(4);
	job = world_ask("/a", 1);
	world_ready(0, 0);
	return job;
}

/* A job of another agent, whose worker finds that this device fails, and goes on on the next. */
static struct infer_job *fails_elsewhere(void)
{
	struct infer_job *job = world_ask("/b", 1);

	world_ready(1, 0);
	world_moves(1, 1);
	return job;
}

/* Whatever it does to its own workers. */
static void one_agent__makes_no_device_fail_for_others(void **state)
{
	struct infer_job *job, *other;

	(void)state;
	world_open(2);
	job = world_ask("/a", 1);
	for (uint32_t i = 0; i < 3; i++) {
		/* The last attempt is on another device. */
		assert_string_equal(world.workers[i].device, i < 2 ? "a,b,c" : "b,c,a");
		world_ready(i, 0);
		world_dies(i);
	}
	assert_int_equal(job->error.status, 500);
	/* Which may have failed for the agent's own reasons. */
	world_drop(world_ask("/a", 1));
	assert_string_equal(world.workers[3].device, "b,c,a");
	other = world_ask("/b", 1);
	assert_string_equal(world.workers[4].device, "a,b,c");
	world_drop(job);
	world_drop(other);
}

static void a_device_hangs_under_a_job__once(void **state)
{
	struct infer_job *job;

	(void)state;
	world_open(4);
	/* They are tried again before the job has been through all. */
	world.service.fleet.first_ns = 1;
	job = world_ask("/a", 1);
	for (uint32_t i = 0; i < 3; i++) {
		static const char *const orders[] = { "a,b,c", "b,c,a", "c,a,b" };

		assert_string_equal(world.workers[i].device, orders[i]);
		world_ready(i, 0);
		world_hangs(i);
		assert_true(world.workers[i].killed);
		world_pass(1);
	}
	/* It goes round once more, and then it has been enough. */
	for (uint32_t i = 3; i < 6; i++) {
		assert_false(job->done);
		world_dies(i);
	}
	assert_int_equal(job->error.status, 500);
	world_drop(job);
}

static void what_one_agents_workers_cannot_open__is_not_lost_to_others(void **state)
{
	struct infer_job *job, *other;

	(void)state;
	world_open(4);
	job = world_ask("/a", 1);
	world_ready(0, 1);
	other = world_ask("/b", 1);
	assert_string_equal(world.workers[1].device, "a,b,c");
	world_drop(other);
	/* Of the one that it has used it is believed; of the one it could not open it is silent. */
	world_moves(0, 2);
	other = world_ask("/c", 1);
	assert_string_equal(world.workers[2].device, "a,c,b");
	world_drop(other);
	world_drop(job);
}

static void what_one_agents_workers_find_nothing_in__is_there_for_others(void **state)
{
	struct infer_job *job;

	(void)state;
	world_open(4);
	job = world_ask("/a", 1);
	world_say(0, INFER_WORKER_NONE, NULL, 0, "no memory");
	assert_string_equal(job->error.code, "no_device");
	world_drop(job);
	job = world_ask("/b", 1);
	world_ready(1, 0);
	/* A device that really fails. */
	world_moves(1, 1);
	world_drop(job);
	job = world_ask("/c", 1);
	assert_string_equal(world.workers[2].device, "b,c,a");
	/* What has had one, and has none any more, is believed. */
	world_ready(2, 0);
	world_say(2, INFER_WORKER_NONE, NULL, 0, "all are lost");
	world_drop(job);
	for (uint32_t i = 0; i < 3; i++)
		assert_true(world.service.fleet.devices[i].until > world.now);
}

/* The worker has been on its second device since, and says nothing of the first. */
static void device_that_is_well_again__does_not_fail_with_one_after_it(void **state)
{
	struct infer_job *job, *other;

	(void)state;
	job = begin();
	world.service.fleet.first_ns = 1;
	world_moves(0, 1);
	assert_true(world.service.fleet.devices[0].until > world.now);
	world_pass(1);
	other = world_ask("/b", 1);
	assert_string_equal(world.workers[1].device, "a,b,c");
	world_ready(1, 0);
	world_started(1, other, 1, 1);
	world_ended(1, other);
	world_drop(other);
	world_moves(0, 2);
	assert_true(world.service.fleet.devices[0].until <= world.now);
	assert_true(world.service.fleet.devices[1].until > world.now);
	world_drop(job);
}

/* One that another job has on it, where it itself may not be again. */
static void a_job_that_hung_on_a_device__is_not_given_its_agents_next_worker_there(void **state)
{
	struct infer_job *first, *second, *third;

	(void)state;
	world_open(4);
	world.service.fleet.first_ns = 1;
	first = world_ask("/a", 1);
	second = world_ask("/a", 1);
	world_ready(0, 0);
	world_hangs(0);
	world_pass(1);
	assert_ptr_equal(first->worker, world.service.workers);
	assert_null(second->worker);
	assert_string_equal(world.workers[1].device, "b,c,a");
	world_ready(1, 0);
	world_answers(1, first);
	/* It is not left for the device that it is to avoid, either. */
	assert_int_equal(world.started, 2);
	assert_ptr_equal(second->worker, world.service.workers);
	third = world_ask("/a", 1);
	assert_string_equal(world.workers[2].device, "a,b,c");
	world_ready(2, 0);
	world_dies(1);
	assert_int_equal(world.started, 4);
	assert_string_equal(world.workers[3].device, "b,c,a");
	assert_ptr_equal(second->worker, world.service.workers);
	world_drop(first);
	world_drop(second);
	world_drop(third);
}

/* By the place that its worker has told; what it has begun it ends. */
static void new_requests__leave_a_device_that_is_ill(void **state)
{
	struct infer_worker_device ready = { .name = "played", .place = "1c00000.gpu-of-a-board" };
	struct infer_job *first, *second, *third;

	(void)state;
	world_open(4);
	first = world_ask("/a", 1);
	world_say(0, INFER_WORKER_READY, &ready, sizeof(ready), NULL);
	assert_true(infer_fleet_heard(&world.service.fleet, "1c00000.gpu-of-a-board", UINT64_MAX, world.now));
	second = world_ask("/a", 1);
	assert_string_equal(world.workers[1].device, "b,c,a");
	world_answers(0, first);
	assert_int_equal(first->moves, 0);
	world_ready(1, 0);
	world_answers(1, second);
	infer_fleet_heard(&world.service.fleet, "1c00000.gpu-of-a-board", 0, world.now);
	third = world_ask("/a", 1);
	assert_string_equal(world.workers[2].device, "a,b,c");
	world_drop(first);
	world_drop(second);
	world_drop(third);
}

/* Its own device works for it still, but another agent's worker has found that it fails. */
static void an_idle_worker__leaves_a_device_that_fails_elsewhere(void **state)
{
	struct infer_job *first, *other, *second;

	(void)state;
	first = begin();
	world_answers(0, first);
	other = fails_elsewhere();
	second = world_ask("/a", 1);
	assert_int_equal(world_told(0, NULL), INFER_WORKER_ASK);
	assert_int_equal(world_told(0, NULL), 0);
	assert_string_equal(world.workers[2].device, "b,c,a");
	assert_int_equal(world_told(2, NULL), INFER_WORKER_ASK);
	world_drop(first);
	world_drop(second);
	world_drop(other);
}

static void a_worker_at_work__ends_it_on_a_device_that_fails_elsewhere(void **state)
{
	struct infer_job *first, *other, *second;

	(void)state;
	first = begin();
	other = fails_elsewhere();
	second = world_ask("/a", 1);
	assert_string_equal(world.workers[2].device, "b,c,a");
	world_answers(0, first);
	assert_true(first->done);
	assert_int_equal(first->moves, 0);
	assert_int_equal(world_told(2, NULL), INFER_WORKER_ASK);
	world_drop(first);
	world_drop(second);
	world_drop(other);
}

static void a_worker_that_is_kept_ready__leaves_a_device_that_failed(void **state)
{
	struct infer_job *job, *other;

	(void)state;
	world_open(4);
	world.service.policy.warm = 1;
	infer_service_tick(&world.service);
	world_ready(0, 0);
	job = world_ask("/a", 1);
	infer_service_tick(&world.service);
	world_ready(1, 0);
	world_moves(0, 1);
	/* Before the next tick. */
	other = world_ask("/b", 1);
	assert_string_equal(world.workers[2].cgroup, "/b");
	assert_string_equal(world.workers[2].device, "b,c,a");
	world_ready(2, 0);
	/* It is a while until the next one. */
	for (int i = 0; i < 7; i++) {
		world_say(0, INFER_WORKER_PULSE, NULL, 0, NULL);
		world_say(2, INFER_WORKER_PULSE, NULL, 0, NULL);
		world_pass(1);
	}
	assert_string_equal(world.workers[3].cgroup, "");
	assert_string_equal(world.workers[3].device, "b,c,a");
	world_drop(other);
	world_drop(job);
}

static void a_worker_that_is_ready_on_a_suspected_device__is_passed_over(void **state)
{
	struct infer_job *job;

	(void)state;
	job = begin();
	world.service.policy.warm = 1;
	for (uint32_t i = 0; i < 2; i++) {
		infer_service_tick(&world.service);
		assert_string_equal(world.workers[i + 1].cgroup, "");
		world_ready(i + 1, 0);
		world_dies(i);
	}
	assert_string_equal(world.workers[1].cgroup, "/a");
	assert_string_equal(world.workers[2].cgroup, "");
	assert_string_equal(world.workers[3].cgroup, "/a");
	assert_string_equal(world.workers[3].device, "b,c,a");
	world_drop(job);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(one_agent__makes_no_device_fail_for_others),
		WORLD_TEST(a_device_hangs_under_a_job__once),
		WORLD_TEST(what_one_agents_workers_cannot_open__is_not_lost_to_others),
		WORLD_TEST(what_one_agents_workers_find_nothing_in__is_there_for_others),
		WORLD_TEST(device_that_is_well_again__does_not_fail_with_one_after_it),
		WORLD_TEST(a_job_that_hung_on_a_device__is_not_given_its_agents_next_worker_there),
		WORLD_TEST(new_requests__leave_a_device_that_is_ill),
		WORLD_TEST(an_idle_worker__leaves_a_device_that_fails_elsewhere),
		WORLD_TEST(a_worker_at_work__ends_it_on_a_device_that_fails_elsewhere),
		WORLD_TEST(a_worker_that_is_kept_ready__leaves_a_device_that_failed),
		WORLD_TEST(a_worker_that_is_ready_on_a_suspected_device__is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
