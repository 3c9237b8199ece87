// SPDX-License-Identifier: GPL-2.0-or-later
/* The canary's parent: what it tells headgated, logs and reports of its children. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "infer_canary_world.h"
#include "wrap.h"

/* ---- what is told ---- */

static void each_run__is_told_by_the_name_that_the_driver_gives(void **state)
{
	(void)state;
	watch("vulkan:0");
	assert_int_equal(run_until("end", 5), 0);
	assert_string_equal(world.server.lines[0], "begin device=" PCI " probe=canary allowed_us=1000000");
	for (int i = 0; i < world.server.n; i++) {
		/* Whose answers take long is allowed more. */
		const char *line = i % 2 ? "end device=" PCI " probe=canary result=ok time_ns=1000" :
					   "begin device=" PCI " probe=canary allowed_us=";

		assert_memory_equal(world.server.lines[i], line, strlen(line));
	}
	assert_int_equal(world.starts, 1);
	assert_true(is_reaped(world.pids[0]));
}

static void name_given__goes_before_the_drivers(void **state)
{
	(void)state;
	watch("vulkan:0");
	world.options.names[0] = "simgpu";
	assert_int_equal(run_until("end", 1), 0);
	assert_string_equal(world.server.lines[0], "begin device=simgpu probe=canary allowed_us=1000000");
}

/*
 * A child that was killed has a period to be gone: then it has failed once more, and no successor.
 * The short one that other tests have may be over on a busy machine.
 */
static void give_time_to_go(uint64_t period_ns)
{
	world.options.period_ns = period_ns;
}

/* Its driver, or the device, may have made it up: what is ill is not to be another device. */
static void name_that_a_later_child_tells__is_warned_of_and_not_taken(void **state)
{
	(void)state;
	for (int given = 0; given < 2; given++) {
		world_teardown(state);
		world_setup(state);
		world.moving = true;
		watch("fail");
		give_time_to_go(60000 * MS);
		world.options.names[0] = given ? PCI : "";
		assert_int_equal(run_until("result=failed", 3), 1);
		assert_true(world.starts >= 3);
		assert_int_equal(told("device=" PCI " "), world.server.n);
		assert_int_equal(count(world.heard, "fail, " PCI ": it says that it is 0000:04:00.0 now"), !given);
	}
}

static void wrong_answer__is_told_and_logged_and_that_it_is_over(void **state)
{
	(void)state;
	watch("wrong");
	assert_int_equal(run_until("end", 4), 1);
	assert_string_equal(world.server.lines[3], "end device=" PCI " probe=canary result=wrong time_ns=1000");
	assert_int_equal(told("result=wrong"), 1);
	assert_int_equal(count(world.heard, "the answer is wrong"), 1);
	assert_int_equal(count(world.heard, "as it should be again"), 1);
	assert_int_equal(world.starts, 1);
}

static void failed_run__ends_the_child_and_another_is_started(void **state)
{
	(void)state;
	watch("fail");
	give_time_to_go(60000 * MS);
	assert_int_equal(run_until("result=failed", 2), 1);
	assert_true(world.starts >= 2);
	assert_true(is_reaped(world.pids[0]) && is_reaped(world.pids[1]));
	/* The same sentence is not said again. */
	assert_int_equal(count(world.heard, "it is lost"), 1);
}

static void child_that_crashes__is_a_failed_run_with_a_sentence(void **state)
{
	(void)state;
	watch("crash");
	assert_int_equal(run_until("result=failed", 1), 1);
	assert_int_equal(count(world.heard, "ended by signal 9"), 1);
	assert_true(is_reaped(world.pids[0]));
}

/* As some programs leave it to what they start. */
static void how_a_child_ended__is_told_where_sigchld_was_ignored(void **state)
{
	(void)state;
	signal(SIGCHLD, SIG_IGN);
	watch("crash");
	assert_int_equal(run_until("result=failed", 1), 1);
	signal(SIGCHLD, SIG_DFL);
	assert_int_equal(count(world.heard, "ended by signal 9"), 1);
}

static void device_that_does_not_open__is_told_why(void **state)
{
	(void)state;
	watch("sorry");
	world.options.names[0] = "simgpu";
	assert_int_equal(run_until("result=failed", 1), 1);
	assert_int_equal(count(world.heard, "there is no such device"), 1);
}

/* ---- what hangs ---- */

