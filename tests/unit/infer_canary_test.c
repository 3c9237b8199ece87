// SPDX-License-Identifier: GPL-2.0-or-later
/* The canary's parent, with children that do not compute, and a headgated that is a socket. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "canary.h"
#include "infer_canary_server.h"
#include "wrap.h"

#define MS UINT64_C(1000000)
#define PCI "0000:03:00.0"

static struct server server;
static struct infer_canary_options options;
/* Children that were started, and one that SIGKILL does not end. */
static int starts;
static pid_t pids[16], unkillable;
/* They do not know what headgated calls the device. */
static bool nameless;
/* All but the first one call it another. */
static bool moving;
/* Where stderr and stdout went. */
static FILE *heard, *printed;
static int terminal[2];

int __wrap_kill(pid_t pid, int number)
{
	return pid == unkillable && number == SIGKILL ? 0 : __real_kill(pid, number);
}

/* ---- children ---- */

static void say(int socket, enum infer_canary_word word, enum headgate_probe_outcome outcome,
		const char *text)
{
	struct infer_canary_said said = {
		.word = word, .leg = "a leg", .place = PCI,
		.result = { .outcome = outcome, .time_ns = 1000, .cost_ns = 3000 },
	};

	snprintf(said.result.text, sizeof(said.result.text), "%s", text);
	if (nameless)
		*said.place = '\0';
	else if (moving && starts > 1)
		strcpy(said.place, "0000:04:00.0");
	send(socket, &said, sizeof(said), 0);
}

/* What a child does when it is asked for its run number @run. */
static void answer(int socket, const char *device, int run)
{
	if (strstr(device, "crash"))
		raise(SIGKILL);
	if (strstr(device, "hang") && !strstr(device, "once"))
		pause();
	if (strstr(device, "hang") && starts == 1)
		pause();
	if (strstr(device, "wrong") && run == 1)
		say(socket, INFER_CANARY_RESULT, HEADGATE_PROBE_WRONG, "the answer is wrong");
	else if (strstr(device, "fail"))
		say(socket, INFER_CANARY_RESULT, HEADGATE_PROBE_FAILED, "it is lost");
	else
		say(socket, INFER_CANARY_RESULT, HEADGATE_PROBE_OK, "");
}

static int start(const char *device, const char *golden, int socket, pid_t *pid)
{
	char byte;

	(void)golden;
	starts++;
	*pid = fork();
	if (*pid < 0)
		return -errno;
	if (*pid) {
		pids[(starts - 1) % 16] = *pid;
		if (strstr(device, "unkillable"))
			unkillable = *pid;
		return 0;
	}
	if (strstr(device, "sorry")) {
		say(socket, INFER_CANARY_SORRY, HEADGATE_PROBE_FAILED, "there is no such device");
		_exit(1);
	}
	say(socket, INFER_CANARY_READY, HEADGATE_PROBE_OK, "");
	for (int run = 0; recv(socket, &byte, 1, 0) == 1; run++)
		answer(socket, device, run);
	_exit(0);
}

/* ---- each test ---- */

static void watch(const char *device)
{
	options.devices[options.n] = device;
	options.names[options.n++] = "";
}

static int setup(void **state)
{
	(void)state;
	starts = 0;
	unkillable = 0;
	nameless = false;
	moving = false;
	server = (struct server){ .answer = "ok" };
	snprintf(server.path, sizeof(server.path), "/tmp/canary-test.%d", (int)getpid());
	options = (struct infer_canary_options){ .socket = server.path, .golden = "/nowhere", .period_ns = 10 * MS, .duty = 1,
						 .start = start };
	heard = tmpfile();
	printed = tmpfile();
	fflush(stdout);
	terminal[0] = dup(STDOUT_FILENO);
	terminal[1] = dup(STDERR_FILENO);
	dup2(fileno(printed), STDOUT_FILENO);
	dup2(fileno(heard), STDERR_FILENO);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fflush(stdout);
	dup2(terminal[0], STDOUT_FILENO);
	dup2(terminal[1], STDERR_FILENO);
	close(terminal[0]);
	close(terminal[1]);
	fclose(heard);
	fclose(printed);
	return 0;
}

