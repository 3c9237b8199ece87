// SPDX-License-Identifier: GPL-2.0-or-later
/* Pacing against a simulated device: shares, bounds, and who comes and goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pace_device.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *sentence;
	struct client clients[CLIENTS_MAX];
	size_t count;
	double due[CLIENTS_MAX];
	double tolerance;
} cases[] = {
	{ "1 to 3 with short jobs",
	  { { .weight = 100, .job_ns = MS, .depth = 2 },
	    { .weight = 300, .job_ns = MS, .depth = 2 } },
	  2, { 25, 75 }, 1 },
	{ "1 to 3 with longer jobs",
	  { { .weight = 100, .job_ns = 5 * MS, .depth = 2 },
	    { .weight = 300, .job_ns = 5 * MS, .depth = 2 } }, 2, { 25, 75 }, 1 },
	{ "1 to 3, and the small one has the long jobs",
	  { { .weight = 100, .job_ns = 20 * MS, .depth = 2 },
	    { .weight = 300, .job_ns = MS, .depth = 2 } }, 2, { 25, 75 }, 2 },
	{ "1 to 2 to 4",
	  { { .weight = 100, .job_ns = MS, .depth = 4 },
	    { .weight = 200, .job_ns = 5 * MS, .depth = 4 },
	    { .weight = 400, .job_ns = MS, .depth = 4 } }, 3, { 14.29, 28.57, 57.14 }, 2 },
	{ "equal weights, jobs of 1 and of 10 ms",
	  { { .weight = 100, .job_ns = MS, .depth = 2 },
	    { .weight = 100, .job_ns = 10 * MS, .depth = 2 } },
	  2, { 50, 50 }, 1 },
	{ "1 to 2 to 4 with queues of 80 ms",
	  { { .weight = 100, .job_ns = 5 * MS, .depth = 16 },
	    { .weight = 200, .job_ns = 5 * MS, .depth = 16 },
	    { .weight = 400, .job_ns = 5 * MS, .depth = 16 } }, 3, { 14.29, 28.57, 57.14 }, 2 },
	/* x (1) of 1/4 has y (2) and z (3), 1 to 3; w (4) has 3/4. */
	{ "two levels",
	  { { .weight = 100, .idle = true },
	    { .parent_id = 1, .weight = 100, .job_ns = MS, .depth = 2 },
	    { .parent_id = 1, .weight = 300, .job_ns = MS, .depth = 2 },
	    { .weight = 300, .job_ns = MS, .depth = 2 } }, 4, { 0, 6.25, 18.75, 75 }, 2 },
};

static void shares__converge_to_the_weights(void **state)
{
	static const char *const orders[] = { "in turn", "as they came" };

	(void)state;
	for (size_t n = 0; n < 2 * ARRAY_SIZE(cases); n++) {
		size_t c = n / 2;
		struct device *d = new_device(cases[c].clients, cases[c].count);
		uint64_t before[CLIENTS_MAX];

		d->fifo = n % 2;
		run_for(d, 1000 * MS);
		take(d, before);
		run_for(d, 10000 * MS);
		for (size_t i = 0; i < d->count; i++) {
			double got = share(d, before, i);

			if (got < cases[c].due[i] - cases[c].tolerance ||
			    got > cases[c].due[i] + cases[c].tolerance)
				fail_msg("%s, %s: agent %zu got %.2f %%, due %.2f %%",
					 cases[c].sentence, orders[d->fifo], i + 1, got,
					 cases[c].due[i]);
		}
		/* Who is held makes room for somebody who is there. */
		assert_true(d->idle_ns < 100 * MS);
		free_device(d);
	}
}

static void lone_agent__is_never_frozen(void **state)
{
	static const struct client clients[] = {
		{ .weight = 1, .job_ns = MS, .depth = 8 },
		{ .weight = 10000, .idle = true },
	};
	struct device *d = new_device(clients, ARRAY_SIZE(clients));

	(void)state;
	for (int i = 0; i < 500; i++) {
		run_for(d, PACE_TICK_NS);
		assert_false(frozen(d, 0));
		assert_false(frozen(d, 1));
	}
	assert_true(d->idle_ns == 0);
	free_device(d);
}

