// SPDX-License-Identifier: GPL-2.0-or-later
/* Section [stall] of the policy file, and deadlines elsewhere in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "config_load.h"

#define MS UINT64_C(1000000)

static void stalls__have_deadlines_and_a_program(void **state)
{
	struct headgate_config config = load("");

	(void)state;
	assert_int_equal(config.stall.deadline_ns, 10000 * MS);
	assert_null(config.stall.exec);
	assert_int_equal(config.stall.exec_timeout_ns, 10000 * MS);
	assert_int_equal(headgate_config_driver_deadline(&config, "lima"), 0);
	headgate_config_free(&config);
	assert_int_equal(mkdir("conf.d", 0700), 0);
	write_file("conf.d/a.conf", "[stall]\nexec = /bin/b\n[driver lima]\ndeadline = 9m\n");
	config = load("[stall]\ndeadline = 1s\nexec = /bin/a b\nexec-timeout = 100ms\n"
		      "[agent a]\nweight = 3\ndeadline = 2s\n"
		      "[driver lima]\ndeadline = 3s\n[driver v3d]\ndeadline = 4s\n");
	assert_int_equal(config.stall.deadline_ns, 1000 * MS);
	assert_string_equal(config.stall.exec, "/bin/b");
	assert_int_equal(config.stall.exec_timeout_ns, 100 * MS);
	assert_int_equal(config.agents[0].deadline_ns, 2000 * MS);
	assert_int_equal(config.agents[0].policy.present, HEADGATE_POLICY_WEIGHT);
	assert_int_equal(headgate_config_driver_deadline(&config, "lima"), 540000 * MS);
	assert_int_equal(headgate_config_driver_deadline(&config, "v3d"), 4000 * MS);
	assert_int_equal(headgate_config_driver_deadline(&config, "i915"), 0);
	headgate_config_free(&config);
	write_file("conf.d/a.conf", "[stall]\nexec = none\n");
	config = load("[stall]\nexec = /bin/a b\n");
	assert_null(config.stall.exec);
	headgate_config_free(&config);
}

static void stalls__errors_are_told_with_their_line(void **state)
{
	(void)state;
	refuse("[stall]\ndeadline = long\n",
	       "f:2: deadline: \"long\" is not a time; write a number with ns, us, ms, s, m or h, such as 4ms");
	refuse("[stall]\nexec = ls -l\n",
	       "f:2: exec: \"ls -l\" is neither the path of a program, from the root on, nor none");
	refuse("[stall]\nexec = /bin/a\nexec = /bin/b\n", "f:3: exec is set twice in this section");
	refuse("[stall]\nexec-timeout = 11m\n",
	       "f:2: exec-timeout: 11m is out of range, 100 ms to 10 min are allowed");
	refuse("[stall]\nhook = /bin/a\n",
	       "f:2: unknown key hook in [stall]; there are deadline, exec and exec-timeout");
	refuse("[stall]\n[agent a]\n[stall]\n",
	       "f:3: section [stall] is there twice in this file, first on line 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(stalls__have_deadlines_and_a_program),
		IN_HOME(stalls__errors_are_told_with_their_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
