// SPDX-License-Identifier: GPL-2.0-or-later
/* How many files the service and its workers may have open. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "serve_files.h"

#define SOFT 200
#define HARD 300

/* The limits of a process, of which the hard one may only fall: so of a child. */
static struct rlimit limits_of(pid_t pid)
{
	struct rlimit limit = { 0 };

	assert_int_equal(prlimit(pid, RLIMIT_NOFILE, NULL, &limit), 0);
	return limit;
}

static pid_t start_child(void)
{
	const struct rlimit limit = { SOFT, HARD };
	pid_t child = fork();

	assert_true(child >= 0);
	if (!child)
		for (;;)
			pause();
	assert_int_equal(prlimit(child, RLIMIT_NOFILE, &limit, NULL), 0);
	return child;
}

static void end_child(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void the_service__has_as_many_as_it_may(void **state)
{
	const struct rlimit limit = { SOFT, HARD };
	int status;
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (!child) {
		struct rlimit now = { 0 };
		uint64_t before;

		if (setrlimit(RLIMIT_NOFILE, &limit) || infer_files_raise(&before) ||
		    getrlimit(RLIMIT_NOFILE, &now))
			_exit(1);
		_exit(before != SOFT ? 2 : now.rlim_cur != HARD ? 3 : now.rlim_max != HARD ? 4 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_child__has_what_it_is_given(void **state)
{
	pid_t child = start_child();

	(void)state;
	assert_int_equal(infer_files_give(child, 0), 0);
	assert_int_equal(limits_of(child).rlim_cur, SOFT);
	assert_int_equal(infer_files_give(child, SOFT - 1), 0);
	assert_int_equal(limits_of(child).rlim_cur, SOFT - 1);
	assert_int_equal(limits_of(child).rlim_max, HARD);
	end_child(child);
}

/* Where somebody has lowered the hard one meanwhile. */
static void more_than_a_child_may_have__is_not_given(void **state)
{
	pid_t child = start_child();

	(void)state;
	assert_int_equal(infer_files_give(child, HARD + 1), 0);
	assert_int_equal(limits_of(child).rlim_cur, SOFT);
	end_child(child);
	assert_int_equal(infer_files_give(child, SOFT), -ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_service__has_as_many_as_it_may),
		cmocka_unit_test(a_child__has_what_it_is_given),
		cmocka_unit_test(more_than_a_child_may_have__is_not_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
