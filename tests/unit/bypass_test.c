// SPDX-License-Identifier: GPL-2.0-or-later
/* Ways past the gate, over a made-up /sys and /dev. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bypass.h"
#include "home.h"
#include "virtio.h"

static void shell(const char *script)
{
	assert_int_equal(system(script), 0);
}

/* The host is empty but for what @script makes; the promise, and words of its reason. */
static void expect(const char *script, const char *driver,
		   enum headgate_enforceability enforceability, const char *words)
{
	const char *reason;
	enum headgate_enforceability got;

	shell("rm -rf sys dev && mkdir -p dev sys/module/amdgpu/parameters sys/class");
	shell(script);
	got = headgate_bypass_promise(driver, headgate_bypasses_open(home), &reason);
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

static void expect_capsets(uint32_t capsets, enum headgate_enforceability enforceability,
			   const char *words)
{
	struct headgate_drm_device device = { .driver = "virtio_gpu", .capsets = capsets };
	const char *reason;

	assert_int_equal(headgate_bypass_promise("virtio_gpu", headgate_bypasses_open_on(&device),
						 &reason), enforceability);
	if (!strstr(reason, words))
		fail_msg("\"%s\" is not for \"%s\"", reason, words);
	/* Of another driver the same bits say nothing. */
	strcpy(device.driver, "simgpu");
	assert_int_equal(headgate_bypasses_open_on(&device), 0);
}

static void venus__rules_out_enforced_for_a_virtio_gpu(void **state)
{
	(void)state;
	expect_capsets(0, HEADGATE_ENFORCED, "by their fences");
	expect_capsets(1 << 1 | 1 << 2, HEADGATE_ENFORCED, "by their fences");
	/* Wayland, and contexts of a native driver, submit by EXECBUFFER. */
	expect_capsets(1 << 5 | 1 << 6, HEADGATE_ENFORCED, "by their fences");
	expect_capsets(1 << 1 | 1 << 2 | 1 << 4, HEADGATE_PACED, "Venus or the like");
	expect_capsets(1 << 3, HEADGATE_PACED, "Venus or the like");
	expect_capsets(1 << 9, HEADGATE_PACED, "Venus or the like");
	expect_capsets(1U << 31, HEADGATE_PACED, "Venus or the like");
	expect_capsets(HEADGATE_CAPSETS_UNKNOWN, HEADGATE_PACED, "cannot be told");
}

/* The driver's answers to RESOURCE_BLOB, CONTEXT_INIT and SUPPORTED_CAPSET_IDs. */
static struct { int error, value; } answers[3];

static int getparam(int fd, uint64_t param, int *value)
{
	int i = param == 3 ? 0 : param == 6 ? 1 : 2;

	assert_int_equal(fd, 7);
	assert_true(param == 3 || param == 6 || param == 7);
	if (!answers[i].error)
		*value = answers[i].value;
	return answers[i].error;
}

static void expect_answers(int blob, int context, int capsets, uint32_t expected)
{
	const int values[] = { blob, context, capsets };

	for (int i = 0; i < 3; i++) {
		answers[i].error = values[i] < 0 ? values[i] : 0;
		answers[i].value = values[i];
	}
	assert_int_equal(headgate_virtio_capsets(7, getparam), expected);
}

static void capsets__count_where_a_ring_can_be_had(void **state)
{
	(void)state;
	expect_answers(1, 1, 0x16, 0x16);
	/* An old kernel, or a host without: only virgl, and no memory to share. */
	expect_answers(-EINVAL, -EINVAL, -EINVAL, 0);
	expect_answers(0, 1, 0x16, 0);
	expect_answers(1, 0, 0x16, 0);
	expect_answers(1, 1, -EINVAL, HEADGATE_CAPSETS_UNKNOWN);
	expect_answers(-EACCES, 1, 0x16, HEADGATE_CAPSETS_UNKNOWN);
	expect_answers(1, -ENODEV, 0x16, HEADGATE_CAPSETS_UNKNOWN);
	/* No driver at all answers at this file. */
	assert_int_equal(headgate_virtio_capsets(-1, NULL), HEADGATE_CAPSETS_UNKNOWN);
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
		assert_true(!bypass->is_open != !bypass->is_open_on);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kfd__rules_out_enforced_for_amdgpu),
		cmocka_unit_test(user_queues__rule_out_enforced_for_amdgpu),
		cmocka_unit_test(venus__rules_out_enforced_for_a_virtio_gpu),
		cmocka_unit_test(capsets__count_where_a_ring_can_be_had),
		cmocka_unit_test(no_way__raises_a_promise),
		cmocka_unit_test(ways__are_of_drivers_in_the_table_and_lower_them),
	};

	return cmocka_run_group_tests_name("bypass", tests, enter_home, leave_home);
}
