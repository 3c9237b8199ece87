// SPDX-License-Identifier: GPL-2.0-or-later
/* Workers of the service that retire, and who takes their place. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "infer_service_world.h"

/* Its worker has the second device, as the first one has failed; then that may be well again. */
static struct infer_job *ask_for_a_worker_to_retire(uint32_t workers)
{
	struct infer_job *job;

	world_open(workers);
	world.service.policy.sequences = 1;
	infer_fleet_opened(&world.service.fleet, 0);
	infer_fleet_failed(&world.service.fleet, 0, world.now);
	job = world_ask("/a", 1);
	assert_string_equal(world.workers[0].device, "b,c,a");
	world_ready(0, 0);
	return job;
}

static void first_device_is_well(void)
{
	world.now += INFER_FLEET_FIRST_NS;
	for (struct infer_process *p = world.service.workers; p; p = p->next)
		p->heard = world.now;
}

static void a_worker_to_retire_that_loses_its_last_job__is_replaced_once(void **state)
{
	struct infer_job *first = ask_for_a_worker_to_retire(2), *second = world_ask("/a", 1), *other;
	struct infer_worker_ended cancelled = { .id = first->id };
	uint64_t id;

	(void)state;
	other = world_ask("/b", 1);
	first_device_is_well();
	world_drop(first);
	world_say(0, INFER_WORKER_CANCELLED, &cancelled, sizeof(cancelled), NULL);
	assert_int_equal(world.started, 3);
	assert_int_equal(world_told(2, &id), INFER_WORKER_ASK);
	assert_int_equal(id, second->id);
	assert_int_equal(world_told(2, &id), 0);
	world_ready(2, 0);
	world_started(2, second, 1, 1);
	world_token(2, second, "t");
	world_ended(2, second);
	assert_int_equal(second->n_tokens, 1);
	world_drop(second);
	world_drop(other);
}

static void a_worker_without_a_successor__retires_when_it_has_done_its_work(void **state)
{
	struct infer_job *first = ask_for_a_worker_to_retire(1), *second, *third;

	(void)state;
	world.service.policy.sequences = 2;
	first_device_is_well();
	second = world_ask("/a", 1);
	assert_non_null(second->worker);
	assert_int_equal(world.started, 1);
	world_answers(0, first);
	world_answers(0, second);
	third = world_ask("/a", 1);
	assert_false(third->done);
	assert_int_equal(world.started, 2);
	assert_string_equal(world.workers[1].device, "a,b,c");
	world_drop(first);
	world_drop(second);
	world_drop(third);
}

static void who_retires_without_a_client__is_no_room_for_its_successor(void **state)
{
	struct infer_job *first = ask_for_a_worker_to_retire(1), *second;

	(void)state;
	first_device_is_well();
	world_drop(first);
	second = world_ask("/a", 1);
	assert_int_equal(world.started, 1);
	assert_false(world.workers[0].killed);
	assert_null(second->worker);
	world_drop(second);
}

/* Its successor has ended for another agent. */
static void who_has_a_retired_worker__waits_for_its_end(void **state)
{
	struct infer_job *first = ask_for_a_worker_to_retire(2), *second, *third, *other;

	(void)state;
	first_device_is_well();
	second = world_ask("/a", 1);
	assert_int_equal(world.started, 2);
	world_ready(1, 0);
	world_answers(1, second);
	other = world_ask("/b", 1);
	assert_int_equal(world.started, 3);
	third = world_ask("/a", 1);
	assert_false(third->done);
	world_answers(0, first);
	assert_int_equal(world.started, 4);
	assert_string_equal(world.workers[3].device, "a,b,c");
	assert_non_null(third->worker);
	world_drop(first);
	world_drop(second);
	world_drop(third);
	world_drop(other);
}

/* An agent with a worker at rest. */
static void asks_and_is_answered(const char *cgroup, uint32_t worker, uint32_t device)
{
	struct infer_job *job = world_ask(cgroup, 1);

	assert_int_equal(world.started, worker + 1);
	world_ready(worker, device);
	world_answers(worker, job);
	assert_int_equal(job->error.status, 0);
	world_drop(job);
}