/* How often @text is in what was written to @file. */
static int count(FILE *file, const char *text)
{
	static char all[16384];
	const char *at = all;
	int n = 0;

	fflush(stdout);
	rewind(file);
	all[fread(all, 1, sizeof(all) - 1, file)] = '\0';
	while ((at = strstr(at, text))) {
		n++;
		at += strlen(text);
	}
	return n;
}

static int told(const char *text)
{
	int n = 0;

	for (int i = 0; i < server.n; i++)
		n += !!strstr(server.lines[i], text);
	return n;
}

/* Until headgated was told @text so often. */
static int run_until(const char *text, int times)
{
	int ret;

	server.stop_at = text;
	server.stop_after = times;
	server_begin(&server);
	ret = infer_canary_run(&options);
	server_end(&server);
	return ret;
}

static int run_once(void)
{
	options.once = true;
	return infer_canary_run(&options);
}

static bool is_reaped(pid_t pid)
{
	return waitpid(pid, NULL, WNOHANG) == -1 && errno == ECHILD;
}

/* ---- what is told ---- */

static void each_run__is_told_by_the_name_that_the_driver_gives(void **state)
{
	(void)state;
	watch("vulkan:0");
	assert_int_equal(run_until("end", 5), 0);
	assert_true(server.n >= 10);
	for (int i = 0; i + 1 < server.n; i += 2) {
		assert_string_equal(server.lines[i], "begin device=" PCI " probe=canary allowed_us=1000000");
		assert_string_equal(server.lines[i + 1], "end device=" PCI " probe=canary result=ok time_ns=1000");
	}
	assert_int_equal(starts, 1);
	assert_true(is_reaped(pids[0]));
}

static void name_given__goes_before_the_drivers(void **state)
{
	(void)state;
	watch("vulkan:0");
	options.names[0] = "simgpu";
	assert_int_equal(run_until("end", 1), 0);
	assert_string_equal(server.lines[0], "begin device=simgpu probe=canary allowed_us=1000000");
}

/* Its driver, or the device, may have made it up: what is ill is not to be another device. */
static void name_that_a_later_child_tells__is_warned_of_and_not_taken(void **state)
{
	(void)state;
	for (int given = 0; given < 2; given++) {
		teardown(state);
		setup(state);
		moving = true;
		watch("fail");
		options.names[0] = given ? PCI : "";
		assert_int_equal(run_until("result=failed", 3), 1);
		assert_int_equal(starts, 3);
		assert_int_equal(told("device=" PCI " "), server.n);
		assert_int_equal(count(heard, "fail, " PCI ": it says that it is 0000:04:00.0 now"), !given);
	}
}

static void wrong_answer__is_told_and_logged_and_that_it_is_over(void **state)
{
	(void)state;
	watch("wrong");
	assert_int_equal(run_until("end", 4), 1);
	assert_string_equal(server.lines[3], "end device=" PCI " probe=canary result=wrong time_ns=1000");
	assert_int_equal(told("result=wrong"), 1);
	assert_int_equal(count(heard, "the answer is wrong"), 1);
	assert_int_equal(count(heard, "as it should be again"), 1);
	assert_int_equal(starts, 1);
}

static void failed_run__ends_the_child_and_another_is_started(void **state)
{
	(void)state;
	watch("fail");
	assert_int_equal(run_until("result=failed", 2), 1);
	assert_int_equal(starts, 2);
	assert_true(is_reaped(pids[0]) && is_reaped(pids[1]));
	/* The same sentence is not said again. */
	assert_int_equal(count(heard, "it is lost"), 1);
}

static void child_that_crashes__is_a_failed_run_with_a_sentence(void **state)
{
	(void)state;
	watch("crash");
	assert_int_equal(run_until("result=failed", 1), 1);
	assert_int_equal(count(heard, "ended by signal 9"), 1);
	assert_true(is_reaped(pids[0]));
}

/* As some programs leave it to what they start. */
static void how_a_child_ended__is_told_where_sigchld_was_ignored(void **state)
{
	(void)state;
	signal(SIGCHLD, SIG_IGN);
	watch("crash");
	assert_int_equal(run_until("result=failed", 1), 1);
	signal(SIGCHLD, SIG_DFL);
	assert_int_equal(count(heard, "ended by signal 9"), 1);
}

