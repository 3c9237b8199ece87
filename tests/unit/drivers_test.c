// SPDX-License-Identifier: GPL-2.0-or-later
/* The driver table: complete, consistent, and honest about what it cannot hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <headgate/gate.h>

#include "drivers.h"

/* include/uapi/drm/drm.h */
#define DRM_COMMAND_BASE	0x40
#define DRM_COMMAND_END		0xa0

/* KERNEL.md, "Submit ioctls (nr)", by the names that the drivers give themselves. */
static const struct {
	const char *name;
	uint8_t nrs[HEADGATE_DRIVER_IOCTLS_MAX + 1];
} listed[] = {
	{ "i915", { 0x69 } },
	{ "amdgpu", { 0x44 } },
	{ "xe", { 0x49 } },
	{ "nouveau", { 0x81, 0x52 } },
	{ "virtio_gpu", { 0x42 } },
	{ "qxl", { 0x42 } },
	{ "vmwgfx", { 0x4c } },
	{ "radeon", { 0x66 } },
	{ "msm", { 0x46 } },
	{ "panfrost", { 0x40 } },
	{ "panthor", { 0x49 } },
	{ "lima", { 0x43 } },
	{ "v3d", { 0x40, 0x46, 0x47, 0x4b } },
	{ "vc4", { 0x40 } },
	{ "etnaviv", { 0x46 } },
	{ "powervr", { 0x4d } },
	{ "vgem", { 0x41, 0x42 } },
	{ "intel_vpu", { 0x45, 0x4d } },
	{ "habanalabs", { 0x42 } },
	{ "qaic", { 0x44, 0x45 } },
	{ "amdxdna_accel_driver", { 0x46 } },
	{ "rocket", { 0x41 } },
	{ "ethosu", { 0x45 } },
	{ "simgpu", { 0x40 } },
	{ "simgpu_queues", { 0x40 } },
};

/* KERNEL.md, "drm_sched-based"; nouveau is both. */
static const char *const by_sched[] = {
	"amdgpu", "xe", "msm", "panfrost", "panthor", "lima", "v3d", "etnaviv", "powervr",
	"amdxdna_accel_driver", "rocket", "ethosu", "simgpu", "simgpu_queues",
};

/* Those of them that make a drm_sched for each queue. */
static const char *const by_queue[] = {
	"xe", "panthor", "powervr", "amdxdna_accel_driver", "simgpu_queues",
};

/* Those that emit their fences, or have none that could be followed. */
static const char *const emits[] = { "virtio_gpu", "qxl", "vgem", "habanalabs", "qaic" };

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const struct headgate_driver_ioctl *find_ioctl(const struct headgate_driver *driver,
						      uint8_t nr)
{
	for (size_t i = 0; i < driver->n_ioctls; i++)
		if (driver->ioctls[i].nr == nr)
			return &driver->ioctls[i];
	return NULL;
}

static void every_listed_driver__is_there_with_its_ioctls(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(listed); i++) {
		const struct headgate_driver *driver = headgate_driver_find(listed[i].name);
		size_t n = 0;

		if (!driver)
			fail_msg("%s is missing", listed[i].name);
		for (; listed[i].nrs[n]; n++)
			if (!find_ioctl(driver, listed[i].nrs[n]))
				fail_msg("%s lacks 0x%x", listed[i].name, listed[i].nrs[n]);
		assert_int_equal(driver->n_ioctls, n);
	}
}

static void names__are_unique_and_fit_the_key(void **state)
{
	const struct headgate_driver *driver = NULL;

	(void)state;
	while ((driver = headgate_driver_next(driver))) {
		assert_ptr_equal(headgate_driver_find(driver->name), driver);
		assert_true(strlen(driver->name) < HEADGATE_DRIVER_NAME_LEN);
	}
}

static void ioctls__are_driver_ioctls_and_unique(void **state)
{
	const struct headgate_driver *driver = NULL;

	(void)state;
	while ((driver = headgate_driver_next(driver))) {
		assert_true(driver->n_ioctls <= HEADGATE_DRIVER_IOCTLS_MAX);
		for (size_t i = 0; i < driver->n_ioctls; i++) {
			const struct headgate_driver_ioctl *ioctl = &driver->ioctls[i];

			assert_in_range(ioctl->nr, DRM_COMMAND_BASE, DRM_COMMAND_END - 1);
			assert_ptr_equal(find_ioctl(driver, ioctl->nr), ioctl);
		}
	}
}

