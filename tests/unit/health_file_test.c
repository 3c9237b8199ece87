// SPDX-License-Identifier: GPL-2.0-or-later
/* What is known of devices outlives headgated, and damage does no harm. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "health_file.h"
#include "health_world.h"
#include "home.h"

/* Another headgated goes on from the files: nothing is told twice, and slow is not learned. */
static void restart__forgets_nothing(void **state)
{
	struct headgate_health fresh = { 0 };
	struct world w;

	(void)state;
	begin(&w, 1);
	pass(&w, 600);
	w.slow = 2;
	pass(&w, 10);
	assert_int_equal(headgate_health_save("health", &w.health), 0);
	assert_int_equal(headgate_pasts_save("pasts", &w.health), 0);
	headgate_health_clear(&w.health);
	assert_int_equal(headgate_pasts_load("pasts", &fresh), 0);
	assert_int_equal(headgate_health_load_states("health", &fresh), 0);
	w.health = fresh;
	w.begun_ns = 0;
	assert_string_equal(pass(&w, 600), "");
	w.slow = 1;
	assert_string_equal(pass(&w, 10), "ok:- ");
	end(&w);
}

/* Its canary does not come back, nor does anybody submit to it: nothing else would clear it. */
static void ill_device_that_nothing_speaks_of__is_well_in_time(void **state)
{
	struct headgate_health_device *gpu;
	struct world w;

	(void)state;
	begin(&w, 0);
	w.unseen = true;
	w.probe_every = 0;
	write_file("health", "device gpu brown wrong 0.000 5\ndevice well ok - 0.000 5\n");
	assert_int_equal(headgate_health_load_states("health", &w.health), 0);
	gpu = headgate_health_find(&w.health, "gpu");
	/* As headgated does of devices of the host. */
	gpu->listed = headgate_health_is_of_concern(gpu);
	assert_false(headgate_health_is_of_concern(headgate_health_find(&w.health, "well")));
	assert_string_equal(pass(&w, 10), "");
	assert_string_equal(pass(&w, 10), "ok:- ");
	assert_false(headgate_health_is_of_concern(gpu));
	gpu->listed = false;
	assert_int_equal(headgate_health_save("health", &w.health), 0);
	end(&w);
	assert_int_equal(headgate_health_load_states("health", &w.health), 0);
	assert_int_equal(w.health.n_devices, 0);
	end(&w);
}

/* And one that an older headgated has written, for which nothing bad is known of its probes. */
static void last_result_of_a_probe__is_kept_to_be_shown(void **state)
{
	struct headgate_health health = { 0 }, seen = { 0 };
	struct headgate_health_device *gpu = headgate_health_get(&health, "gpu");
	struct headgate_probe *probe;

	(void)state;
	gpu->id = 1;
	assert_int_equal(headgate_probe_get(gpu, "p", &probe), 0);
	headgate_probe_begins(probe, 1, 1, 0, 1);
	for (int i = 0; i < HEADGATE_PROBE_OUTCOMES; i++) {
		headgate_probe_ends(gpu, probe, (enum headgate_probe_outcome)i, 0, 1);
		assert_int_equal(headgate_health_save("health", &health), 0);
		assert_int_equal(headgate_health_load("health", &seen), 0);
		assert_int_equal(seen.devices[0].probes[0].last, i);
		assert_int_equal(seen.devices[0].probes[0].runs, i + 1);
	}
	/* As evidence it is no longer of now. */
	gpu->probes[0].wrong = 0;
	gpu->probes[0].failed = 0;
	assert_int_equal(headgate_health_save("health", &health), 0);
	assert_int_equal(headgate_health_load("health", &seen), 0);
	assert_int_equal(seen.devices[0].probes[0].last, HEADGATE_PROBE_FAILED);
	write_file("health", "device gpu ok - 0 0\nprobe gpu p 7 0.000 12 0\n");
	assert_int_equal(headgate_health_load("health", &seen), 0);
	assert_int_equal(seen.devices[0].probes[0].last, HEADGATE_PROBE_OK);
	assert_int_equal(seen.devices[0].probes[0].runs, 7);
	headgate_health_clear(&health);
	headgate_health_clear(&seen);
}

static void damaged_files__are_read_as_far_as_they_go(void **state)
{
	static const char *const texts[] = {
		"", "\n\n", "device", "device gpu broken - 1 1\n", "device gpu dark wedged\n", "gpu p alone 999999 1 1\n",
		"gpu p alone 5 nan 1\ngpu p alone 5 1 -1\ngpu p above 5 1 1\n", "probe gpu p 1 1\n",
	};
	struct headgate_health health = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		write_file("file", texts[i]);
		assert_int_equal(headgate_health_load("file", &health), 0);
		assert_int_equal(headgate_pasts_load("file", &health), 0);
	}
	for (size_t i = 0; i < health.n_devices; i++) {
		assert_int_equal(health.devices[i].state, HEADGATE_HEALTH_OK);
		for (size_t j = 0; j < health.devices[i].n_probes; j++)
			assert_int_equal(health.devices[i].probes[j].series.pasts[0].learned, 0);
	}
	headgate_health_clear(&health);
	assert_int_equal(headgate_health_load("none", &health), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(restart__forgets_nothing),
		IN_HOME(ill_device_that_nothing_speaks_of__is_well_in_time),
		IN_HOME(last_result_of_a_probe__is_kept_to_be_shown),
		IN_HOME(damaged_files__are_read_as_far_as_they_go),
	};

	return cmocka_run_group_tests_name("health_file", tests, NULL, NULL);
}