static void one_that_is_not_to_be_held__is_not(void **state)
{
	static const struct client clients[] = {
		{ .weight = 1, .job_ns = MS, .depth = 8, .held = true },
		{ .weight = 1000, .job_ns = MS, .depth = 1 },
	};
	struct device *d = new_device(clients, ARRAY_SIZE(clients));

	(void)state;
	for (int i = 0; i < 500; i++) {
		run_for(d, PACE_TICK_NS);
		assert_false(frozen(d, 0));
	}
	free_device(d);
}

static void rival_that_stops__sets_the_other_free(void **state)
{
	static const struct client clients[] = {
		{ .weight = 100, .job_ns = MS, .depth = 2 },
		{ .weight = 900, .job_ns = MS, .depth = 2 },
	};
	struct device *d = new_device(clients, ARRAY_SIZE(clients));
	bool was_frozen = false;

	(void)state;
	run_for(d, 3000 * MS);
	for (int i = 0; i < 20; i++) {
		run_for(d, PACE_TICK_NS);
		was_frozen |= frozen(d, 0);
	}
	assert_true(was_frozen);
	d->clients[1].idle = true;
	d->idle_ns = 0;
	run_for(d, 5000 * MS);
	/* The rival's patience is over, and its credit with it. */
	assert_true(d->idle_ns <= PACE_WINDOW_NS + 2 * PACE_TICK_NS);
	assert_true(agent_of(d, 1)->lead_ns == 0);
	free_device(d);
}

static void sleeper__gets_no_more_than_its_share_when_it_wakes(void **state)
{
	static const struct client clients[] = {
		{ .weight = 100, .job_ns = MS, .depth = 4 },
		{ .weight = 100, .job_ns = MS, .depth = 4 },
	};
	struct device *d = new_device(clients, ARRAY_SIZE(clients));
	uint64_t before[CLIENTS_MAX];

	(void)state;
	run_for(d, 1000 * MS);
	d->clients[1].idle = true;
	run_for(d, 20000 * MS);
	d->clients[1].idle = false;
	take(d, before);
	run_for(d, 1000 * MS);
	assert_true(share(d, before, 1) < 52 && share(d, before, 1) > 48);
	free_device(d);
}

static void credit__goes_when_its_owner_stops_asking(void **state)
{
	static const struct client clients[] = {
		{ .weight = 100, .job_ns = MS, .depth = 2 },
		{ .weight = 100, .job_ns = MS, .depth = 2 },
		{ .weight = 100, .job_ns = MS, .depth = 2 },
	};
	struct device *d = new_device(clients, ARRAY_SIZE(clients));

	(void)state;
	run_for(d, 1000 * MS);
	d->clients[2].idle = true;
	run_for(d, 100 * MS);
	agent_of(d, 0)->lead_ns = 200 * MS;
	agent_of(d, 1)->lead_ns = -100 * MS;
	agent_of(d, 2)->lead_ns = -100 * MS;
	run_for(d, PACE_TICK_NS);
	assert_true(agent_of(d, 2)->lead_ns == 0);
	/* Who owed it owes it no more; a tick passed besides. */
	assert_true(agent_of(d, 0)->lead_ns < 120 * MS);
	free_device(d);
}

/* What is queued runs, whoever is frozen: the debt is bounded, and so is the stillness. */
static void deep_queue__owes_no_more_than_the_bound(void **state)
{
	static const struct client clients[] = {
		{ .weight = 100, .job_ns = 5 * MS, .depth = 200 },
		{ .weight = 900, .job_ns = 5 * MS, .depth = 2 },
	};
	struct device *d = new_device(clients, ARRAY_SIZE(clients));

	(void)state;
	run_for(d, 20000 * MS);
	assert_true(d->clients[0].busy_ns > 2000 * (uint64_t)MS);
	free_device(d);
}

