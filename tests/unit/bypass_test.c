// SPDX-License-Identifier: GPL-2.0-or-later
/* Ways past the gate, over a made-up /sys and /dev. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bypass.h"

static char root[] = "/tmp/headgate-bypass-test-XXXXXX";

static void shell(const char *script)
{
	char command[1024];

	snprintf(command, sizeof(command), "cd %s && %s", root, script);
	assert_int_equal(system(command), 0);
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(root) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	shell("rm -rf -- \"$PWD\"");
	return 0;
}

/* The host is empty but for what @script makes; the promise, and words of its reason. */
static void expect(const char *script, const char *driver,
		   enum headgate_enforceability enforceability, const char *words)
{
	const char *reason;
	enum headgate_enforceability got;

	shell("rm -rf sys dev && mkdir -p dev sys/module/amdgpu/parameters sys/class");
	shell(script);
	got = headgate_bypass_promise(driver, headgate_bypasses_open(root), &reason);
	assert_string_equal(headgate_enforceability_name(got),
			    headgate_enforceability_name(enforceability));
	if (!strstr(reason, words))
		fail_msg("\"%s\" is not for \"%s\"", reason, words);
}

static void kfd__rules_out_enforced_for_amdgpu(void **state)
{
	(void)state;
	expect(":", "amdgpu", HEADGATE_ENFORCED, "drm_sched");
	expect("touch dev/kfd", "amdgpu", HEADGATE_PACED, "ROCm");
	expect("mkdir -p sys/class/kfd/kfd/topology", "amdgpu", HEADGATE_PACED, "ROCm");
	/* The class alone is there before the driver has made its device. */
	expect("mkdir -p sys/class/kfd", "amdgpu", HEADGATE_ENFORCED, "drm_sched");
	expect("touch dev/kfd", "panfrost", HEADGATE_ENFORCED, "drm_sched");
	expect("touch dev/kfd", "radeon", HEADGATE_PACED, "gate");
}

#define PARAMETER "sys/module/amdgpu/parameters/user_queue"

static void user_queues__rule_out_enforced_for_amdgpu(void **state)
{
	(void)state;
	expect("echo 0 >" PARAMETER, "amdgpu", HEADGATE_ENFORCED, "drm_sched");
	expect("echo 1 >" PARAMETER, "amdgpu", HEADGATE_PACED, "user queues");
	expect("echo -1 >" PARAMETER, "amdgpu", HEADGATE_PACED, "user queues");
	expect("echo 2 >" PARAMETER, "amdgpu", HEADGATE_OBSERVED, "user queues alone");
	expect("echo nonsense >" PARAMETER, "amdgpu", HEADGATE_PACED, "user queues");
	expect("echo 1 >" PARAMETER, "xe", HEADGATE_PACED, "long-running");
	/* The worst of two. */
	expect("touch dev/kfd; echo 2 >" PARAMETER, "amdgpu", HEADGATE_OBSERVED, "user_queue is 2");
}

static void no_way__raises_a_promise(void **state)
{
	(void)state;
	expect("touch dev/kfd; echo 2 >" PARAMETER, "nvidia", HEADGATE_BLIND, "NVIDIA");
	expect("touch dev/kfd; echo 2 >" PARAMETER, "nosuch", HEADGATE_BLIND, "not in headgate's table");
	expect("touch dev/kfd; echo 2 >" PARAMETER, "etnaviv", HEADGATE_OBSERVED, "no lane");
}

static void ways__are_of_drivers_in_the_table_and_lower_them(void **state)
{
	const struct headgate_bypass *bypass = NULL;

	(void)state;
	while ((bypass = headgate_bypass_next(bypass))) {
		const struct headgate_driver *driver = headgate_driver_find(bypass->driver);

		assert_non_null(driver);
		assert_true(bypass->at_most > driver->enforceability);
		assert_true(*bypass->sign && *bypass->reason);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kfd__rules_out_enforced_for_amdgpu),
		cmocka_unit_test(user_queues__rule_out_enforced_for_amdgpu),
		cmocka_unit_test(no_way__raises_a_promise),
		cmocka_unit_test(ways__are_of_drivers_in_the_table_and_lower_them),
	};

	return cmocka_run_group_tests_name("bypass", tests, set_up, tear_down);
}
