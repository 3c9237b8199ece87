// SPDX-License-Identifier: GPL-2.0-or-later
/* A device of Vulkan's has the name that headgate device list gives it; over a made-up sysfs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drm_devices.h"
#include "home.h"
#include "place.h"

#define DRM_MAJOR 226

/* On PCI, of a chip without PCI, of virtio behind a PCI function, without a parent, NVIDIA's. */
static int set_up(void **state)
{
	return enter_home(state) || system(
		"mkdir -p sys/class/drm sys/dev/char sys/bus/pci/drivers/nvidia && "
		"node() { d=$1/$2; mkdir -p $d; echo $3 >$d/dev; "
		"  ln -s $(realpath $d) sys/class/drm/$2; ln -s $(realpath $d) sys/dev/char/$3; }; "
		"of() { ln -s $(realpath $1) $1/drm/$2/device; }; "
		"p=sys/devices/pci0/0000:03:00.0; node $p/drm card1 226:1 && node $p/drm renderD129 226:129 && "
		"of $p card1 && of $p renderD129 && "
		"p=sys/devices/platform/soc/fd000000.gpu; node $p/drm card2 226:2 && node $p/drm renderD130 226:130 && "
		"of $p card2 && of $p renderD130 && "
		"p=sys/devices/pci0/0000:00:02.0/virtio1; node $p/drm renderD131 226:131 && of $p renderD131 && "
		"node sys/devices/virtual/drm renderD132 226:132 && "
		"mkdir sys/devices/pci0/0000:c4:00.0 && "
		"ln -s $(realpath sys/devices/pci0/0000:c4:00.0) sys/bus/pci/drivers/nvidia/");
}

static const char *place(int64_t minor, const char *pci)
{
	static char name[64];

	infer_place(home, minor < 0 ? -1 : DRM_MAJOR, minor, pci, name, sizeof(name));
	return name;
}

/* What a driver tells of each device that headgated lists. */
static void device_that_is_listed__has_that_name(void **state)
{
	static const struct {
		int minor;
		const char *pci;
	} told[] = {
		{ 129, "0000:03:00.0" }, { 130, "" }, { 131, "0000:00:02.0" }, { 132, "" }, { -1, "0000:c4:00.0" },
	};
	struct headgate_drm_devices devices = { 0 };

	(void)state;
	assert_int_equal(headgate_drm_list_at(home, &devices), 0);
	assert_int_equal(devices.count, sizeof(told) / sizeof(told[0]));
	for (size_t i = 0; i < devices.count; i++) {
		size_t j;

		for (j = 0; told[j].minor != devices.items[i].render_minor; j++)
			;
		assert_string_equal(place(told[j].minor, told[j].pci), devices.items[i].name);
	}
	headgate_drm_devices_free(&devices);
}

static void names__are_these(void **state)
{
	(void)state;
	assert_string_equal(place(129, "0000:03:00.0"), "0000:03:00.0");
	assert_string_equal(place(130, ""), "fd000000.gpu");
	assert_string_equal(place(131, "0000:00:02.0"), "virtio1");
	assert_string_equal(place(132, ""), "renderD132");
	assert_string_equal(place(-1, "0000:c4:00.0"), "0000:c4:00.0");
}

/* A container may hide sysfs. */
static void node_not_in_sysfs__leaves_the_address(void **state)
{
	(void)state;
	assert_string_equal(place(140, "0000:05:00.0"), "0000:05:00.0");
	assert_string_equal(place(140, ""), "");
	assert_string_equal(place(-1, ""), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, leave_home)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(device_that_is_listed__has_that_name),
		TEST(names__are_these),
		TEST(node_not_in_sysfs__leaves_the_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