static void child_that_hangs__is_killed_and_its_successor_goes_on(void **state)
{
	(void)state;
	watch("hang once");
	give_time_to_go(60000 * MS);
	assert_int_equal(run_until("result=ok", 1), 1);
	assert_int_equal(world.starts, 2);
	assert_true(is_reaped(world.pids[0]));
	assert_string_equal(world.server.lines[1], "end device=" PCI " probe=canary result=failed");
	assert_int_equal(told("result=failed"), 1);
	assert_int_equal(count(world.heard, "did not answer within its deadline"), 1);
}

/* One in state D, say: its device fails again and again, the other is well. */
static void child_that_cannot_be_killed__stops_nothing_else(void **state)
{
	int kept, failed;

	(void)state;
	watch("hang unkillable");
	watch("good");
	world.options.names[0] = "a";
	world.options.names[1] = "b";
	assert_int_equal(run_until("device=a probe=canary result=failed", 4), 1);
	failed = told("device=a probe=canary result=failed");
	kept = count(world.heard, "hangs within the kernel still");
	assert_int_equal(world.starts, 2);
	__real_kill(world.unkillable, SIGKILL);
	assert_int_equal(waitpid(world.unkillable, NULL, 0), world.unkillable);
	assert_true(failed >= 4);
	assert_int_equal(kept, 1);
	assert_true(told("device=b probe=canary result=ok") > 4);
}

/* ---- headgated ---- */

static void headgated_that_does_not_answer__keeps_no_run_back(void **state)
{
	(void)state;
	world.server.answer = NULL;
	watch("good");
	server_begin(&world.server);
	assert_int_equal(run_once(), 0);
	server_end(&world.server);
	assert_int_equal(count(world.heard, "headgated is not told"), 1);
	assert_int_equal(count(world.printed, "1 run, 0 wrong, 0 failed"), 1);
}

static void headgated_that_is_not_there__is_missed_once_and_found_later(void **state)
{
	struct infer_canary_teller teller = { .path = world.server.path, .fd = -1 };
	struct infer_canary_subject gpu = { .name = "gpu" };
	uint64_t now = 1000 * MS;

	(void)state;
	for (int i = 0; i < 20; i++, now += 1000 * MS)
		infer_canary_tell_end(&teller, &gpu, HEADGATE_PROBE_OK, 5, now);
	assert_int_equal(count(world.heard, "headgated is not told"), 1);
	server_begin(&world.server);
	for (int i = 0; i < 6; i++, now += 1000 * MS)
		infer_canary_tell_end(&teller, &gpu, HEADGATE_PROBE_OK, 5, now);
	close(teller.fd);
	server_end(&world.server);
	assert_true(world.server.n > 0);
	assert_int_equal(count(world.heard, "headgated is told"), 1);
}

static void refusal_of_headgated__is_logged_once(void **state)
{
	(void)state;
	world.server.answer = "error there is no device " PCI;
	watch("good");
	assert_int_equal(run_until("end", 5), 0);
	assert_int_equal(count(world.heard, "refuses results: there is no device " PCI), 1);
}

static void refusals_of_two_devices__are_logged_once_each_and_that_they_are_over(void **state)
{
	struct infer_canary_subject a = { .name = "a" }, b = { .name = "b" };
	struct infer_canary_teller teller = { .path = world.server.path, .fd = -1 };

	(void)state;
	world.server.answer = "error no";
	server_begin(&world.server);
	for (int i = 0; i < 5; i++) {
		infer_canary_tell_end(&teller, &a, HEADGATE_PROBE_OK, 5, 1);
		infer_canary_tell_end(&teller, &b, HEADGATE_PROBE_OK, 5, 1);
	}
	assert_int_equal(count(world.heard, "a: headgated refuses results: no"), 1);
	assert_int_equal(count(world.heard, "b: headgated refuses results: no"), 1);
	world.server.answer = "ok";
	for (int i = 0; i < 5; i++)
		infer_canary_tell_end(&teller, &a, HEADGATE_PROBE_OK, 5, 1);
	close(teller.fd);
	server_end(&world.server);
	assert_int_equal(count(world.heard, "a: headgated takes results now"), 1);
	assert_int_equal(count(world.heard, "b: headgated takes"), 0);
}

