// SPDX-License-Identifier: GPL-2.0-or-later
/* Enumeration over a made-up sysfs; the nodes cannot be opened there, so no driver is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drm_devices.h"
#include "home.h"

static int set_up(void **state)
{
	return enter_home(state) || system(
		"mkdir -p sys/class/drm sys/class/accel sys/devices/pci0/0000:00:02.0/drm "
		"sys/devices/pci0/0000:00:0b.0 sys/devices/platform/simgpu.0 && "
		"node() { d=$1/$2; mkdir -p $d; echo $3 > $d/dev; ln -s $(realpath $1) $d/device; "
		"  ln -s $(realpath $d) sys/class/$4/$2; }; "
		"node sys/devices/pci0/0000:00:02.0 card1 226:1 drm && "
		"node sys/devices/pci0/0000:00:02.0 renderD129 226:129 drm && "
		"node sys/devices/platform/simgpu.0 card0 226:0 drm && "
		"node sys/devices/platform/simgpu.0 renderD128 226:128 drm && "
		"node sys/devices/platform/simgpu.0 renderD130 226:130 drm && "
		"node sys/devices/pci0/0000:00:0b.0 accel0 261:0 accel && "
		"mkdir sys/class/drm/card1-DP-1 && echo drm 1.1.0 > sys/class/drm/version && "
		"mkdir -p sys/devices/virtual/card7 && echo 226:7 > sys/devices/virtual/card7/dev && "
		"ln -s $(realpath sys/devices/virtual/card7) sys/class/drm/card7");
}

static const struct headgate_drm_device *find(const struct headgate_drm_devices *devices,
					      const char *name, size_t skip)
{
	for (size_t i = 0; i < devices->count; i++)
		if (!strcmp(devices->items[i].name, name) && !skip--)
			return &devices->items[i];
	fail_msg("no device %s", name);
	return NULL;
}

static void nodes_of_one_parent__are_one_device(void **state)
{
	struct headgate_drm_devices devices = { 0 };
	const struct headgate_drm_device *device;

	(void)state;
	assert_int_equal(headgate_drm_enumerate_at(home, &devices), 0);
	assert_int_equal(devices.count, 5);

	device = find(&devices, "0000:00:02.0", 0);
	assert_int_equal(device->primary_minor, 1);
	assert_int_equal(device->render_minor, 129);
	assert_int_equal(device->accel_minor, -1);
	assert_string_equal(device->primary_node, "/dev/dri/card1");
	assert_string_equal(device->render_node, "/dev/dri/renderD129");
	assert_string_equal(device->accel_node, "");
	assert_string_equal(device->driver, "");
	assert_true(device->instance);

	device = find(&devices, "0000:00:0b.0", 0);
	assert_int_equal(device->accel_minor, 0);
	assert_int_equal(device->render_minor, -1);
	assert_string_equal(device->accel_node, "/dev/accel/accel0");

	/* A second render node of one parent is a device of its own. */
	assert_int_equal(find(&devices, "simgpu.0", 0)->render_minor, 128);
	assert_int_equal(find(&devices, "simgpu.0", 1)->render_minor, 130);
	assert_int_equal(find(&devices, "simgpu.0", 1)->primary_minor, -1);

	/* Without a parent it goes by its own name. */
	assert_int_equal(find(&devices, "card7", 0)->primary_minor, 7);
	headgate_drm_devices_free(&devices);
}

/* The lowest number of its nodes, so that it is the same while one comes after the other. */
static void device_that_is_made_anew__is_another_instance(void **state)
{
	struct headgate_drm_devices devices = { 0 };
	uint64_t first, half;

	(void)state;
	assert_int_equal(headgate_drm_list_at(home, &devices), 0);
	first = find(&devices, "0000:00:02.0", 0)->instance;
	headgate_drm_devices_free(&devices);
	assert_int_equal(system("mv sys/class/drm/card1 ."), 0);
	assert_int_equal(headgate_drm_list_at(home, &devices), 0);
	half = find(&devices, "0000:00:02.0", 0)->instance;
	headgate_drm_devices_free(&devices);
	assert_int_equal(system("mv card1 sys/class/drm && mv sys/class/drm/renderD129 ."), 0);
	assert_int_equal(headgate_drm_list_at(home, &devices), 0);
	assert_true(half != find(&devices, "0000:00:02.0", 0)->instance);
	assert_true(first == half || first == find(&devices, "0000:00:02.0", 0)->instance);
	assert_true(first <= half && first <= find(&devices, "0000:00:02.0", 0)->instance);
	headgate_drm_devices_free(&devices);
	assert_int_equal(system("mv renderD129 sys/class/drm"), 0);
}

/* What a host of NVIDIA's driver has beside DRM's folders, and what is none of its GPUs. */
static int add_nvidia(void)
{
	return system(
		"mkdir -p sys/bus/pci/drivers/nvidia dev proc/driver/nvidia/gpus/0000:c1:00.0 && "
		"cd sys/bus/pci/drivers/nvidia && touch bind new_id && "
		"mkdir 0000:00:02.0 0000:c1:00.0 0000:c2:00.0 && cd - >/dev/null && "
		"printf 'Model: \\t GPU\\nDevice Minor: \\t 1\\n' "
		"  >proc/driver/nvidia/gpus/0000:c1:00.0/information && "
		"touch dev/nvidia1 dev/nvidia2 dev/nvidiactl dev/nvidia-uvm dev/nvidia-modeset");
}

static void gpus_of_nvidia_without_a_drm_node__are_devices(void **state)
{
	struct headgate_drm_devices devices = { 0 };
	const struct headgate_drm_device *device;

	(void)state;
	assert_int_equal(add_nvidia(), 0);
	assert_int_equal(headgate_drm_enumerate_at(home, &devices), 0);
	/* 0000:00:02.0 has a DRM node: it is listed, once. */
	assert_int_equal(devices.count, 7);
	assert_string_equal(find(&devices, "0000:00:02.0", 0)->driver, "");
	device = find(&devices, "0000:c1:00.0", 0);
	assert_string_equal(device->driver, "nvidia");
	assert_string_equal(device->other_node, "/dev/nvidia1");
	assert_int_equal(device->primary_minor, -1);
	assert_int_equal(device->render_minor, -1);
	assert_int_equal(device->accel_minor, -1);
	/* The driver does not tell of its node. */
	assert_string_equal(find(&devices, "0000:c2:00.0", 0)->other_node, "");
	headgate_drm_devices_free(&devices);

	/* A container that sees the nodes alone, made up of what the host has. */
	assert_int_equal(system("rm -r sys/bus proc sys/class"), 0);
	assert_int_equal(headgate_drm_enumerate_at(home, &devices), 0);
	assert_int_equal(devices.count, 2);
	assert_string_equal(find(&devices, "nvidia1", 0)->other_node, "/dev/nvidia1");
	assert_string_equal(find(&devices, "nvidia2", 0)->driver, "nvidia");
	headgate_drm_devices_free(&devices);
}

static void host_without_devices__is_no_error(void **state)
{
	struct headgate_drm_devices devices = { 0 };

	(void)state;
	assert_int_equal(headgate_drm_enumerate_at("/nonexistent", &devices), 0);
	assert_int_equal(devices.count, 0);
	headgate_drm_devices_free(&devices);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_of_one_parent__are_one_device),
		cmocka_unit_test(device_that_is_made_anew__is_another_instance),
		cmocka_unit_test(gpus_of_nvidia_without_a_drm_node__are_devices),
		cmocka_unit_test(host_without_devices__is_no_error),
	};

	return cmocka_run_group_tests(tests, set_up, leave_home);
}
