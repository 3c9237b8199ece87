// SPDX-License-Identifier: GPL-2.0-or-later
/* Section [driver NAME] of the policy file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "config_load.h"

static void driver__is_paced_by_the_last_word(void **state)
{
	struct headgate_config config;

	(void)state;
	assert_int_equal(mkdir("conf.d", 0700), 0);
	write_file("conf.d/10.conf", "[driver simgpu]\npace = no\n[driver lima]\npace = yes\n");
	write_file("conf.d/20.conf", "[driver lima]\n");
	config = load("[driver simgpu]\npace = yes\n[ driver   amdgpu ]\npace=fdinfo\n[driver xe]\n");
	assert_int_equal(headgate_config_pace(&config, "simgpu"), HEADGATE_PACE_NO);
	assert_int_equal(headgate_config_pace(&config, "amdgpu"), HEADGATE_PACE_FDINFO);
	assert_int_equal(headgate_config_pace(&config, "lima"), HEADGATE_PACE_LEDGER);
	assert_int_equal(headgate_config_pace(&config, "xe"), HEADGATE_PACE_NO);
	assert_int_equal(headgate_config_pace(&config, "unheard of"), HEADGATE_PACE_NO);
	headgate_config_free(&config);
}

static void driver__is_paced_by_the_source_that_tells_most(void **state)
{
	struct headgate_config config;

	(void)state;
	config = load("[driver simgpu]\npace = yes\n[driver i915]\npace = yes\n"
		      "[driver xe]\npace = yes\n[driver lima]\npace = fdinfo\n[driver v3d]\npace = ledger\n");
	assert_int_equal(headgate_config_pace(&config, "simgpu"), HEADGATE_PACE_LEDGER);
	assert_int_equal(headgate_config_pace(&config, "i915"), HEADGATE_PACE_FDINFO);
	assert_int_equal(headgate_config_pace(&config, "xe"), HEADGATE_PACE_FDINFO);
	assert_int_equal(headgate_config_pace(&config, "lima"), HEADGATE_PACE_FDINFO);
	assert_int_equal(headgate_config_pace(&config, "v3d"), HEADGATE_PACE_LEDGER);
	headgate_config_free(&config);
}

static void driver__errors_are_told_with_their_line(void **state)
{
	(void)state;
	refuse("[driver]\n", "f:1: [driver] needs the name of a driver, such as [driver amdgpu]");
	refuse("[driver simgpuu]\npace = yes\n", "f:1: [driver simgpuu]: headgate does not know this driver; headgate device list names those of this host");
	refuse("[driver lima]\n[driver lima]\n", "f:2: section [driver lima] is there twice in this file");
	refuse("[driver lima]\npace = 1\n", "f:2: pace: \"1\" is neither yes, no, ledger nor fdinfo");
	refuse("[driver lima]\npace = no\npace = yes\n", "f:3: pace is set twice in this section");
	refuse("[driver lima]\nweight = 5\n", "f:2: unknown key weight in [driver]; there are pace and deadline");
	refuse("[driver nvidia-drm]\npace = yes\n",
	       "f:2: pace: without the gate nobody measures the jobs of nvidia-drm, nor does its fdinfo tell of them, so it cannot be paced");
	refuse("[driver virtio_gpu]\npace = yes\n",
	       "f:2: pace: without the gate nobody measures the jobs of virtio_gpu, nor does its fdinfo tell of them, so it cannot be paced");
	refuse("[driver i915]\npace = ledger\n",
	       "f:2: pace: without the gate nobody measures the jobs of i915, so the ledger cannot pace it");
	refuse("[driver etnaviv]\npace = fdinfo\n",
	       "f:2: pace: the fdinfo of etnaviv tells no engine time, so it cannot pace it");
	refuse("[driver lima]\ndeadline = 541s\n",
	       "f:2: deadline: 541s is out of range, 1 s to 540 s are allowed");
	refuse("[driver lima]\ndeadline = 9m\ndeadline = 9m\n",
	       "f:3: deadline is set twice in this section");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(driver__is_paced_by_the_last_word),
		IN_HOME(driver__is_paced_by_the_source_that_tells_most),
		IN_HOME(driver__errors_are_told_with_their_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
