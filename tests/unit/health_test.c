// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Devices as they are seen second by second, made up: a probe each second, agents beside it,
 * stalls. What is told must be right, and be told once.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "health_world.h"

static void slow_device__is_told_within_five_seconds_and_when_it_recovers(void **state)
{
	struct world w;

	(void)state;
	for (size_t agents = 0; agents < 8; agents++) {
		begin(&w, agents / 2);
		w.timed = agents % 2;
		assert_string_equal(pass(&w, 100), "");
		w.slow = 1.25;
		assert_string_equal(pass(&w, 5), "degraded:slower ");
		w.slow = 1.6;
		assert_string_equal(pass(&w, 5), "brown:slower ");
		assert_true(fabs(headgate_health_find(&w.health, "gpu")->factor - 1.6) < 0.1);
		assert_string_equal(pass(&w, 1000), "");
		w.slow = 1;
		assert_string_equal(pass(&w, 10), "ok:- ");
		assert_string_equal(pass(&w, 1000), "");
		end(&w);
	}
}

/* Since it is slow nobody has it do anything, and what it takes alone was never learned. */
static void device_that_is_left_alone__is_seen_to_recover(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 2);
	pass(&w, 100);
	w.slow = 2;
	assert_string_equal(pass(&w, 10), "brown:slower ");
	w.n_agents = 0;
	assert_string_equal(pass(&w, 100), "");
	w.slow = 1;
	assert_string_equal(pass(&w, 10), "ok:- ");
	end(&w);
}

/* At the limit it does not flap. */
static void slowness_about_the_limit__is_one_event(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 2);
	pass(&w, 100);
	w.slow = 1.5;
	pass(&w, 20);
	for (int i = 0; i < 100; i++) {
		w.slow = i % 2 ? 1.36 : 1.45;
		assert_string_equal(pass(&w, 7), "");
	}
	end(&w);
}

/* Others come, go, and do longer jobs, alone or all at once, for six hours. */
static void others_work__is_never_a_brownout(void **state)
{
	struct world w;

	(void)state;
	for (int probe = 0; probe < 2; probe++) {
		begin(&w, 0);
		w.probe_every = probe;
		for (int i = 0; i < 6 * 3600 / 20; i++) {
			w.n_agents = (size_t)(erand48(w.dice) * AGENTS_MAX);
			for (size_t j = 0; j < w.n_agents; j++) {
				if (erand48(w.dice) >= 0.3)
					continue;
				w.agents[j].jobs = (uint64_t)(erand48(w.dice) * 100);
				w.agents[j].job_ns = exp(erand48(w.dice) * 7) * 100000;
			}
			assert_string_equal(pass(&w, 20), "");
		}
		end(&w);
	}
}

/* All agents take longer jobs by one factor; the probe knows that the device is not the cause. */
static void agents_that_change_together__are_explained_by_the_probe(void **state)
{
	struct world w;

	(void)state;
	for (int probe = 0; probe < 3; probe++) {
		begin(&w, 4);
		w.probe_every = !!probe;
		w.timed = probe == 2;
		assert_string_equal(pass(&w, 100), "");
		for (size_t i = 0; i < w.n_agents; i++)
			w.agents[i].job_ns *= 1.7;
		assert_string_equal(pass(&w, 100), probe ? "" : "degraded:all-slower ");
		if (probe) {
			/* And then it is what they do. */
			w.probe_every = 0;
			assert_string_equal(pass(&w, 100), "");
		}
		end(&w);
	}
}

/* What is no one cause: other factors, another moment, or not all. */
static void agents_that_change_apart__say_nothing(void **state)
{
	struct world w;

	(void)state;
	for (int how = 0; how < 3; how++) {
		begin(&w, 4);
		w.probe_every = 0;
		assert_string_equal(pass(&w, 100), "");
		for (size_t i = 0; i < w.n_agents; i++) {
			if (how == 0)
				w.agents[i].job_ns *= 1.5 + 0.2 * (double)i;
			else if (how == 1 || i != 2)
				w.agents[i].job_ns *= 1.7;
			if (how == 1)
				assert_string_equal(pass(&w, 10), "");
		}
		assert_string_equal(pass(&w, 200), "");
		end(&w);
	}
}

/* Nothing is known of how it was before. */
static void device_that_is_not_well__is_not_learned_from(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 0);
	w.outcome = HEADGATE_PROBE_WRONG;
	pass(&w, 100);
	assert_in_range(headgate_health_find(&w.health, "gpu")->probes[0].series.pasts[0].learned, 0, 5);
	end(&w);
}