static void job_that_never_ends__holds_nobody(void **state)
{
	static const struct client clients[] = {
		{ .weight = 100, .job_ns = MS, .depth = 2 },
		{ .weight = 900, .job_ns = MS, .depth = 2 },
	};
	struct device *d = new_device(clients, ARRAY_SIZE(clients));
	struct pace_input inputs[2] = {
		{ .id = 1, .weight = 100, .holdable = true, .estimate_ns = MS, .outstanding = 2 },
		{ .id = 2, .weight = 900, .holdable = true, .estimate_ns = MS, .outstanding = 2 },
	}, others = {};
	int64_t held_ns = 0, now_ns;

	(void)state;
	run_for(d, 3000 * MS);
	inputs[0].busy_ns = d->clients[0].busy_ns;
	inputs[1].busy_ns = d->clients[1].busy_ns;
	/* Agent 2 waits for a fence from now on, with two jobs that have not run. */
	for (now_ns = d->now_ns; now_ns < d->now_ns + 5000 * MS;) {
		now_ns += PACE_TICK_NS;
		if (frozen(d, 0))
			held_ns += PACE_TICK_NS;
		inputs[0].outstanding = frozen(d, 0) ? 0 : 2;
		if (!frozen(d, 0))
			inputs[0].busy_ns += PACE_TICK_NS;
		assert_int_equal(pace_step(&d->model, now_ns, inputs, 2, &others), 0);
	}
	assert_true(held_ns <= PACE_FROZEN_MAX_NS + PACE_WINDOW_NS);
	free_device(d);
}

static void agents__may_come_and_go(void **state)
{
	static const struct client clients[] = {
		{ .weight = 100, .job_ns = MS, .depth = 2 },
		{ .weight = 300, .job_ns = MS, .depth = 2 },
		{ .weight = 100, .job_ns = MS, .depth = 2, .gone = true },
	};
	struct device *d = new_device(clients, ARRAY_SIZE(clients));
	uint64_t before[CLIENTS_MAX];

	(void)state;
	srand(1);
	for (int i = 0; i < 300; i++) {
		d->clients[rand() % 3].gone ^= true;
		run_for(d, (rand() % 20 + 1) * PACE_TICK_NS);
	}
	for (int i = 0; i < 3; i++)
		d->clients[i].gone = false;
	run_for(d, 2000 * MS);
	take(d, before);
	run_for(d, 10000 * MS);
	assert_true(share(d, before, 1) > 58 && share(d, before, 1) < 62);
	free_device(d);
}

static void random_clients__keep_the_bounds(void **state)
{
	(void)state;
	srand(7);
	for (int round = 0; round < 60; round++) {
		struct client clients[CLIENTS_MAX] = {};
		struct device *d;

		for (int i = 0; i < CLIENTS_MAX; i++)
			clients[i] = (struct client){
				.parent_id = i > 3 ? 1 : 0, .weight = 1 + rand() % 1000,
				.job_ns = (1 + rand() % 300) * MS / 10, .depth = 1 + rand() % 16,
			};
		d = new_device(clients, CLIENTS_MAX);
		for (int i = 0; i < 50; i++) {
			d->clients[rand() % CLIENTS_MAX].idle ^= true;
			run_for(d, (1 + rand() % 10) * PACE_TICK_NS);
		}
		free_device(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares__converge_to_the_weights),
		cmocka_unit_test(lone_agent__is_never_frozen),
		cmocka_unit_test(one_that_is_not_to_be_held__is_not),
		cmocka_unit_test(rival_that_stops__sets_the_other_free),
		cmocka_unit_test(sleeper__gets_no_more_than_its_share_when_it_wakes),
		cmocka_unit_test(credit__goes_when_its_owner_stops_asking),
		cmocka_unit_test(deep_queue__owes_no_more_than_the_bound),
		cmocka_unit_test(job_that_never_ends__holds_nobody),
		cmocka_unit_test(agents__may_come_and_go),
		cmocka_unit_test(random_clients__keep_the_bounds),
	};

	return cmocka_run_group_tests_name("pace_model", tests, NULL, NULL);
}