static void device_that_does_not_open__is_told_why(void **state)
{
	(void)state;
	watch("sorry");
	options.names[0] = "simgpu";
	assert_int_equal(run_until("result=failed", 1), 1);
	assert_int_equal(count(heard, "there is no such device"), 1);
}

/* ---- what hangs ---- */

static void child_that_hangs__is_killed_and_its_successor_goes_on(void **state)
{
	(void)state;
	watch("hang once");
	assert_int_equal(run_until("result=ok", 2), 1);
	assert_int_equal(starts, 2);
	assert_true(is_reaped(pids[0]));
	assert_string_equal(server.lines[1], "end device=" PCI " probe=canary result=failed");
	assert_int_equal(told("result=failed"), 1);
	assert_int_equal(count(heard, "did not answer within its deadline"), 1);
}

/* One in state D, say: its device fails again and again, the other is well. */
static void child_that_cannot_be_killed__stops_nothing_else(void **state)
{
	int kept, failed;

	(void)state;
	watch("hang unkillable");
	watch("good");
	options.names[0] = "a";
	options.names[1] = "b";
	assert_int_equal(run_until("device=a probe=canary result=failed", 4), 1);
	failed = told("device=a probe=canary result=failed");
	kept = count(heard, "hangs within the kernel still");
	assert_int_equal(starts, 2);
	__real_kill(unkillable, SIGKILL);
	assert_int_equal(waitpid(unkillable, NULL, 0), unkillable);
	assert_true(failed >= 4);
	assert_int_equal(kept, 1);
	assert_true(told("device=b probe=canary result=ok") > 4);
}

/* ---- headgated ---- */

static void headgated_that_does_not_answer__keeps_no_run_back(void **state)
{
	(void)state;
	server.answer = NULL;
	watch("good");
	server_begin(&server);
	assert_int_equal(run_once(), 0);
	server_end(&server);
	assert_int_equal(count(heard, "headgated is not told"), 1);
	assert_int_equal(count(printed, "1 run, 0 wrong, 0 failed"), 1);
}

static void headgated_that_is_not_there__is_missed_once_and_found_later(void **state)
{
	struct infer_canary_teller teller = { .path = server.path, .fd = -1 };
	struct infer_canary_subject gpu = { .name = "gpu" };
	uint64_t now = 1000 * MS;

	(void)state;
	for (int i = 0; i < 20; i++, now += 1000 * MS)
		infer_canary_tell_end(&teller, &gpu, HEADGATE_PROBE_OK, 5, now);
	assert_int_equal(count(heard, "headgated is not told"), 1);
	server_begin(&server);
	for (int i = 0; i < 6; i++, now += 1000 * MS)
		infer_canary_tell_end(&teller, &gpu, HEADGATE_PROBE_OK, 5, now);
	close(teller.fd);
	server_end(&server);
	assert_true(server.n > 0);
	assert_int_equal(count(heard, "headgated is told"), 1);
}

static void refusal_of_headgated__is_logged_once(void **state)
{
	(void)state;
	server.answer = "error there is no device " PCI;
	watch("good");
	assert_int_equal(run_until("end", 5), 0);
	assert_int_equal(count(heard, "refuses results: there is no device " PCI), 1);
}

static void refusals_of_two_devices__are_logged_once_each_and_that_they_are_over(void **state)
{
	struct infer_canary_subject a = { .name = "a" }, b = { .name = "b" };
	struct infer_canary_teller teller = { .path = server.path, .fd = -1 };

	(void)state;
	server.answer = "error no";
	server_begin(&server);
	for (int i = 0; i < 5; i++) {
		infer_canary_tell_end(&teller, &a, HEADGATE_PROBE_OK, 5, 1);
		infer_canary_tell_end(&teller, &b, HEADGATE_PROBE_OK, 5, 1);
	}
	assert_int_equal(count(heard, "a: headgated refuses results: no"), 1);
	assert_int_equal(count(heard, "b: headgated refuses results: no"), 1);
	server.answer = "ok";
	for (int i = 0; i < 5; i++)
		infer_canary_tell_end(&teller, &a, HEADGATE_PROBE_OK, 5, 1);
	close(teller.fd);
	server_end(&server);
	assert_int_equal(count(heard, "a: headgated takes results now"), 1);
	assert_int_equal(count(heard, "b: headgated takes"), 0);
}

