// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of devices, on a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "device.h"
#include "evidence.h"

static const struct evidence attached = {
	.module_btf = ANSWER_YES, .gate = ANSWER_YES, .gate_compat = ANSWER_YES,
	.lsm_bpf = ANSWER_YES,
};

/* One device of each driver there is, all in one list. */
static size_t one_of_each(struct headgate_drm_device *devices, struct headgate_device *seen)
{
	const struct headgate_driver *driver = NULL;
	size_t count = 0;

	for (; (driver = headgate_driver_next(driver)); count++) {
		struct headgate_drm_device *device = &devices[count];

		assert_true(count < 64);
		*device = (struct headgate_drm_device){
			.name = "0000:c4:00.1", .primary_minor = (int)count,
			.render_minor = 128 + (int)count, .accel_minor = -1,
		};
		snprintf(device->driver, sizeof(device->driver), "%s", driver->name);
		snprintf(device->primary_node, sizeof(device->primary_node), "/dev/dri/card%zu",
			 count);
		snprintf(device->render_node, sizeof(device->render_node), "/dev/dri/renderD%zu",
			 128 + count);
		seen[count] = (struct headgate_device){
			.id = (uint32_t)count, .primary_minor = (int)count,
			.render_minor = 128 + (int)count, .accel_minor = -1, .jobs = 12345,
			.tickets = 12345,
		};
	}
	return count;
}

static void device_list__fits_80_columns_and_keeps_every_reason(void **state)
{
	struct headgate_drm_device present[64];
	struct headgate_device seen[64];
	size_t count = one_of_each(present, seen), size;
	const struct headgate_driver *driver = NULL;
	struct device_view view = {
		.evidence = attached, .module_loaded = true, .told = true,
		.seen = { seen, count }, .present = { present, count },
	};
	char *text, *at;
	FILE *file = open_memstream(&text, &size);

	(void)state;
	device_text(&view, file, 80);
	fclose(file);
	for (at = text; *at; at += strcspn(at, "\n") + 1)
		if (strcspn(at, "\n") > 80)
			fail_msg("too long: %.*s", (int)strcspn(at, "\n"), at);
	assert_non_null(strstr(text, "0000:c4:00.1  i915                  card4,renderD132"));
	/* Reasons are broken at blanks: put together again, they are whole. */
	while ((at = strstr(text, "\n    "))) {
		*at = ' ';
		memmove(at + 1, at + 5, strlen(at + 5) + 1);
	}
	while ((driver = headgate_driver_next(driver)))
		if (!strstr(text, driver->reason))
			fail_msg("the reason of %s is lost", driver->name);
	free(text);
}

static void device_list__tells_of_a_device_that_is_gone(void **state)
{
	struct headgate_drm_device present[1] = { {
		.name = "simgpu", .driver = "simgpu", .primary_minor = 0, .render_minor = 128,
		.accel_minor = -1, .render_node = "/dev/dri/renderD128",
	} };
	struct headgate_device seen[2] = {
		{ .id = 1, .name = "simgpu", .driver = "simgpu", .primary_minor = -1,
		  .render_minor = -1, .accel_minor = -1, .jobs = 111, .gone = 1 },
		{ .id = 2, .name = "simgpu", .driver = "simgpu", .primary_minor = 0,
		  .render_minor = 128, .accel_minor = -1, .jobs = 222 },
	};
	struct device_view view = {
		.evidence = attached, .module_loaded = true, .told = true,
		.seen = { seen, 2 }, .present = { present, 1 },
	};
	char *text, *gone;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	(void)state;
	device_text(&view, file, 0);
	fclose(file);
	assert_non_null(strstr(text, "222  enforced"));
	gone = strstr(text, "111  gone");
	assert_non_null(gone);
	assert_true(gone > strstr(text, "222  enforced"));
	free(text);
	/* And where nothing else is. */
	view.present.count = 0;
	file = open_memstream(&text, &size);
	device_text(&view, file, 0);
	fclose(file);
	assert_non_null(strstr(text, "111  gone"));
	assert_null(strstr(text, "No GPU or accelerator"));
	free(text);
}

static void a_gpu_without_a_drm_node__is_listed_as_blind(void **state)
{
	struct headgate_drm_device gpu = {
		.name = "0000:c1:00.0", .driver = "nvidia", .other_node = "/dev/nvidia1",
		.primary_minor = -1, .render_minor = -1, .accel_minor = -1,
	};
	/* Of no node either, so that minors do not tell them apart. */
	struct headgate_device other = {
		.name = "0000:00:02.0", .primary_minor = -1, .render_minor = -1, .accel_minor = -1,
		.jobs = 12345,
	};
	struct device_view view = {
		.evidence = attached, .module_loaded = true, .told = true,
		.seen = { &other, 1 }, .present = { &gpu, 1 },
	};
	char *text;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	(void)state;
	device_text(&view, file, 0);
	fclose(file);
	assert_non_null(strstr(text, "0000:c1:00.0"));
	assert_non_null(strstr(text, "nvidia1"));
	assert_non_null(strstr(text, "blind"));
	assert_null(strstr(text, "12345"));
	free(text);
}

static void a_virtio_gpu__is_judged_by_what_its_own_host_offers(void **state)
{
	struct headgate_drm_device present[2] = {
		{ .name = "0000:00:01.0", .driver = "virtio_gpu", .primary_minor = 0,
		  .render_minor = 128, .accel_minor = -1, .capsets = 1 << 1 | 1 << 2 },
		{ .name = "0000:00:02.0", .driver = "virtio_gpu", .primary_minor = 1,
		  .render_minor = 129, .accel_minor = -1, .capsets = 1 << 2 | 1 << 4 },
	};
	struct device_view view = {
		.evidence = attached, .module_loaded = true, .told = true,
		.present = { present, 2 },
	};
	struct verdict verdict;

	(void)state;
	device_view_judge(&view, 0, &verdict);
	assert_int_equal(verdict.enforceability, HEADGATE_ENFORCED);
	device_view_judge(&view, 1, &verdict);
	assert_int_equal(verdict.enforceability, HEADGATE_PACED);
	assert_non_null(strstr(verdict.reason, "Venus"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gpu_without_a_drm_node__is_listed_as_blind),
		cmocka_unit_test(a_virtio_gpu__is_judged_by_what_its_own_host_offers),
		cmocka_unit_test(device_list__fits_80_columns_and_keeps_every_reason),
		cmocka_unit_test(device_list__tells_of_a_device_that_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
