// SPDX-License-Identifier: GPL-2.0-or-later
/* Jobs, agents and workers of the service, whatever workers do. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "infer_service_world.h"

static void a_job__goes_to_a_worker_and_ends(void **state)
{
	struct infer_job *job;
	uint64_t id;

	(void)state;
	world_open(2);
	job = world_ask("/a", 1);
	assert_int_equal(world.started, 1);
	assert_string_equal(world.workers[0].cgroup, "/a");
	world_ready(0, 0);
	assert_int_equal(world_told(0, &id), INFER_WORKER_ASK);
	assert_int_equal(id, job->id);
	world_started(0, job, 3, 2);
	world_token(0, job, "t");
	world_ended(0, job);
	assert_true(job->done);
	assert_int_equal(job->error.status, 0);
	assert_int_equal(job->n_tokens, 1);
	world_drop(job);
}

static void a_worker__has_the_files_that_the_service_began_with(void **state)
{
	(void)state;
	world_open(1);
	world.service.policy.files = 1024;
	world_drop(world_ask("/a", 1));
	assert_int_equal(world.workers[0].files, 1024);
}

/* It has never read a byte, and its jobs are given up one after the other. */
static void a_worker_that_answers_no_cancel__hangs(void **state)
{
	(void)state;
	world_open(1);
	world.service.policy.sequences = 100;
	world_drop(world_ask("/a", 1));
	world_ready(0, 0);
	for (int i = 0; i < 5; i++) {
		struct infer_job *job = world_ask("/a", 1);

		world_pass(1);
		world_drop(job);
	}
	assert_true(world.workers[0].killed);
}

/* Nobody asks it anything more: it is waited for all the same. */
static void a_worker_that_owes_an_answer__hangs_without_a_job(void **state)
{
	struct infer_job *job;

	(void)state;
	world_open(1);
	job = world_ask("/a", 1);
	world_ready(0, 0);
	world_drop(job);
	world_pass(5);
	assert_true(world.workers[0].killed);
}

static void what_is_cancelled__is_kept_for_no_more_than_a_worker_computes(void **state)
{
	struct infer_job *jobs[20];
	uint32_t asks = 0;
	int kind;

	(void)state;
	world_open(1);
	for (int i = 0; i < 20; i++) {
		jobs[i] = world_ask("/a", 1 << 20);
		world_drop(jobs[i]);
	}
	world_ready(0, 0);
	/* It reads, and answers nothing. */
	while ((kind = world_told(0, NULL)))
		asks += kind == INFER_WORKER_ASK;
	assert_int_equal(asks, world.service.policy.sequences);
}

static void a_cancel_that_is_answered__makes_room(void **state)
{
	struct infer_worker_ended cancelled = { 0 };
	struct infer_job *jobs[3];

	(void)state;
	world_open(1);
	for (int i = 0; i < 3; i++)
		jobs[i] = world_ask("/a", 1);
	world_ready(0, 0);
	cancelled.id = jobs[0]->id;
	world_drop(jobs[0]);
	assert_null(jobs[2]->worker);
	world_say(0, INFER_WORKER_CANCELLED, &cancelled, sizeof(cancelled), NULL);
	assert_non_null(jobs[2]->worker);
	/* One that nobody waits for is none. */
	world_say(0, INFER_WORKER_CANCELLED, &cancelled, sizeof(cancelled), NULL);
	assert_true(world.workers[0].killed);
	world_drop(jobs[1]);
	world_drop(jobs[2]);
}

static void a_worker_at_rest__is_not_said_to_hang(void **state)
{
	struct infer_worker_ended cancelled = { 0 };
	struct infer_job *job;

	(void)state;
	world_open(1);
	job = world_ask("/a", 1);
	cancelled.id = job->id;
	world_ready(0, 0);
	world_drop(job);
	world_say(0, INFER_WORKER_CANCELLED, &cancelled, sizeof(cancelled), NULL);
	world_pass(30);
	job = world_ask("/a", 1);
	world_pass(1);
	assert_false(world.workers[0].killed);
	world_drop(job);
}

/* A job with a worker that is ready; it is told that @n_prompt and @most, 0: nothing. */
static struct infer_job *started(uint32_t n_prompt, uint32_t most)
{
	struct infer_job *job;

	world_open(1);
	job = world_ask("/a", 1);
	world_ready(0, 0);
	if (most)
		world_started(0, job, n_prompt, most);
	return job;
}

static void more_than_the_context__is_not_believed(void **state)
{
	struct infer_job *job = started(40, 60);

	(void)state;
	assert_false(world.workers[0].killed);
	world_started(0, job, 41, 60);
	assert_true(world.workers[0].killed);
	world_drop(job);
	world_close();
	job = started(1, UINT32_MAX);
	assert_true(world.workers[0].killed);
	world_drop(job);
	world_close();
	job = started(1, 0);
	world_started(0, job, 1, 0);
	assert_true(world.workers[0].killed);
	world_drop(job);
}

