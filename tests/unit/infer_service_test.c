// SPDX-License-Identifier: GPL-2.0-or-later
/* Jobs, agents and workers of the service, whatever workers do. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "infer_service_world.h"

static int teardown(void **state)
{
	(void)state;
	world_close();
	return 0;
}

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
	world_started(0, first, 1, 1);
	world_ended(0, first);
	world_started(0, second, 1, 1);
	world_ended(0, second);
	third = world_ask("/a", 1);
	assert_false(third->done);
	assert_int_equal(world.started, 2);
	assert_string_equal(world.workers[1].device, "a,b,c");
	world_drop(first);
	world_drop(second);
	world_drop(third);
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
	world_started(1, second, 1, 1);
	world_ended(1, second);
	other = world_ask("/b", 1);
	assert_int_equal(world.started, 3);
	third = world_ask("/a", 1);
	assert_false(third->done);
	world_started(0, first, 1, 1);
	world_ended(0, first);
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
	world_started(worker, job, 1, 1);
	world_ended(worker, job);
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
		world_started((uint32_t)i, job, 1, 1);
		world_ended((uint32_t)i, job);
		world_drop(job);
	}
	job = world_ask("/d", 1);
	assert_string_equal(world.workers[4].device, "b,c,a");
	world_drop(job);
	world_ready(3, 0);
	world_started(3, tries, 1, 1);
	world_ended(3, tries);
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
	struct infer_worker_device device = { 0 };
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
		world_say(i, INFER_WORKER_HUNG, &device, sizeof(device), NULL);
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

static void what_one_agents_workers_cannot_open__is_not_lost_to_others(void **state)
{
	struct infer_worker_device lost = { .index = 2 };
	struct infer_job *job, *other;

	(void)state;
	world_open(4);
	job = world_ask("/a", 1);
	world_ready(0, 1);
	other = world_ask("/b", 1);
	assert_string_equal(world.workers[1].device, "a,b,c");
	world_drop(other);
	/* What it says of devices that it has used is its own word. */
	world_say(0, INFER_WORKER_DEVICE, &lost, sizeof(lost), NULL);
	other = world_ask("/c", 1);
	assert_string_equal(world.workers[2].device, "c,a,b");
	world_drop(other);
	world_drop(job);
}