static void device_without_a_name__is_told_of_to_nobody_and_said_once(void **state)
{
	(void)state;
	world.nameless = true;
	watch("crash");
	watch("good");
	world.options.names[1] = "b";
	assert_int_equal(run_until("device=b probe=canary result=ok", 200), 1);
	assert_true(world.starts >= 2);
	assert_int_equal(told("device= "), 0);
	assert_int_equal(count(world.heard, "crash: headgated is not told: "), 1);
	assert_int_equal(count(world.heard, "good: headgated is not told"), 0);
}

/* ---- once, and reports ---- */

static void once__ends_after_a_run_on_each_device_and_tells_if_one_was_wrong(void **state)
{
	(void)state;
	world.options.socket = NULL;
	watch("good");
	watch("good too");
	assert_int_equal(run_once(), 0);
	assert_int_equal(world.starts, 2);
	watch("sorry");
	assert_int_equal(run_once(), 1);
	assert_true(is_reaped(world.pids[0]));
	assert_true(is_reaped(world.pids[3]) && is_reaped(world.pids[4]));
}

static void report__has_counts_and_the_duty(void **state)
{
	(void)state;
	world.options.json = true;
	world.options.period_ns = 3 * MS;
	watch("wrong");
	assert_int_equal(run_until("end", 2), 1);
	assert_int_equal(count(world.printed, "\"runs\":2,\"wrong\":1,\"failed\":0,\"hung\":0,\"duty\":0.001,"), 1);
	assert_int_equal(count(world.printed, "\"leg\":\"a leg\""), 1);
	assert_int_equal(count(world.printed, "\"last\":\"wrong\""), 1);
}

static void report_of_one_run__has_the_reason_once_and_no_figures_of_none(void **state)
{
	(void)state;
	world.options.socket = NULL;
	watch("good");
	watch("sorry");
	assert_int_equal(run_once(), 1);
	assert_int_equal(count(world.printed, "  1 run, 0 wrong, 0 failed, 0 of these hung\n  last: ok, "), 1);
	assert_int_equal(count(world.printed, "  1 run, 0 wrong, 1 failed, 0 of these hung\n  last: failed: there is no such device\n"), 1);
	assert_int_equal(count(world.printed, "%"), 0);
	assert_int_equal(count(world.printed, "hash"), 1);
	assert_int_equal(count(world.heard, "no such device"), 0);
}

static void report_of_runs_that_failed__has_no_duty(void **state)
{
	(void)state;
	watch("fail");
	give_time_to_go(60000 * MS);
	assert_int_equal(run_until("end", 2), 1);
	assert_int_equal(count(world.printed, "  last: failed: it is lost\n"), 1);
	assert_int_equal(count(world.printed, "of its time"), 0);
	assert_true(count(world.heard, "it is lost") > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(each_run__is_told_by_the_name_that_the_driver_gives),
		WORLD_TEST(name_given__goes_before_the_drivers),
		WORLD_TEST(name_that_a_later_child_tells__is_warned_of_and_not_taken),
		WORLD_TEST(wrong_answer__is_told_and_logged_and_that_it_is_over),
		WORLD_TEST(failed_run__ends_the_child_and_another_is_started),
		WORLD_TEST(child_that_crashes__is_a_failed_run_with_a_sentence),
		WORLD_TEST(how_a_child_ended__is_told_where_sigchld_was_ignored),
		WORLD_TEST(device_that_does_not_open__is_told_why),
		WORLD_TEST(child_that_hangs__is_killed_and_its_successor_goes_on),
		WORLD_TEST(child_that_cannot_be_killed__stops_nothing_else),
		WORLD_TEST(headgated_that_does_not_answer__keeps_no_run_back),
		WORLD_TEST(headgated_that_is_not_there__is_missed_once_and_found_later),
		WORLD_TEST(refusal_of_headgated__is_logged_once),
		WORLD_TEST(refusals_of_two_devices__are_logged_once_each_and_that_they_are_over),
		WORLD_TEST(device_without_a_name__is_told_of_to_nobody_and_said_once),
		WORLD_TEST(once__ends_after_a_run_on_each_device_and_tells_if_one_was_wrong),
		WORLD_TEST(report__has_counts_and_the_duty),
		WORLD_TEST(report_of_one_run__has_the_reason_once_and_no_figures_of_none),
		WORLD_TEST(report_of_runs_that_failed__has_no_duty),
	};
	sigset_t term;

	/* Of the server's thread as well: the canary reads it. */
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
