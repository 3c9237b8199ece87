// SPDX-License-Identifier: GPL-2.0-or-later
/* What a driver has left of a device is found in a tree that is made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "coredump.h"
#include "home.h"

static void make_dirs(const char *path)
{
	char command[256];

	snprintf(command, sizeof(command), "mkdir -p %s", path);
	assert_int_equal(system(command), 0);
}

static void coredump__is_found_by_its_device(void **state)
{
	char path[128] = "";

	(void)state;
	assert_false(headgate_coredump_find(".", "226:0", path, sizeof(path)));
	make_dirs("sys/devices/pci/a sys/devices/pci/b sys/dev/char/226:0 sys/dev/char/226:1");
	make_dirs("sys/class/devcoredump/devcd3 sys/class/devcoredump/devcd4");
	assert_int_equal(symlink("../../../devices/pci/a", "sys/dev/char/226:0/device"), 0);
	assert_int_equal(symlink("../../../devices/pci/b", "sys/dev/char/226:1/device"), 0);
	write_file("sys/class/devcoredump/disabled", "0");
	assert_false(headgate_coredump_find(".", "226:0", path, sizeof(path)));
	assert_int_equal(symlink("../../../devices/pci/b",
				 "sys/class/devcoredump/devcd4/failing_device"), 0);
	assert_false(headgate_coredump_find(".", "226:0", path, sizeof(path)));
	assert_string_equal(path, "");
	assert_true(headgate_coredump_find(".", "226:1", path, sizeof(path)));
	assert_string_equal(path, "/sys/class/devcoredump/devcd4/data");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(coredump__is_found_by_its_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