static void a_worker_at_rest__stays_where_it_has_no_successor(void **state)
{
	static const int errors[] = { -EBUSY, -EACCES, -ENOMEM, -EAGAIN };
	struct infer_job *jobs[4];

	(void)state;
	world_open(4);
	world.service.policy.sequences = 4;
	asks_and_is_answered("/a", 0, 0);
	infer_fleet_failed(&world.service.fleet, 0, world.now);
	for (int i = 0; i < 4; i++) {
		world.spawn_error = errors[i];
		jobs[i] = world_ask("/a", 1);
		assert_ptr_equal(jobs[i]->worker, world.service.workers);
	}
	assert_int_equal(world.started, 1);
	for (int i = 0; i < 4; i++)
		world_drop(jobs[i]);
}

/* It is not worth a worker that rests to another agent. */
static void a_successor__takes_the_place_of_its_predecessor(void **state)
{
	struct infer_job *job;

	(void)state;
	world_open(2);
	asks_and_is_answered("/b", 0, 0);
	asks_and_is_answered("/a", 1, 0);
	infer_fleet_failed(&world.service.fleet, 0, world.now);
	job = world_ask("/a", 1);
	assert_int_equal(world.started, 3);
	assert_int_equal(world.service.n_workers, 2);
	world_drop(job);
	/* The other's. */
	assert_int_equal(world_told(0, NULL), INFER_WORKER_ASK);
	job = world_ask("/b", 1);
	assert_int_equal(world.started, 4);
	world_drop(job);
}

static void a_device_that_failed__is_tried_by_one_agent(void **state)
{
	static const char *const agents[] = { "/a", "/b", "/c" };
	struct infer_job *tries, *job;

	(void)state;
	world_open(6);
	infer_fleet_opened(&world.service.fleet, 0);
	infer_fleet_failed(&world.service.fleet, 0, world.now);
	for (uint32_t i = 0; i < 3; i++)
		asks_and_is_answered(agents[i], i, 0);
	world_pass(INFER_FLEET_FIRST_NS / INFER_SECOND);
	/* Nobody has asked for anything yet. */
	assert_int_equal(world.service.n_workers, 3);
	tries = world_ask("/a", 1);
	assert_string_equal(world.workers[3].device, "a,b,c");
	for (int i = 1; i < 3; i++) {
		job = world_ask(agents[i], 1);
		assert_int_equal(world.started, 4);
		world_answers((uint32_t)i, job);
		world_drop(job);
	}
	job = world_ask("/d", 1);
	assert_string_equal(world.workers[4].device, "b,c,a");
	world_drop(job);
	world_ready(3, 0);
	world_answers(3, tries);
	world_drop(tries);
	job = world_ask("/b", 1);
	assert_string_equal(world.workers[5].device, "a,b,c");
	world_drop(job);
}

/* It is taken by the first; then it is that one's to try. */
static void a_worker_that_is_kept_ready__is_for_one_agent_that_tries(void **state)
{
	struct infer_job *job, *other;

	(void)state;
	world_open(6);
	infer_fleet_failed(&world.service.fleet, 0, world.now);
	world.now += INFER_FLEET_FIRST_NS;
	world.service.policy.warm = 2;
	for (uint32_t i = 0; i < 2; i++) {
		infer_service_tick(&world.service);
		assert_string_equal(world.workers[i].device, "a,b,c");
		world_ready(i, 0);
	}
	job = world_ask("/a", 1);
	assert_int_equal(world.started, 2);
	other = world_ask("/b", 1);
	assert_int_equal(world.started, 3);
	assert_string_equal(world.workers[2].device, "b,c,a");
	world_drop(job);
	world_drop(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_worker_to_retire_that_loses_its_last_job__is_replaced_once),
		WORLD_TEST(a_worker_without_a_successor__retires_when_it_has_done_its_work),
		WORLD_TEST(who_retires_without_a_client__is_no_room_for_its_successor),
		WORLD_TEST(who_has_a_retired_worker__waits_for_its_end),
		WORLD_TEST(a_worker_at_rest__stays_where_it_has_no_successor),
		WORLD_TEST(a_successor__takes_the_place_of_its_predecessor),
		WORLD_TEST(a_device_that_failed__is_tried_by_one_agent),
		WORLD_TEST(a_worker_that_is_kept_ready__is_for_one_agent_that_tries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
