// SPDX-License-Identifier: GPL-2.0-or-later
/* Who is held at the gate, by a kernel that is played. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "home.h"
#include "serve_gate.h"

static bool holds(const char *where)
{
	assert_true(!mkdir("7", 0700));
	write_file("7/wchan", where);
	bool held = infer_gate_holds(".", 7);

	unlink("7/wchan");
	rmdir("7");
	return held;
}

static void who_sleeps_in_the_module__is_held(void **state)
{
	(void)state;
	assert_true(holds(INFER_GATE_WAIT));
}

static void who_sleeps_elsewhere_or_not__is_not(void **state)
{
	static const char *const others[] = {
		"", "0", "headgate_ticket_wai", INFER_GATE_WAIT "s", INFER_GATE_WAIT "s_on", "dma_fence_default_wait",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (holds(others[i]))
			fail_msg("who sleeps in '%s'", others[i]);
}

static void of_whom_nothing_is_told__is_not(void **state)
{
	(void)state;
	assert_false(infer_gate_holds(".", 7));
	assert_false(infer_gate_holds("/of/a/path/that/is/longer/than/any/on/which/a/kernel/tells/of/processes", 7));
}

static void a_child_that_waits_for_something_else__is_not(void **state)
{
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (!child)
		for (;;)
			pause();
	assert_false(infer_gate_holds("/proc", child));
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(who_sleeps_in_the_module__is_held),
		IN_HOME(who_sleeps_elsewhere_or_not__is_not),
		IN_HOME(of_whom_nothing_is_told__is_not),
		cmocka_unit_test(a_child_that_waits_for_something_else__is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
