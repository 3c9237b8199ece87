// SPDX-License-Identifier: GPL-2.0-or-later
/* Engine time summed up from what drivers tell of clients that come, go and begin anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tally.h"

#define MS PACE_NS_PER_MS
#define TICK PACE_TICK_NS
#define DEVICE "0000:03:00.0"
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static struct headgate_fdinfo timed(const char *name, uint64_t busy_ns)
{
	struct headgate_fdinfo info = { .driver = "x", .has_id = true, .n_engines = 1 };

	strcpy(info.engines[0].name, name);
	info.engines[0].timed = true;
	info.engines[0].busy_ns = busy_ns;
	info.engines[0].capacity = 1;
	return info;
}

static struct headgate_fdinfo cycled(uint64_t cycles, uint64_t total)
{
	struct headgate_fdinfo info = timed("rcs", 0);

	info.engines[0].timed = false;
	info.engines[0].cycles = cycles;
	info.engines[0].total_cycles = total;
	return info;
}

static uint64_t busy(const struct tally *tally, const char *engine, uint64_t agent)
{
	for (size_t e = 0; e < tally->count; e++)
		for (size_t i = 0; i < tally->engines[e].count; i++)
			if (!strcmp(tally->engines[e].name, engine) &&
			    tally->engines[e].agents[i].id == agent)
				return tally->engines[e].agents[i].busy_ns;
	return 0;
}

static void clients_that_go__leave_what_they_got(void **state)
{
	struct tally tally = {};
	struct tally_client first = {}, second = {};
	struct headgate_fdinfo info = timed("gfx", 500 * MS);

	(void)state;
	/* What was done before it was seen for the first time is nobody's. */
	assert_false(tally_see(&tally, &first, &info, DEVICE, 7, 1000 * MS, 0));
	info = timed("gfx", 512 * MS);
	assert_true(tally_see(&tally, &first, &info, DEVICE, 7, 1020 * MS, 0));
	assert_false(tally_see(&tally, &first, &info, DEVICE, 7, 1040 * MS, 0));
	assert_int_equal(busy(&tally, "gfx", 7), 12 * MS);
	/* The first one is gone; a second one, of the same agent, was not there 15 ms ago. */
	info = timed("gfx", 4 * MS);
	assert_true(tally_see(&tally, &second, &info, DEVICE, 7, 1060 * MS, 15 * MS));
	assert_int_equal(busy(&tally, "gfx", 7), 16 * MS);
	info = timed("gfx", 9 * MS);
	tally_see(&tally, &second, &info, DEVICE, 7, 1080 * MS, 15 * MS);
	assert_int_equal(busy(&tally, "gfx", 7), 21 * MS);
	/* It was moved. */
	info = timed("gfx", 10 * MS);
	tally_see(&tally, &second, &info, DEVICE, 3, 1100 * MS, 15 * MS);
	assert_int_equal(busy(&tally, "gfx", 7), 21 * MS);
	assert_int_equal(busy(&tally, "gfx", 3), MS);
	tally_free(&tally);
}

static void a_new_client__has_worked_no_longer_than_it_was_there(void **state)
{
	struct tally tally = {};
	struct tally_client client = {};
	struct headgate_fdinfo info = timed("gfx", 100000 * MS);

	(void)state;
	tally_see(&tally, &client, &info, DEVICE, 7, 1000 * MS, 30 * MS);
	assert_int_equal(busy(&tally, "gfx", 7), 30 * MS);
	tally_free(&tally);
}

static void a_counter_that_goes_back__was_begun_anew(void **state)
{
	struct tally tally = {};
	struct tally_client client = {};
	const uint64_t told[] = { 100, 110, 40, 45, 45, 60 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
		struct headgate_fdinfo info = timed("gfx", told[i] * MS);

		tally_see(&tally, &client, &info, DEVICE, 7, (1000 + 20 * (int64_t)i) * MS, 0);
	}
	assert_int_equal(busy(&tally, "gfx", 7), (10 + 5 + 15) * MS);
	tally_free(&tally);
}