static void two_agents_without_a_probe__say_nothing(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 2);
	w.probe_every = 0;
	pass(&w, 100);
	w.slow = 2;
	assert_string_equal(pass(&w, 100), "");
	end(&w);
}

static void wrong_answers__make_a_device_brown(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 1);
	pass(&w, 10);
	w.outcome = HEADGATE_PROBE_WRONG;
	assert_string_equal(pass(&w, 1), "degraded:wrong ");
	assert_string_equal(pass(&w, 1), "brown:wrong ");
	assert_string_equal(pass(&w, 50), "");
	w.outcome = HEADGATE_PROBE_OK;
	assert_string_equal(pass(&w, 8), "ok:- ");
	pass(&w, 60);
	w.outcome = HEADGATE_PROBE_FAILED;
	assert_string_equal(pass(&w, 2), "degraded:fails brown:fails ");
	end(&w);
}

static void probe_whose_job_hangs__makes_a_device_dark(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 1);
	pass(&w, 10);
	w.stuck = true;
	assert_string_equal(pass(&w, 2), "");
	assert_string_equal(pass(&w, 2), "dark:hangs ");
	assert_string_equal(pass(&w, 100), "");
	w.stuck = false;
	assert_string_equal(pass(&w, 10), "ok:- ");
	end(&w);
}

/* For whatever time: an engine is at others' jobs. */
static void probe_that_waits_behind_others__does_not_hang(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 1);
	pass(&w, 10);
	w.waits = true;
	assert_string_equal(pass(&w, 100), "");
	/* It is one job. */
	w.agents[0].jobs = 0;
	assert_string_equal(pass(&w, 100), "");
	end(&w);
}

/* What is done about it may be what made it well: it has more and more to prove. */
static void device_that_relapses__must_be_well_for_longer(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 1);
	pass(&w, 10);
	for (int calm = 3; calm <= 48; calm *= 4) {
		int waited = 0;

		w.outcome = HEADGATE_PROBE_WRONG;
		pass(&w, 5);
		w.outcome = HEADGATE_PROBE_OK;
		/* Five runs that are right, and then so many seconds. */
		while (!*pass(&w, 1) && waited < 100)
			waited++;
		assert_string_equal(w.told, "ok:- ");
		assert_in_range(waited, calm + 2, calm + 6);
	}
	pass(&w, 100);
	w.outcome = HEADGATE_PROBE_WRONG;
	pass(&w, 5);
	w.outcome = HEADGATE_PROBE_OK;
	assert_string_equal(pass(&w, 9), "ok:- ");
	end(&w);
}

/* Who ran it has gone: what it said last is not true for ever. */
static void probe_that_left__is_forgotten_after_a_minute(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 0);
	w.outcome = HEADGATE_PROBE_FAILED;
	assert_string_equal(pass(&w, 2), "degraded:fails brown:fails ");
	w.probe_every = 0;
	assert_string_equal(pass(&w, 50), "");
	assert_string_equal(pass(&w, 20), "ok:- ");
	/* Its last run is shown as what it was. */
	headgate_health_calibrate(headgate_health_find(&w.health, "gpu"));
	assert_int_equal(headgate_health_find(&w.health, "gpu")->probes[0].last, HEADGATE_PROBE_FAILED);
	end(&w);
}

/* It is idle, say, and its probe computes elsewhere; or its driver is none that the module sees. */
static void device_that_the_module_does_not_see__is_judged_by_its_probe(void **state)
{
	struct headgate_health_device *device;
	struct world w;

	(void)state;
	begin(&w, 0);
	w.unseen = true;
	w.timed = true;
	assert_string_equal(pass(&w, 1), "");
	device = headgate_health_find(&w.health, "gpu");
	assert_true(headgate_health_is_of_concern(device));
	device->listed = true;
	assert_string_equal(pass(&w, 100), "");
	w.outcome = HEADGATE_PROBE_WRONG;
	assert_string_equal(pass(&w, 5), "degraded:wrong brown:wrong ");
	w.outcome = HEADGATE_PROBE_OK;
	assert_string_equal(pass(&w, 30), "ok:- ");
	w.outcome = HEADGATE_PROBE_FAILED;
	assert_string_equal(pass(&w, 5), "degraded:fails brown:fails ");
	/* It has been taken out. */
	device->listed = false;
	w.outcome = HEADGATE_PROBE_OK;
	assert_string_equal(pass(&w, 1000), "");
	assert_int_equal(device->state, HEADGATE_HEALTH_BROWN);
	end(&w);
}

