// SPDX-License-Identifier: GPL-2.0-or-later
/* What the log of the service says of devices, workers and requests. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "infer_service_world.h"

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

static void expect_log(const char *text)
{
	char log[4096];

	read_log(log, sizeof(log));
	assert_string_equal(log, text);
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
	struct infer_worker_lost lost = { 0 };

	(void)state;
	world_open(4);
	world.service.policy.warm = 1;
	begin_log();
	infer_service_tick(&world.service);
	world_ready(0, 0);
	world_say(0, INFER_WORKER_LOST, &lost, sizeof(lost), "it burns\nand smokes");
	world_moves(0, 1);
	world_pass(1);
	expect_log("headgate-infer: serve: a failed: it is passed over for 30 s (it burns?and smokes)\n");
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

	(void)state;
	world_open(4);
	begin_log();
	infer_fleet_opened(&world.service.fleet, 0);
	infer_fleet_failed(&world.service.fleet, 0, world.now);
	world.now += INFER_FLEET_FIRST_NS + INFER_SECOND;
	world_pass(2);
	job = world_ask("/a", 1);
	world_ready(0, 0);
	world_answers(0, job);
	world_pass(2);
	world_drop(job);
	expect_log("headgate-infer: serve: a failed: it is passed over for 30 s\n"
		   "headgate-infer: serve: a computes answers again\n");
}

static void the_end_of_a_worker__is_told(void **state)
{
	struct infer_job *job, *other;

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
	expect_log("headgate-infer: serve: worker 1000 of agent /a ended by signal 9 (Killed); its 2 requests go on\n"
		   "headgate-infer: serve: worker 1001 of agent /a ended with status 3; its request goes on\n");
	world_drop(job);
}

static void a_worker_that_is_killed__is_told_and_why(void **state)
{
	struct infer_job *job;

	(void)state;
	world_open(4);
	begin_log();
	job = world_ask("/a\x1b\n", 1);
	world_ready(0, 0);
	world_pass(3);
	assert_true(world.workers[0].killed);
	world_ready(1, 0);
	world_hangs(1);
	world_ready(2, 0);
	world_say(2, INFER_WORKER_ASK, NULL, 0, NULL);
	expect_log("headgate-infer: serve: worker 1000 of agent /a?? said nothing for 2 s and was killed; its request goes on\n"
		   "headgate-infer: serve: worker 1001 of agent /a?? was killed, as its device played does not answer; its request goes on\n"
		   "headgate-infer: serve: worker 1002 of agent /a?? said what no worker says and was killed; its request goes on\n");
	world_drop(job);
}

static void workers_that_are_to_end__are_no_news(void **state)
{
	struct infer_job *job;

	(void)state;
	world_open(4);
	begin_log();
	job = world_ask("/a", 1);
	world_ready(0, 0);
	world_answers(0, job);
	world_pass(62);
	assert_int_equal(world.service.n_workers, 0);
	world_drop(job);
	expect_log("");
}

static void requests_that_fail_here__are_told_but_not_those_of_clients_that_err(void **state)
{
	struct infer_worker_refused refused = { .error = -EINVAL };
	struct infer_job *job;

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
	expect_log("headgate-infer: serve: a request of agent /a failed (no_device): No device can be used; the last one: it burns\n"
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_device_that_is_not_there__is_said_once_and_not_waited_for),
		WORLD_TEST(the_pause__is_told_as_it_was_meant),
		WORLD_TEST(why_a_device_is_passed_over__is_told),
		WORLD_TEST(the_end_of_a_worker__is_told),
		WORLD_TEST(a_worker_that_is_killed__is_told_and_why),
		WORLD_TEST(workers_that_are_to_end__are_no_news),
		WORLD_TEST(requests_that_fail_here__are_told_but_not_those_of_clients_that_err),
		WORLD_TEST(a_loop_of_ends__does_not_fill_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
