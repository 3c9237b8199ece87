// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs of the policy: with real processes, and headgated's own loop. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "home.h"
#include "hooks.h"
#include "log.h"
#include "wrap.h"

#define S UINT64_C(1000000000)
/* A machine may be busy: 60 s. */
#define PATIENCE 600
#define PATIENCE_MS (100 * PATIENCE)

static sd_event *event;
static struct hooks *hooks;
static char program[128];
static int terminal;
static bool unkillable;		/* as what sleeps in a driver */

int __wrap_kill(pid_t pid, int signal)
{
	return unkillable && signal == SIGKILL ? 0 : __real_kill(pid, signal);
}

/* What was killed, and headgated does not wait long for, ends later on a busy machine. */
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	return __real_poll(fds, count, timeout_ms > 0 && !unkillable ? PATIENCE_MS : timeout_ms);
}

static void show_errors(void)
{
	dup2(terminal, STDERR_FILENO);
}

static void set_up(const char *script)
{
	int log;

	write_file("hook", script);
	assert_int_equal(chmod("hook", 0700), 0);
	snprintf(program, sizeof(program), "%s/hook", home);
	/* What it complains of, and what is said of it. */
	terminal = dup(STDERR_FILENO);
	log = open("log", O_CREAT | O_APPEND | O_WRONLY, 0600);
	assert_int_equal(dup2(log, STDERR_FILENO), STDERR_FILENO);
	close(log);
	log_open(true);
	assert_true(sd_event_new(&event) >= 0);
	assert_int_equal(hooks_new(&hooks, event), 0);
}

static void tear_down(void)
{
	hooks_free(hooks);
	sd_event_unref(event);
	show_errors();
	close(terminal);
}

static int run(uint64_t timeout_ns)
{
	char where[128];
	char *environment[] = { (char *)"HEADGATE_A=b c;$(rm x)", where, NULL };

	snprintf(where, sizeof(where), "WHERE=%s", home);
	return hooks_run(hooks, program, environment, timeout_ns);
}

static char *contents(const char *name)
{
	static char text[65536];
	FILE *file = fopen(name, "r");
	size_t length = 0;

	if (file) {
		length = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
	}
	text[length] = '\0';
	return text;
}

static int count(const char *name, const char *word)
{
	int found = 0;

	for (char *at = contents(name); (at = strstr(at, word)); at += strlen(word))
		found++;
	return found;
}

/* Turn the loop until @word is that many times in the file. */
static void wait_for(const char *name, const char *word, int times)
{
	for (int i = 0; i < PATIENCE && count(name, word) < times; i++)
		assert_true(sd_event_run(event, 100000) >= 0);
	if (count(name, word) >= times)
		return;
	show_errors();
	fail_msg("'%s' is not %d times in '%s'", word, times, contents(name));
}

/* The same with the loop at rest: its time may be up, and it is not killed. */
static void await(const char *name, const char *word)
{
	for (int i = 0; i < PATIENCE && !count(name, word); i++)
		usleep(100000);
	if (count(name, word))
		return;
	show_errors();
	fail_msg("'%s' is not in '%s'", word, contents(name));
}

static void program__gets_its_environment_and_nothing_else(void **state)
{
	int inherited = open("/", O_RDONLY);
	sigset_t mask;

	(void)state;
	/* As headgated has it. */
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signal(SIGPIPE, SIG_IGN);
	set_up("#!/bin/sh\n"
	       "exec >$WHERE/out\n"
	       "[ \"$HEADGATE_A\" = 'b c;$(rm x)' ] && echo environment\n"
	       "[ -z \"$HOME$*\" ] && echo alone\n"
	       /* 32 and 33 are the C library's own: make ignores them. */
	       "grep -Eq '^SigIgn:\t0*(180000000)?$' /proc/self/status && echo unignored\n"
	       "[ \"$(readlink /proc/$$/fd/0)\" = /dev/null ] && echo input\n"
	       "[ ! -e /proc/$$/fd/3 ] && [ ! -e /proc/$$/fd/4 ] && [ ! -e /proc/$$/fd/5 ] && echo closed\n"
	       "[ \"$(pwd)\" = / ] && echo root\n"
	       "echo complaint >&2\n");
	assert_true(inherited >= 0);
	assert_int_equal(run(60 * S), 0);
	wait_for("log", "ended with status 0", 1);
	/* A shell has a mask of its own. */
	write_file("hook", "#!/usr/bin/awk -f\n"
		   "BEGIN { while ((getline line <\"/proc/self/status\") > 0)\n"
		   "if (line ~ /^SigBlk/) print line >ENVIRON[\"WHERE\"] \"/mask\" }\n");
	assert_int_equal(run(60 * S), 0);
	wait_for("log", "ended with status 0", 2);
	show_errors();
	assert_string_equal(contents("out"),
			    "environment\nalone\nunignored\ninput\nclosed\nroot\n");
	assert_int_equal(count("log", "complaint"), 1);
	assert_string_equal(contents("mask"), "SigBlk:\t0000000000000000\n");
	close(inherited);
	tear_down();
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
}

static bool is_there(pid_t pid)
{
	return !kill(pid, 0);
}

/* Whoever has it for a child by then reaps it, or not. */
static bool runs(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	return is_there(pid) && !strstr(contents(path), ") Z ");
}