/* Nobody sees what load there is: slowness may be others' work, whoever learned it and when. */
static void device_that_the_module_does_not_see__is_never_slow(void **state)
{
	struct headgate_health_device *device;
	const uint32_t *learned;
	uint32_t before;
	struct world w;

	(void)state;
	for (int seen_first = 0; seen_first < 2; seen_first++) {
		begin(&w, 0);
		w.unseen = !seen_first;
		w.timed = true;
		pass(&w, 100);
		device = headgate_health_find(&w.health, "gpu");
		device->listed = true;
		w.unseen = true;
		pass(&w, 1);
		learned = &device->probes[0].series.pasts[HEADGATE_SERIES_ALONE].learned;
		before = *learned;
		if (seen_first)
			assert_in_range(before, HEADGATE_SERIES_JUDGES, 100);
		else
			assert_int_equal(before, 0);
		w.slow = 1.6;
		assert_string_equal(pass(&w, 100), "");
		assert_int_equal(*learned, before);
		end(&w);
	}
}

/* The module comes anew while it is busy, and then it is idle: that is learned as what it is. */
static void device_that_comes_anew__is_not_taken_to_be_busy(void **state)
{
	struct headgate_health_device *device;
	struct world w;

	(void)state;
	for (int detached = 0; detached < 2; detached++) {
		begin(&w, 2);
		w.timed = true;
		pass(&w, 100);
		device = headgate_health_find(&w.health, "gpu");
		assert_true(device->beside && device->load > 0);
		if (detached) {
			headgate_health_detach(&w.health);
		} else {
			w.unseen = true;
			pass(&w, 1);
		}
		assert_false(device->beside);
		assert_true(device->load == 0 && !device->looked_ns && !device->probes[0].sampled);
		w.unseen = false;
		w.n_agents = 0;
		pass(&w, 1);
		assert_false(device->beside);
		end(&w);
	}
}

static void probes__are_so_many_and_no_more(void **state)
{
	struct headgate_health health = { 0 };
	struct headgate_health_device *device = headgate_health_get(&health, "gpu");
	struct headgate_probe *probe;
	char name[HEADGATE_PROBE_NAME_MAX];

	(void)state;
	for (int i = 0; i < HEADGATE_PROBES_MAX; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		assert_int_equal(headgate_probe_get(device, name, &probe), 0);
		headgate_probe_begins(probe, 10 + i, 0, 0, 1);
	}
	assert_int_equal(headgate_probe_get(device, "more", &probe), -28);
	assert_int_equal(headgate_probe_get(device, "p3", &probe), 0);
	headgate_probe_leaves(probe);
	assert_int_equal(headgate_probe_get(device, "more", &probe), 0);
	assert_string_equal(probe->name, "more");
	headgate_health_clear(&health);
}

static void calibrated_device__is_compared_with_what_it_does_now(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 0);
	pass(&w, 100);
	w.slow = 2;
	assert_string_equal(pass(&w, 10), "brown:slower ");
	headgate_health_calibrate(headgate_health_find(&w.health, "gpu"));
	assert_string_equal(pass(&w, 100), "ok:- ");
	w.slow = 4;
	assert_string_equal(pass(&w, 10), "brown:slower ");
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slow_device__is_told_within_five_seconds_and_when_it_recovers),
		cmocka_unit_test(device_that_is_left_alone__is_seen_to_recover),
		cmocka_unit_test(slowness_about_the_limit__is_one_event),
		cmocka_unit_test(others_work__is_never_a_brownout),
		cmocka_unit_test(agents_that_change_together__are_explained_by_the_probe),
		cmocka_unit_test(agents_that_change_apart__say_nothing),
		cmocka_unit_test(device_that_is_not_well__is_not_learned_from),
		cmocka_unit_test(two_agents_without_a_probe__say_nothing),
		cmocka_unit_test(wrong_answers__make_a_device_brown),
		cmocka_unit_test(probe_whose_job_hangs__makes_a_device_dark),
		cmocka_unit_test(probe_that_waits_behind_others__does_not_hang),
		cmocka_unit_test(device_that_relapses__must_be_well_for_longer),
		cmocka_unit_test(probe_that_left__is_forgotten_after_a_minute),
		cmocka_unit_test(device_that_the_module_does_not_see__is_judged_by_its_probe),
		cmocka_unit_test(device_that_the_module_does_not_see__is_never_slow),
		cmocka_unit_test(device_that_comes_anew__is_not_taken_to_be_busy),
		cmocka_unit_test(probes__are_so_many_and_no_more),
		cmocka_unit_test(calibrated_device__is_compared_with_what_it_does_now),
	};

	return cmocka_run_group_tests_name("health", tests, NULL, NULL);
}