static void cycles__are_a_part_of_the_time_passed(void **state)
{
	struct tally tally = {};
	struct tally_client client = {};
	struct headgate_fdinfo info = cycled(5000, 1000000);

	(void)state;
	assert_false(tally_see(&tally, &client, &info, DEVICE, 7, 1000 * MS, 50 * MS));
	info = cycled(5300, 1000400); /* three quarters */
	tally_see(&tally, &client, &info, DEVICE, 7, 1020 * MS, 0);
	assert_int_equal(busy(&tally, "rcs", 7), 15 * MS);
	/* The device was reset, or has slept: both begin anew, or stand still. */
	info = cycled(10, 20);
	tally_see(&tally, &client, &info, DEVICE, 7, 1040 * MS, 0);
	assert_int_equal(busy(&tally, "rcs", 7), 15 * MS);
	info = cycled(30, 20);
	tally_see(&tally, &client, &info, DEVICE, 7, 1060 * MS, 0);
	assert_int_equal(busy(&tally, "rcs", 7), 15 * MS);
	info = cycled(60, 80);
	tally_see(&tally, &client, &info, DEVICE, 7, 1080 * MS, 0);
	assert_int_equal(busy(&tally, "rcs", 7), 25 * MS);
	tally_free(&tally);
}

static void engines__are_apart_and_those_of_a_class_are_one(void **state)
{
	struct tally tally = {};
	struct tally_client client = {};
	struct headgate_fdinfo info = timed("render", 0);

	(void)state;
	tally_see(&tally, &client, &info, DEVICE, 7, 1000 * MS, 0);
	/* An engine of which nothing was told before: amdgpu leaves out those without work. */
	info = timed("render", 10 * MS);
	info.n_engines = 2;
	info.engines[1] = timed("video", 24 * MS).engines[0];
	info.engines[1].capacity = 2;
	tally_see(&tally, &client, &info, DEVICE, 7, 1020 * MS, 0);
	assert_int_equal(tally.count, 2);
	assert_int_equal(busy(&tally, "render", 7), 10 * MS);
	assert_int_equal(busy(&tally, "video", 7), 12 * MS);
	client = (struct tally_client){};
	tally_see(&tally, &client, &info, "0000:04:00.0", 7, 1020 * MS, 5 * MS);
	assert_int_equal(tally.count, 4);
	tally_free(&tally);
}

static void too_many_engines__are_left_out(void **state)
{
	struct tally tally = {};

	(void)state;
	for (size_t i = 0; i < TALLY_ENGINES_MAX + 5; i++) {
		struct headgate_fdinfo info = timed("gfx", 5 * MS);
		struct tally_client client = {};
		char device[TALLY_NAME_LEN];

		snprintf(device, sizeof(device), "d%zu", i);
		assert_int_equal(tally_see(&tally, &client, &info, device, 7, 1000 * MS, 5 * MS),
				 i < TALLY_ENGINES_MAX);
	}
	assert_int_equal(tally.count, TALLY_ENGINES_MAX);
	tally_free(&tally);
}

static bool eight_and_nine(uint64_t id, const void *data)
{
	(void)data;
	return id == 8 || id == 9;
}

static void agents_that_are_gone__are_forgotten_but_nobody_is_not(void **state)
{
	struct tally tally = {};
	const uint64_t ids[] = { 9, 7, 0, 8 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		struct headgate_fdinfo info = timed("gfx", (i + 1) * MS);
		struct tally_client client = {};

		tally_see(&tally, &client, &info, DEVICE, ids[i], 1000 * MS, 50 * MS);
	}
	tally_prune(&tally, eight_and_nine, NULL);
	assert_int_equal(tally.engines[0].count, 3);
	assert_int_equal(tally.engines[0].agents[0].id, 0);
	assert_int_equal(tally.engines[0].agents[1].id, 8);
	assert_int_equal(busy(&tally, "gfx", 9), MS);
	assert_int_equal(busy(&tally, "gfx", 7), 0);
	tally_free(&tally);
}

/* ---- who has work with an engine ---- */

/* Agents 1 and 2 of one engine: what each gets in a tick. */
struct engine {
	struct tally tally;
	struct tally_client clients[2];
	uint64_t told[2];
	int64_t now_ns;
};