static void program_past_its_time__is_killed_with_what_it_started(void **state)
{
	pid_t pid, child;
	char *rest;

	(void)state;
	set_up("#!/bin/sh\nsleep 1000 &\necho $$ $! >$WHERE/new\nmv $WHERE/new $WHERE/pids\nsleep 1000\n");
	assert_int_equal(run(S), 0);
	await("pids", "\n");
	wait_for("log", "ran for 1 s, and is killed", 1);
	wait_for("log", "ended with status 0x9", 1);
	pid = strtol(contents("pids"), &rest, 10);
	child = strtol(rest, NULL, 10);
	assert_true(pid > 0 && child > 0);
	assert_false(is_there(pid));
	for (int i = 0; i < PATIENCE && runs(child); i++)
		usleep(100000);
	assert_false(runs(child));
	tear_down();
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * S + now.tv_nsec;
}

/* On a machine that is too busy for it to be in time it has twice as long, and so on. */
static void program_in_time__is_not_killed(void **state)
{
	uint64_t timeout_ns = S / 10, until_ns;
	int killed;

	(void)state;
	set_up("#!/bin/sh\nexit 3\n");
	for (int runs = 1;; runs++, timeout_ns *= 2) {
		assert_int_equal(run(timeout_ns), 0);
		until_ns = now_ns() + timeout_ns;
		wait_for("log", "ended with status", runs);
		if (count("log", "ended with status 0x300"))
			break;
		assert_true(timeout_ns < 60 * S);
	}
	killed = count("log", "is killed");
	/* Its number may be another's by now. */
	do
		assert_true(sd_event_run(event, 100000) >= 0);
	while (now_ns() < until_ns + S / 10);
	assert_int_equal(count("log", "is killed"), killed);
	tear_down();
}

static void beyond_eight__are_left_out_counted_and_told_once(void **state)
{
	(void)state;
	set_up("#!/bin/sh\necho run >>$WHERE/runs\nuntil [ -e $WHERE/go ]; do sleep 0.05; done\n");
	for (int i = 0; i < HOOKS_MAX; i++)
		assert_int_equal(run(600 * S), 0);
	wait_for("runs", "run", HOOKS_MAX);
	for (int i = 0; i < 3; i++)
		assert_int_equal(run(600 * S), -EBUSY);
	assert_int_equal(count("log", "is not run for further events"), 1);
	write_file("go", "");
	wait_for("log", "ended with status 0", HOOKS_MAX);
	assert_int_equal(run(600 * S), 0);
	assert_int_equal(count("log", "was not run for 3 events"), 1);
	wait_for("log", "ended with status 0", HOOKS_MAX + 1);
	assert_int_equal(count("runs", "run"), HOOKS_MAX + 1);
	assert_int_equal(run(600 * S), 0);
	assert_int_equal(count("log", "was not run for"), 1);
	tear_down();
}

static void program_that_is_not_there__is_told_of(void **state)
{
	(void)state;
	set_up("");
	unlink("hook");
	assert_int_equal(run(600 * S), 0);
	wait_for("log", "No such file or directory", 1);
	wait_for("log", "ended with status 0x7f00", 1);
	tear_down();
}

/* One that has long to go, and writes which process it is. */
static pid_t run_long(void)
{
	assert_int_equal(run(600 * S), 0);
	wait_for("pid", "\n", 1);
	return (pid_t)strtol(contents("pid"), NULL, 10);
}

static void end_of_headgated__ends_them(void **state)
{
	pid_t pid;

	(void)state;
	set_up("#!/bin/sh\necho $$ >$WHERE/new\nmv $WHERE/new $WHERE/pid\nsleep 1000\n");
	pid = run_long();
	assert_true(pid > 0);
	assert_true(is_there(pid));
	tear_down();
	assert_false(is_there(pid));
}

static void program_that_cannot_be_killed__does_not_keep_headgated(void **state)
{
	pid_t pid;

	(void)state;
	set_up("#!/bin/sh\necho $$ >$WHERE/new\nmv $WHERE/new $WHERE/pid\nexec sleep 1000\n");
	pid = run_long();
	unkillable = true;
	alarm(60);
	tear_down();
	alarm(0);
	unkillable = false;
	assert_true(is_there(pid));
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void program_that_left_its_group__is_killed_all_the_same(void **state)
{
	(void)state;
	set_up("");
	/* This one, which goes where its parent is. */
	snprintf(program, sizeof(program), "/proc/self/exe");
	assert_int_equal(run(S), 0);
	await("left", "its group");
	wait_for("log", "ended with status 0x9", 1);
	tear_down();
}

static void leave_group(const char *where)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/left", where);
	file = fopen(path, "w");
	if (setpgid(0, getpgid(getppid())) || !file || fputs("its group", file) < 0 || fclose(file))
		return;
	pause();
}

/* Some start what they supervise that way. */
static void ignored_children__are_reaped_all_the_same(void **state)
{
	(void)state;
	signal(SIGCHLD, SIG_IGN);
	set_up("#!/bin/sh\nexit 3\n");
	assert_int_equal(run(60 * S), 0);
	wait_for("log", "ended with status 0x300", 1);
	tear_down();
	signal(SIGCHLD, SIG_DFL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(program__gets_its_environment_and_nothing_else),
		IN_HOME(program_past_its_time__is_killed_with_what_it_started),
		IN_HOME(program_in_time__is_not_killed),
		IN_HOME(beyond_eight__are_left_out_counted_and_told_once),
		IN_HOME(program_that_is_not_there__is_told_of),
		IN_HOME(end_of_headgated__ends_them),
		IN_HOME(program_that_cannot_be_killed__does_not_keep_headgated),
		IN_HOME(program_that_left_its_group__is_killed_all_the_same),
		IN_HOME(ignored_children__are_reaped_all_the_same),
	};

	if (getenv("WHERE")) {
		leave_group(getenv("WHERE"));
		return 1;
	}

	return cmocka_run_group_tests(tests, NULL, NULL);
}