static void tokens_before_the_first_and_after_the_last__are_not_believed(void **state)
{
	struct infer_job *job = started(1, 0);

	(void)state;
	world_token(0, job, "t");
	assert_true(world.workers[0].killed);
	world_drop(job);
	world_close();
	job = started(1, 2);
	world_token(0, job, "t");
	world_token(0, job, "t");
	assert_false(world.workers[0].killed);
	world_token(0, job, "t");
	assert_true(world.workers[0].killed);
	assert_int_equal(job->n_tokens, 2);
	world_drop(job);
}

static void an_end_before_the_beginning__is_not_believed(void **state)
{
	struct infer_job *job = started(1, 0);

	(void)state;
	world_ended(0, job);
	assert_true(world.workers[0].killed);
	assert_false(job->done);
	world_drop(job);
}

static void texts_no_token_has__are_not_believed(void **state)
{
	struct infer_worker_ended ended = { .why = INFER_END_STOP };
	struct infer_job *job = started(1, 9);
	char text[8192] = "";

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	world_token(0, job, text);
	assert_true(world.workers[0].killed);
	world_drop(job);
	world_close();
	job = started(1, 9);
	ended.id = job->id;
	world_say(0, INFER_WORKER_ENDED, &ended, sizeof(ended), text);
	assert_true(world.workers[0].killed);
	world_drop(job);
	world_close();
	/* A stop string that was held back, and bytes that are no characters. */
	job = started(1, 9);
	text[INFER_ASK_STOP_LENGTH + 3 * 256] = '\0';
	world_token(0, job, text);
	assert_false(world.workers[0].killed);
	world_drop(job);
}

static void why_there_is_no_worker__is_told(void **state)
{
	struct infer_job *job;

	(void)state;
	world_open(1);
	world.spawn_error = -EBUSY;
	job = world_ask("/a", 1);
	assert_int_equal(job->error.status, 503);
	assert_non_null(strstr(job->error.message, "cgroup /a: it has cgroups below it"));
	world_drop(job);
}

/* In spite of SIGKILL: of those there are not to be more and more. */
static void workers_that_do_not_end__are_not_without_bound(void **state)
{
	struct infer_job *job;

	(void)state;
	world_open(1);
	world.lingers = true;
	for (uint32_t i = 0; i < 4; i++) {
		job = world_ask("/a", 1);
		assert_int_equal(job->error.status, 0);
		world_drop(job);
		world_dies(i);
	}
	job = world_ask("/a", 1);
	assert_int_equal(job->error.status, 503);
	assert_non_null(strstr(job->error.message, "4 that were killed have not ended"));
	world_drop(job);
}

static void a_cgroup_that_is_full__is_told_unless_what_fills_it_ends(void **state)
{
	struct infer_job *job;

	(void)state;
	world_open(2);
	world.spawn_error = -EAGAIN;
	job = world_ask("/a", 1);
	assert_int_equal(job->error.status, 503);
	assert_non_null(strstr(job->error.message, "pids.max"));
	world_drop(job);
	world.spawn_error = 0;
	job = world_ask("/a", 1);
	world_ready(0, 0);
	world.spawn_error = -EAGAIN;
	world_dies(0);
	world_pass(5);
	assert_false(job->done);
	world.spawn_error = 0;
	world_pass(1);
	assert_non_null(job->worker);
	world.spawn_error = -EAGAIN;
	world_dies(1);
	world_pass(11);
	assert_int_equal(job->error.status, 503);
	world_drop(job);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_job__goes_to_a_worker_and_ends),
		WORLD_TEST(a_worker__has_the_files_that_the_service_began_with),
		WORLD_TEST(a_worker_that_answers_no_cancel__hangs),
		WORLD_TEST(a_worker_that_owes_an_answer__hangs_without_a_job),
		WORLD_TEST(what_is_cancelled__is_kept_for_no_more_than_a_worker_computes),
		WORLD_TEST(a_cancel_that_is_answered__makes_room),
		WORLD_TEST(a_worker_at_rest__is_not_said_to_hang),
		WORLD_TEST(more_than_the_context__is_not_believed),
		WORLD_TEST(tokens_before_the_first_and_after_the_last__are_not_believed),
		WORLD_TEST(an_end_before_the_beginning__is_not_believed),
		WORLD_TEST(texts_no_token_has__are_not_believed),
		WORLD_TEST(why_there_is_no_worker__is_told),
		WORLD_TEST(workers_that_do_not_end__are_not_without_bound),
		WORLD_TEST(a_cgroup_that_is_full__is_told_unless_what_fills_it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