static void device_without_a_name__is_told_of_to_nobody_and_said_once(void **state)
{
	(void)state;
	nameless = true;
	watch("crash");
	watch("good");
	options.names[1] = "b";
	assert_int_equal(run_until("device=b probe=canary result=ok", 200), 1);
	assert_true(starts >= 2);
	assert_int_equal(told("device= "), 0);
	assert_int_equal(count(heard, "crash: headgated is not told: "), 1);
	assert_int_equal(count(heard, "good: headgated is not told"), 0);
}

/* ---- once, and reports ---- */

static void once__ends_after_a_run_on_each_device_and_tells_if_one_was_wrong(void **state)
{
	(void)state;
	options.socket = NULL;
	watch("good");
	watch("good too");
	assert_int_equal(run_once(), 0);
	assert_int_equal(starts, 2);
	watch("sorry");
	assert_int_equal(run_once(), 1);
	assert_true(is_reaped(pids[0]) && is_reaped(pids[3]) && is_reaped(pids[4]));
}

static void report__has_counts_and_the_duty(void **state)
{
	(void)state;
	options.json = true;
	options.period_ns = 3 * MS;
	watch("wrong");
	assert_int_equal(run_until("end", 2), 1);
	assert_int_equal(count(printed, "\"runs\":2,\"wrong\":1,\"failed\":0,\"hung\":0,\"duty\":0.001,"), 1);
	assert_int_equal(count(printed, "\"leg\":\"a leg\""), 1);
	assert_int_equal(count(printed, "\"last\":\"wrong\""), 1);
}

static void report_of_one_run__has_the_reason_once_and_no_figures_of_none(void **state)
{
	(void)state;
	options.socket = NULL;
	watch("good");
	watch("sorry");
	assert_int_equal(run_once(), 1);
	assert_int_equal(count(printed, "  1 run, 0 wrong, 0 failed, 0 of these hung\n  last: ok, "), 1);
	assert_int_equal(count(printed, "  1 run, 0 wrong, 1 failed, 0 of these hung\n  last: failed: there is no such device\n"), 1);
	assert_int_equal(count(printed, "%"), 0);
	assert_int_equal(count(printed, "hash"), 1);
	assert_int_equal(count(heard, "no such device"), 0);
}

static void report_of_runs_that_failed__has_no_duty(void **state)
{
	(void)state;
	watch("fail");
	assert_int_equal(run_until("end", 2), 1);
	assert_int_equal(count(printed, "  last: failed: it is lost\n"), 1);
	assert_int_equal(count(printed, "of its time"), 0);
	assert_true(count(heard, "it is lost") > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_run__is_told_by_the_name_that_the_driver_gives),
		TEST(name_given__goes_before_the_drivers),
		TEST(name_that_a_later_child_tells__is_warned_of_and_not_taken),
		TEST(wrong_answer__is_told_and_logged_and_that_it_is_over),
		TEST(failed_run__ends_the_child_and_another_is_started),
		TEST(child_that_crashes__is_a_failed_run_with_a_sentence),
		TEST(how_a_child_ended__is_told_where_sigchld_was_ignored),
		TEST(device_that_does_not_open__is_told_why),
		TEST(child_that_hangs__is_killed_and_its_successor_goes_on),
		TEST(child_that_cannot_be_killed__stops_nothing_else),
		TEST(headgated_that_does_not_answer__keeps_no_run_back),
		TEST(headgated_that_is_not_there__is_missed_once_and_found_later),
		TEST(refusal_of_headgated__is_logged_once),
		TEST(refusals_of_two_devices__are_logged_once_each_and_that_they_are_over),
		TEST(device_without_a_name__is_told_of_to_nobody_and_said_once),
		TEST(once__ends_after_a_run_on_each_device_and_tells_if_one_was_wrong),
		TEST(report__has_counts_and_the_duty),
		TEST(report_of_one_run__has_the_reason_once_and_no_figures_of_none),
		TEST(report_of_runs_that_failed__has_no_duty),
	};
	sigset_t term;

	/* Of the server's thread as well: the canary reads it. */
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