static void what_one_agents_workers_find_nothing_in__is_there_for_others(void **state)
{
	struct infer_worker_device lost = { .index = 1 };
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
	world_say(1, INFER_WORKER_DEVICE, &lost, sizeof(lost), NULL);
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

/* One that another job has on it, where it itself may not be again. */
static void a_job_that_hung_on_a_device__is_not_given_its_agents_next_worker_there(void **state)
{
	struct infer_worker_device device = { 0 };
	struct infer_job *first, *second, *third;

	(void)state;
	world_open(4);
	world.service.fleet.first_ns = 1;
	first = world_ask("/a", 1);
	second = world_ask("/a", 1);
	world_ready(0, 0);
	world_say(0, INFER_WORKER_HUNG, &device, sizeof(device), NULL);
	world_pass(1);
	assert_ptr_equal(first->worker, world.service.workers);
	assert_null(second->worker);
	assert_string_equal(world.workers[1].device, "b,c,a");
	world_ready(1, 0);
	world_started(1, first, 1, 1);
	world_ended(1, first);
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

/* What the log says from here on; read_log() ends it. */
static int log_before;
static FILE *log_file;

static void begin_log(void)
{
	log_file = tmpfile();
	assert_non_null(log_file);
	log_before = dup(STDERR_FILENO);
	dup2(fileno(log_file), STDERR_FILENO);
}

static void read_log(char *text, size_t size)
{
	dup2(log_before, STDERR_FILENO);
	close(log_before);
	rewind(log_file);
	text[fread(text, 1, size - 1, log_file)] = '\0';
	fclose(log_file);
}

/* Such as vulkan, where there is no GPU. */
static void a_device_that_is_not_there__is_said_once_and_not_waited_for(void **state)
{
	char log[4096], *said;

	(void)state;
	world_open(4);
	world.service.policy.warm = 1;
	begin_log();
	infer_service_tick(&world.service);
	world_ready(0, 1);
	for (int i = 0; i < 3; i++) {
		world_pass(2000);
		assert_int_equal(world.service.n_workers, 1);
		/* The next one tries it. */
		world_dies((uint32_t)i);
		world_pass(6);
		assert_int_equal(world.started, i + 2);
		assert_string_equal(world.workers[i + 1].device, "a,b,c");
		world_ready((uint32_t)i + 1, 1);
		world_pass(1);
	}
	read_log(log, sizeof(log));
	said = strstr(log, "headgate-infer: serve: a cannot be opened: new workers try it now and then\n");
	assert_non_null(said);
	assert_null(strstr(strchr(said, '\n'), "opened"));
}

static void why_a_device_is_passed_over__is_told(void **state)
{
	struct infer_worker_device next = { .index = 1 };
	struct infer_worker_lost lost = { 0 };
	char log[4096];

	(void)state;
	world_open(4);
	world.service.policy.warm = 1;
	begin_log();
	infer_service_tick(&world.service);
	world_ready(0, 0);
	world_say(0, INFER_WORKER_LOST, &lost, sizeof(lost), "it burns\nand smokes");
	world_say(0, INFER_WORKER_DEVICE, &next, sizeof(next), NULL);
	world_pass(1);
	read_log(log, sizeof(log));
	assert_string_equal(log, "headgate-infer: serve: a failed: it is passed over for 30 s (it burns?and smokes)\n");
	world_say(world.started - 1, INFER_WORKER_LOST, &lost, sizeof(lost), "it burns");
	assert_false(world.workers[world.started - 1].killed);
	lost.index = 3;
	world_say(world.started - 1, INFER_WORKER_LOST, &lost, sizeof(lost), "it burns");
	assert_true(world.workers[world.started - 1].killed);
}

/* However long the tick takes to come. */
static void the_pause__is_told_as_it_was_meant(void **state)
{
	struct infer_job *job;
	char log[4096];

	(void)state;
	world_open(4);
	begin_log();
	infer_fleet_opened(&world.service.fleet, 0);
	infer_fleet_failed(&world.service.fleet, 0, world.now);
	world.now += INFER_FLEET_FIRST_NS + INFER_SECOND;
	world_pass(2);
	job = world_ask("/a", 1);
	world_ready(0, 0);
	world_started(0, job, 1, 1);
	world_ended(0, job);
	world_pass(2);
	world_drop(job);
	read_log(log, sizeof(log));
	assert_string_equal(log, "headgate-infer: serve: a failed: it is passed over for 30 s\n"
				 "headgate-infer: serve: a computes answers again\n");
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
	world_started(0, first, 1, 1);
	world_ended(0, first);
	assert_int_equal(first->moves, 0);
	world_ready(1, 0);
	world_started(1, second, 1, 1);
	world_ended(1, second);
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
	struct infer_worker_device lost = { .index = 1 };
	struct infer_job *first, *other, *second;

	(void)state;
	world_open(4);
	first = world_ask("/a", 1);
	world_ready(0, 0);
	world_started(0, first, 1, 1);
	world_ended(0, first);
	other = world_ask("/b", 1);
	world_ready(1, 0);
	world_say(1, INFER_WORKER_DEVICE, &lost, sizeof(lost), NULL);
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
	struct infer_worker_device lost = { .index = 1 };
	struct infer_job *first, *other, *second;

	(void)state;
	world_open(4);
	first = world_ask("/a", 1);
	world_ready(0, 0);
	other = world_ask("/b", 1);
	world_ready(1, 0);
	world_say(1, INFER_WORKER_DEVICE, &lost, sizeof(lost), NULL);
	second = world_ask("/a", 1);
	assert_string_equal(world.workers[2].device, "b,c,a");
	world_started(0, first, 1, 1);
	world_ended(0, first);
	assert_true(first->done);
	assert_int_equal(first->moves, 0);
	assert_int_equal(world_told(2, NULL), INFER_WORKER_ASK);
	world_drop(first);
	world_drop(second);
	world_drop(other);
}

static void a_worker_that_is_kept_ready__leaves_a_device_that_failed(void **state)
{
	struct infer_worker_device lost = { .index = 1 };
	struct infer_job *job, *other;

	(void)state;
	world_open(4);
	world.service.policy.warm = 1;
	infer_service_tick(&world.service);
	world_ready(0, 0);
	job = world_ask("/a", 1);
	infer_service_tick(&world.service);
	world_ready(1, 0);
	world_say(0, INFER_WORKER_DEVICE, &lost, sizeof(lost), NULL);
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
	world_open(4);
	job = world_ask("/a", 1);
	world_ready(0, 0);
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
	struct infer_job *job, *other;

	(void)state;
	world_open(1);
	world.spawn_error = -EBUSY;
	job = world_ask("/a", 1);
	assert_int_equal(job->error.status, 503);
	assert_non_null(strstr(job->error.message, "cgroup /a: it has cgroups below it"));
	world_drop(job);
	world.spawn_error = 0;
	job = world_ask("/a", 1);
	other = world_ask("/b", 1);
	assert_int_equal(other->error.status, 503);
	assert_non_null(strstr(other->error.message, "All 1 workers are busy"));
	world_drop(job);
	world_drop(other);
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

static void the_end_of_a_worker__is_told(void **state)
{
	struct infer_job *job, *other;
	char log[4096];

	(void)state;
	world_open(4);
	job = world_ask("/a", 1);
	other = world_ask("/a", 1);
	world_ready(0, 0);
	world.status = SIGKILL;
	begin_log();
	world_dies(0);
	world_pass(1);
	world.status = 3 << 8;
	world_drop(other);
	world_ready(1, 0);
	world_dies(1);
	world_pass(1);
	read_log(log, sizeof(log));
	assert_string_equal(log, "headgate-infer: serve: worker 1000 of agent /a ended by signal 9 (Killed); its 2 requests go on\n"
				 "headgate-infer: serve: worker 1001 of agent /a ended with status 3; its request goes on\n");
	world_drop(job);
}

static void a_worker_that_is_killed__is_told_and_why(void **state)
{
	struct infer_worker_device device = { 0 };
	struct infer_job *job;
	char log[4096];

	(void)state;
	world_open(4);
	begin_log();
	job = world_ask("/a\x1b\n", 1);
	world_ready(0, 0);
	world_pass(3);
	assert_true(world.workers[0].killed);
	world_ready(1, 0);
	world_say(1, INFER_WORKER_HUNG, &device, sizeof(device), NULL);
	world_ready(2, 0);
	world_say(2, INFER_WORKER_ASK, NULL, 0, NULL);
	read_log(log, sizeof(log));
	assert_string_equal(log, "headgate-infer: serve: worker 1000 of agent /a?? said nothing for 2 s and was killed; its request goes on\n"
				 "headgate-infer: serve: worker 1001 of agent /a?? was killed, as its device played does not answer; its request goes on\n"
				 "headgate-infer: serve: worker 1002 of agent /a?? said what no worker says and was killed; its request goes on\n");
	world_drop(job);
}

static void workers_that_are_to_end__are_no_news(void **state)
{
	struct infer_job *job;
	char log[4096];

	(void)state;
	world_open(4);
	begin_log();
	job = world_ask("/a", 1);
	world_ready(0, 0);
	world_started(0, job, 1, 1);
	world_ended(0, job);
	world_pass(62);
	assert_int_equal(world.service.n_workers, 0);
	world_drop(job);
	read_log(log, sizeof(log));
	assert_string_equal(log, "");
}

static void requests_that_fail_here__are_told_but_not_those_of_clients_that_err(void **state)
{
	struct infer_worker_refused refused = { .error = -EINVAL };
	struct infer_job *job;
	char log[4096];

	(void)state;
	world_open(4);
	begin_log();
	job = world_ask("/a", 1);
	refused.id = job->id;
	world_ready(0, 0);
	world_say(0, INFER_WORKER_REFUSED, &refused, sizeof(refused), "It is wrong.");
	assert_int_equal(job->error.status, 400);
	world_drop(job);
	job = world_ask("/a", 1);
	world_say(0, INFER_WORKER_NONE, NULL, 0, "it burns");
	assert_int_equal(job->error.status, 503);
	world_drop(job);
	read_log(log, sizeof(log));
	assert_string_equal(log, "headgate-infer: serve: a request of agent /a failed (no_device): No device can be used; the last one: it burns\n"
				 "headgate-infer: serve: worker 1000 of agent /a ended, as it could use no device; it had no request\n");
}

static void a_loop_of_ends__does_not_fill_the_log(void **state)
{
	char log[8192];
	uint32_t lines = 0;

	(void)state;
	world_open(4);
	world.spawn_error = -EBUSY;
	begin_log();
	for (uint32_t i = 0; i < INFER_LOG_LINES + 17; i++)
		world_drop(world_ask("/a", 1));
	world_pass(INFER_LOG_NS / INFER_SECOND);
	world_drop(world_ask("/a", 1));
	read_log(log, sizeof(log));
	for (const char *c = log; (c = strchr(c, '\n')); c++)
		lines++;
	assert_int_equal(lines, INFER_LOG_LINES + 2);
	assert_non_null(strstr(log, "\nheadgate-infer: serve: 17 more lines about requests that failed were left out\n"));
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_job__goes_to_a_worker_and_ends),
		TEST(a_worker_that_answers_no_cancel__hangs),
		TEST(a_worker_that_owes_an_answer__hangs_without_a_job),
		TEST(what_is_cancelled__is_kept_for_no_more_than_a_worker_computes),
		TEST(a_cancel_that_is_answered__makes_room),
		TEST(a_worker_at_rest__is_not_said_to_hang),
		TEST(a_worker_to_retire_that_loses_its_last_job__is_replaced_once),
		TEST(a_worker_without_a_successor__retires_when_it_has_done_its_work),
		TEST(who_has_a_retired_worker__waits_for_its_end),
		TEST(a_worker_at_rest__stays_where_it_has_no_successor),
		TEST(a_successor__takes_the_place_of_its_predecessor),
		TEST(a_device_that_failed__is_tried_by_one_agent),
		TEST(a_worker_that_is_kept_ready__is_for_one_agent_that_tries),
		TEST(one_agent__makes_no_device_fail_for_others),
		TEST(a_device_hangs_under_a_job__once),
		TEST(the_silence_of_one_agents_workers__is_no_device_s),
		TEST(a_worker_held_at_the_gate__does_not_hang),
		TEST(one_that_was_held_a_moment_ago__has_its_time_still),
		TEST(one_that_was_held__hangs_as_others_do),
		TEST(a_worker_held_while_it_opens__is_waited_for),
		TEST(a_frozen_worker__does_not_hang),
		TEST(what_one_agents_workers_cannot_open__is_not_lost_to_others),
		TEST(what_one_agents_workers_find_nothing_in__is_there_for_others),
		TEST(a_job_that_hung_on_a_device__is_not_given_its_agents_next_worker_there),
		TEST(a_device_that_is_not_there__is_said_once_and_not_waited_for),
		TEST(the_pause__is_told_as_it_was_meant),
		TEST(why_a_device_is_passed_over__is_told),
		TEST(new_requests__leave_a_device_that_is_ill),
		TEST(an_idle_worker__leaves_a_device_that_fails_elsewhere),
		TEST(a_worker_at_work__ends_it_on_a_device_that_fails_elsewhere),
		TEST(a_worker_that_is_kept_ready__leaves_a_device_that_failed),
		TEST(a_worker_that_is_ready_on_a_suspected_device__is_passed_over),
		TEST(no_worker__is_born_in_a_frozen_cgroup),
		TEST(requests_that_wait_for_a_thaw__end_with_the_service),
		TEST(requests_to_a_frozen_cgroup__go_away_without_a_trace),
		TEST(more_than_the_context__is_not_believed),
		TEST(tokens_before_the_first_and_after_the_last__are_not_believed),
		TEST(an_end_before_the_beginning__is_not_believed),
		TEST(texts_no_token_has__are_not_believed),
		TEST(why_there_is_no_worker__is_told),
		TEST(a_cgroup_that_is_full__is_told_unless_what_fills_it_ends),
		TEST(the_end_of_a_worker__is_told),
		TEST(a_worker_that_is_killed__is_told_and_why),
		TEST(workers_that_are_to_end__are_no_news),
		TEST(requests_that_fail_here__are_told_but_not_those_of_clients_that_err),
		TEST(a_loop_of_ends__does_not_fill_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