static bool is_in(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

static unsigned int expected_flags(const char *name)
{
	if (is_in(by_sched, ARRAY_SIZE(by_sched), name))
		return is_in(by_queue, ARRAY_SIZE(by_queue), name) ? HEADGATE_ADMIT_CLASS : 0;
	if (is_in(emits, ARRAY_SIZE(emits), name))
		return HEADGATE_ADMIT_FENCE;
	return HEADGATE_ADMIT_FENCE | HEADGATE_ADMIT_FENCE_INIT;
}

static void drivers__are_metered_by_what_they_have(void **state)
{
	const struct headgate_driver *driver = NULL;

	(void)state;
	while ((driver = headgate_driver_next(driver))) {
		if (!strcmp(driver->name, "nouveau"))
			continue;
		for (size_t i = 0; i < driver->n_ioctls; i++)
			assert_int_equal(driver->ioctls[i].flags,
					 expected_flags(driver->name));
	}
	driver = headgate_driver_find("nouveau");
	assert_int_equal(find_ioctl(driver, 0x52)->flags, HEADGATE_ADMIT_CLASS);
	assert_int_equal(find_ioctl(driver, 0x81)->flags,
			 HEADGATE_ADMIT_FENCE | HEADGATE_ADMIT_FENCE_INIT);
}

static void enforced_drivers__are_gated_and_all_say_why(void **state)
{
	const struct headgate_driver *driver = NULL;

	(void)state;
	while ((driver = headgate_driver_next(driver))) {
		assert_true(driver->reason && *driver->reason);
		if (driver->enforceability == HEADGATE_ENFORCED)
			assert_true(driver->gated && driver->n_ioctls);
		if (driver->enforceability == HEADGATE_BLIND)
			assert_true(!driver->gated && !driver->n_ioctls);
	}
}

static void enforceability__is_never_overstated(void **state)
{
	(void)state;
	assert_int_equal(headgate_driver_find("nvidia-drm")->enforceability, HEADGATE_BLIND);
	assert_int_equal(headgate_driver_find("vgem")->enforceability, HEADGATE_OBSERVED);
	assert_false(headgate_driver_find("vgem")->gated);
	assert_int_equal(headgate_driver_find("habanalabs")->enforceability, HEADGATE_OBSERVED);
	/* Any program may have long-running mode there. */
	assert_int_equal(headgate_driver_find("xe")->enforceability, HEADGATE_PACED);
	assert_int_equal(headgate_driver_find("nvidia")->enforceability, HEADGATE_BLIND);
	assert_null(headgate_driver_find("nosuch"));
}

static void what_is_measured__says_by_what_and_has_lanes(void **state)
{
	const struct headgate_driver *driver = NULL;

	(void)state;
	while ((driver = headgate_driver_next(driver))) {
		/* Held by what its jobs cost: nothing else is more than a count. */
		if (driver->enforceability <= HEADGATE_PACED)
			assert_int_not_equal(driver->lanes, HEADGATE_LANES_NONE);
		if (!driver->gated)
			assert_int_equal(driver->lanes, HEADGATE_LANES_NONE);
		for (size_t i = 0; i < driver->n_ioctls; i++) {
			const struct headgate_driver_ioctl *ioctl = &driver->ioctls[i];
			const char *meter = headgate_driver_meter(driver, ioctl);

			assert_int_equal(!strcmp(meter, "none"),
					 driver->lanes == HEADGATE_LANES_NONE);
			if (driver->lanes != HEADGATE_LANES_NONE)
				assert_int_equal(!strcmp(meter, "drm_sched"),
						 !(ioctl->flags & HEADGATE_ADMIT_FENCE));
		}
	}
}

static void enforceability__has_a_name(void **state)
{
	(void)state;
	assert_string_equal(headgate_enforceability_name(HEADGATE_ENFORCED), "enforced");
	assert_string_equal(headgate_enforceability_name(HEADGATE_PACED), "paced");
	assert_string_equal(headgate_enforceability_name(HEADGATE_OBSERVED), "observed");
	assert_string_equal(headgate_enforceability_name(HEADGATE_BLIND), "blind");
	assert_string_equal(headgate_enforceability_name(99), "?");
}

static void yes_to_pacing__takes_a_source_that_there_is(void **state)
{
	const struct headgate_driver *driver = NULL;

	(void)state;
	while ((driver = headgate_driver_next(driver))) {
		assert_true(headgate_driver_can_pace(driver, headgate_driver_pace(driver)));
		assert_true(headgate_driver_can_pace(driver, HEADGATE_PACE_NO));
		assert_int_equal(headgate_driver_can_pace(driver, HEADGATE_PACE_FDINFO),
				 !!driver->fdinfo);
		if (driver->fdinfo_first)
			assert_int_equal(headgate_driver_pace(driver), HEADGATE_PACE_FDINFO);
		if (headgate_driver_pace(driver) == HEADGATE_PACE_NO)
			assert_null(driver->fdinfo);
	}
	/* Measured in tickets alone, and told of by fdinfo. */
	assert_int_equal(headgate_driver_pace(headgate_driver_find("i915")), HEADGATE_PACE_FDINFO);
	/* In part. */
	assert_int_equal(headgate_driver_pace(headgate_driver_find("xe")), HEADGATE_PACE_FDINFO);
	assert_int_equal(headgate_driver_pace(headgate_driver_find("amdgpu")), HEADGATE_PACE_LEDGER);
	assert_int_equal(headgate_driver_pace(headgate_driver_find("habanalabs")), HEADGATE_PACE_NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_listed_driver__is_there_with_its_ioctls),
		cmocka_unit_test(names__are_unique_and_fit_the_key),
		cmocka_unit_test(ioctls__are_driver_ioctls_and_unique),
		cmocka_unit_test(drivers__are_metered_by_what_they_have),
		cmocka_unit_test(enforced_drivers__are_gated_and_all_say_why),
		cmocka_unit_test(enforceability__is_never_overstated),
		cmocka_unit_test(what_is_measured__says_by_what_and_has_lanes),
		cmocka_unit_test(enforceability__has_a_name),
		cmocka_unit_test(yes_to_pacing__takes_a_source_that_there_is),
	};

	return cmocka_run_group_tests_name("drivers", tests, NULL, NULL);
}