static void tick(struct engine *e, int64_t first_ns, int64_t second_ns)
{
	const int64_t got[] = { first_ns, second_ns };

	e->now_ns += TICK;
	for (size_t i = 0; i < ARRAY_SIZE(got); i++) {
		struct headgate_fdinfo info;

		e->told[i] += got[i];
		info = timed("gfx", e->told[i]);
		tally_see(&e->tally, &e->clients[i], &info, DEVICE, i + 1, e->now_ns, 0);
	}
	tally_judge(&e->tally, e->now_ns);
}

static struct pace_input input_of(struct engine *e, size_t i)
{
	struct pace_input input = {};

	tally_fill(&e->tally.engines[0], &e->tally.engines[0].agents[i], e->now_ns, &input);
	return input;
}

static void set_up(struct engine *e)
{
	*e = (struct engine){ .now_ns = 1000 * MS };
	tick(e, 0, 0);
	for (int i = 0; i < 20; i++)
		tick(e, 10 * MS, 10 * MS);
	assert_true(input_of(e, 0).outstanding);
	assert_true(input_of(e, 1).outstanding);
	assert_int_equal(input_of(e, 0).busy_ns, 200 * MS);
}

static void when_an_engine_idles__nobody_has_work_with_it(void **state)
{
	struct engine e;

	(void)state;
	set_up(&e);
	tick(&e, 0, 0);
	assert_false(input_of(&e, 0).outstanding);
	assert_false(input_of(&e, 1).outstanding);
	tally_free(&e.tally);
}

static void who_gets_nothing_beside_others__waits_for_as_long_as_before(void **state)
{
	struct engine e;

	(void)state;
	set_up(&e);
	/* It waits for 300 ms of queued work, time and again, and is known to have work then. */
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 15; i++)
			tick(&e, 20 * MS, 0);
		if (round)
			assert_true(input_of(&e, 1).outstanding);
		for (int i = 0; i < 15; i++)
			tick(&e, 0, 20 * MS);
	}
	/* But not for ever. */
	for (int i = 0; i < 50; i++)
		tick(&e, 20 * MS, 0);
	assert_false(input_of(&e, 1).outstanding);
	tally_free(&e.tally);
}

static void time_frozen__tells_nothing_of_pauses(void **state)
{
	struct engine e;
	int64_t pause;

	(void)state;
	set_up(&e);
	pause = input_of(&e, 1).estimate_ns;
	for (int i = 0; i < 15; i++) {
		tick(&e, 20 * MS, 0);
		e.tally.engines[0].agents[1].held = true;
		e.tally.engines[0].agents[1].released_ns = e.now_ns;
	}
	/* Frozen for longer than its own work may have taken. */
	assert_false(input_of(&e, 1).outstanding);
	e.tally.engines[0].agents[1].held = false;
	assert_true(input_of(&e, 1).outstanding);
	tick(&e, 10 * MS, 10 * MS);
	assert_int_equal(input_of(&e, 1).estimate_ns, pause);
	tally_free(&e.tally);
}

static void a_driver_that_counts_jobs_when_they_are_done__is_found_out(void **state)
{
	struct engine e;

	(void)state;
	set_up(&e);
	/* Jobs of 100 ms. */
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 4; i++)
			tick(&e, 0, 0);
		tick(&e, 100 * MS, 0);
	}
	for (int i = 0; i < 4; i++) {
		tick(&e, 0, 0);
		assert_true(input_of(&e, 0).outstanding);
	}
	tally_free(&e.tally);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clients_that_go__leave_what_they_got),
		cmocka_unit_test(a_new_client__has_worked_no_longer_than_it_was_there),
		cmocka_unit_test(a_counter_that_goes_back__was_begun_anew),
		cmocka_unit_test(cycles__are_a_part_of_the_time_passed),
		cmocka_unit_test(engines__are_apart_and_those_of_a_class_are_one),
		cmocka_unit_test(too_many_engines__are_left_out),
		cmocka_unit_test(agents_that_are_gone__are_forgotten_but_nobody_is_not),
		cmocka_unit_test(when_an_engine_idles__nobody_has_work_with_it),
		cmocka_unit_test(who_gets_nothing_beside_others__waits_for_as_long_as_before),
		cmocka_unit_test(time_frozen__tells_nothing_of_pauses),
		cmocka_unit_test(a_driver_that_counts_jobs_when_they_are_done__is_found_out),
	};

	return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
