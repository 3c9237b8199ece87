// SPDX-License-Identifier: GPL-2.0-or-later
/* States of agents: each way from one to another, by a clock that the tests set. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "home.h"
#include "lives.h"

#define MS	1000000ULL
#define PAUSED	HEADGATE_LIFE_PAUSED
#define STUCK	HEADGATE_LIFE_STUCK
#define WORKING	HEADGATE_LIFE_WORKING
#define WAITING	HEADGATE_LIFE_WAITING
#define THINKING HEADGATE_LIFE_THINKING
#define IDLE	HEADGATE_LIFE_IDLE
#define STOPPED	HEADGATE_LIFE_STOPPED
#define PACED	HEADGATE_LIFE_PACED

/* What is seen at a look, and what is made of it. Times are milliseconds. */
struct look {
	uint64_t at;
	uint64_t jobs;
	uint64_t tickets;
	uint32_t outstanding;
	uint32_t waiting;
	uint64_t think_us;
	uint64_t forced;
	enum headgate_life_stop stop;
	enum headgate_life_state state;
	uint64_t since;
};

#define LOOKS_MAX 12

static const struct story {
	const char *name;
	struct look looks[LOOKS_MAX];	/* to the first at 0 */
} stories[] = {
	{ "new agent without work is idle since it was seen", {
		{ .at = 5000, .state = IDLE, .since = 5000 },
		{ .at = 90000, .state = IDLE, .since = 5000 },
	} },
	{ "idle works, and is idle again a second after its last job, since that", {
		{ .at = 1000, .state = IDLE, .since = 1000 },
		{ .at = 2000, .tickets = 1, .outstanding = 1, .state = WORKING, .since = 2000 },
		{ .at = 3000, .tickets = 1, .jobs = 1, .state = WORKING, .since = 2000 },
		{ .at = 3900, .tickets = 1, .jobs = 1, .state = WORKING, .since = 2000 },
		{ .at = 4000, .tickets = 1, .jobs = 1, .state = IDLE, .since = 3000 },
	} },
	{ "jobs between two looks are work", {
		{ .at = 1000, .jobs = 5, .tickets = 5, .state = IDLE, .since = 1000 },
		{ .at = 2000, .jobs = 6, .tickets = 6, .state = WORKING, .since = 2000 },
	} },
	{ "waits at the gate, works, waits", {
		{ .at = 1000, .waiting = 1, .state = WAITING, .since = 1000 },
		{ .at = 2000, .waiting = 1, .state = WAITING, .since = 1000 },
		{ .at = 3000, .waiting = 1, .tickets = 1, .outstanding = 1,
		  .state = WORKING, .since = 3000 },
		{ .at = 4000, .waiting = 1, .tickets = 1, .jobs = 1,
		  .state = WORKING, .since = 3000 },
		{ .at = 5000, .waiting = 1, .tickets = 1, .jobs = 1,
		  .state = WAITING, .since = 5000 },
	} },
	{ "who gives up waiting is idle", {
		{ .at = 1000, .waiting = 1, .state = WAITING, .since = 1000 },
		{ .at = 1500, .state = WAITING, .since = 1000 },
		{ .at = 2000, .state = IDLE, .since = 1000 },
	} },
	{ "thinks by the kernel's estimate, then is idle, both since its last job", {
		{ .at = 1000, .outstanding = 1, .think_us = 500, .state = WORKING, .since = 1000 },
		{ .at = 2000, .jobs = 1, .think_us = 500, .state = WORKING, .since = 1000 },
		{ .at = 3000, .jobs = 1, .think_us = 500, .state = THINKING, .since = 2000 },
		{ .at = 11900, .jobs = 1, .think_us = 500, .state = THINKING, .since = 2000 },
		{ .at = 12000, .jobs = 1, .think_us = 500, .state = IDLE, .since = 2000 },
	} },
	{ "thinks since it was seen to come back, until it stays away", {
		{ .at = 1000, .outstanding = 1, .state = WORKING, .since = 1000 },
		{ .at = 2000, .jobs = 1, .state = WORKING, .since = 1000 },
		{ .at = 4000, .jobs = 1, .state = IDLE, .since = 2000 },
		{ .at = 5000, .jobs = 2, .state = WORKING, .since = 5000 },
		{ .at = 7000, .jobs = 2, .state = THINKING, .since = 5000 },
		{ .at = 8000, .jobs = 3, .state = WORKING, .since = 8000 },
		{ .at = 18000, .jobs = 3, .state = IDLE, .since = 8000 },
		{ .at = 30000, .jobs = 4, .state = WORKING, .since = 30000 },
		{ .at = 32000, .jobs = 4, .state = IDLE, .since = 30000 },
	} },
	{ "thinks, then waits", {
		{ .at = 1000, .outstanding = 1, .think_us = 1, .state = WORKING, .since = 1000 },
		{ .at = 3000, .jobs = 1, .think_us = 1, .state = WORKING, .since = 1000 },
		{ .at = 5000, .jobs = 1, .think_us = 1, .state = THINKING, .since = 3000 },
		{ .at = 6000, .jobs = 1, .waiting = 1, .think_us = 1,
		  .state = WAITING, .since = 6000 },
	} },
	{ "is paused whatever it has, and goes on", {
		{ .at = 1000, .outstanding = 1, .state = WORKING, .since = 1000 },
		{ .at = 2000, .outstanding = 1, .stop = STOPPED, .state = PAUSED, .since = 2000 },
		{ .at = 90000, .jobs = 1, .stop = STOPPED, .state = PAUSED, .since = 2000 },
		{ .at = 91000, .jobs = 1, .outstanding = 1, .state = WORKING, .since = 91000 },
	} },
	{ "is idle since the end of a pause", {
		{ .at = 1000, .stop = STOPPED, .state = PAUSED, .since = 1000 },
		{ .at = 5000, .state = IDLE, .since = 5000 },
		{ .at = 6000, .stop = STOPPED, .state = PAUSED, .since = 6000 },
	} },
	{ "a pause is no reason to be stuck", {
		{ .at = 1000, .waiting = 1, .state = WAITING, .since = 1000 },
		{ .at = 10000, .waiting = 1, .stop = STOPPED, .state = PAUSED, .since = 10000 },
		{ .at = 40000, .waiting = 1, .stop = STOPPED, .state = PAUSED, .since = 10000 },
		{ .at = 41000, .waiting = 1, .state = WAITING, .since = 41000 },
		{ .at = 59900, .waiting = 1, .state = WAITING, .since = 41000 },
		{ .at = 60000, .waiting = 1, .state = STUCK, .since = 40000 },
	} },
	{ "pacing is no pause, but a wait", {
		{ .at = 1000, .outstanding = 1, .state = WORKING, .since = 1000 },
		{ .at = 2000, .outstanding = 1, .stop = PACED, .state = WORKING, .since = 1000 },
		{ .at = 3000, .jobs = 1, .stop = PACED, .state = WORKING, .since = 1000 },
		{ .at = 4000, .jobs = 1, .stop = PACED, .state = WAITING, .since = 4000 },
		{ .at = 5000, .jobs = 2, .state = WORKING, .since = 5000 },
	} },
	{ "job that is not done is stuck, since the last one was, until it is done", {
		{ .at = 1000, .outstanding = 2, .state = WORKING, .since = 1000 },
		{ .at = 2000, .jobs = 1, .outstanding = 1, .state = WORKING, .since = 1000 },
		{ .at = 21900, .jobs = 1, .outstanding = 1, .state = WORKING, .since = 1000 },
		{ .at = 22000, .jobs = 1, .outstanding = 1, .state = STUCK, .since = 2000 },
		{ .at = 60000, .jobs = 1, .outstanding = 1, .state = STUCK, .since = 2000 },
		{ .at = 61000, .jobs = 2, .state = WORKING, .since = 61000 },
		{ .at = 63000, .jobs = 2, .state = IDLE, .since = 61000 },
	} },
	{ "ticket that is not admitted is stuck while jobs are done", {
		{ .at = 1000, .waiting = 1, .outstanding = 9, .state = WORKING, .since = 1000 },
		{ .at = 15000, .jobs = 1, .waiting = 1, .outstanding = 8,
		  .state = WORKING, .since = 1000 },
		{ .at = 21000, .jobs = 2, .waiting = 1, .outstanding = 7,
		  .state = STUCK, .since = 1000 },
		{ .at = 22000, .jobs = 2, .tickets = 1, .outstanding = 8,
		  .state = WORKING, .since = 22000 },
	} },
	{ "ticket let through in debt is a stall", {
		{ .at = 1000, .waiting = 1, .forced = 3, .state = WAITING, .since = 1000 },
		{ .at = 2000, .jobs = 1, .forced = 4, .state = STUCK, .since = 2000 },
		{ .at = 21900, .jobs = 9, .forced = 4, .state = STUCK, .since = 2000 },
		{ .at = 22000, .jobs = 10, .forced = 4, .state = WORKING, .since = 22000 },
	} },
	{ "whatever it did before, a stall is told, and for no longer than the bound", {
		{ .at = 1000, .state = IDLE, .since = 1000 },
		{ .at = 2000, .jobs = 1, .forced = 1, .state = STUCK, .since = 2000 },
		{ .at = 22000, .jobs = 1, .forced = 1, .state = IDLE, .since = 2000 },
		{ .at = 23000, .jobs = 2, .forced = 2, .state = STUCK, .since = 23000 },
		{ .at = 42900, .jobs = 2, .forced = 2, .state = STUCK, .since = 23000 },
		{ .at = 43000, .jobs = 2, .waiting = 1, .forced = 2,
		  .state = WAITING, .since = 43000 },
		{ .at = 44000, .jobs = 3, .forced = 3, .state = STUCK, .since = 44000 },
		{ .at = 60000, .jobs = 4, .forced = 3, .think_us = 1,
		  .state = STUCK, .since = 44000 },
		{ .at = 64000, .jobs = 4, .forced = 3, .think_us = 1,
		  .state = THINKING, .since = 60000 },
		{ .at = 65000, .jobs = 5, .forced = 4, .think_us = 1,
		  .state = STUCK, .since = 65000 },
	} },
	{ "waits and idles and waits, and thinks when it gives up", {
		{ .at = 1000, .waiting = 1, .state = WAITING, .since = 1000 },
		{ .at = 3000, .state = IDLE, .since = 1000 },
		{ .at = 4000, .waiting = 1, .state = WAITING, .since = 4000 },
		{ .at = 6000, .state = THINKING, .since = 4000 },
	} },
	{ "thinks, is paused, and thinks on since the end of that", {
		{ .at = 1000, .outstanding = 1, .think_us = 1, .state = WORKING, .since = 1000 },
		{ .at = 3000, .think_us = 1, .state = THINKING, .since = 1000 },
		{ .at = 4000, .think_us = 1, .stop = STOPPED, .state = PAUSED, .since = 4000 },
		{ .at = 6000, .think_us = 1, .state = THINKING, .since = 6000 },
		{ .at = 7000, .think_us = 1, .stop = STOPPED, .state = PAUSED, .since = 7000 },
		{ .at = 8000, .think_us = 1, .forced = 1, .state = STUCK, .since = 8000 },
	} },
	{ "stuck is paused", {
		{ .at = 1000, .outstanding = 1, .state = WORKING, .since = 1000 },
		{ .at = 31000, .outstanding = 1, .state = STUCK, .since = 1000 },
		{ .at = 32000, .outstanding = 1, .stop = STOPPED, .state = PAUSED, .since = 32000 },
	} },
};

static int look(struct headgate_life *life, const struct look *look)
{
	const struct headgate_flow flow = {
		.agent_id = 7, .lane_id = 1, .jobs = look->jobs, .tickets = look->tickets,
		.outstanding = look->outstanding, .waiting = look->waiting,
		.think_ns = look->think_us * 1000, .forced = look->forced,
	};
	const struct headgate_flow *const flows[] = { &flow };

	return headgate_life_look(life, flows, 1, look->stop, look->at * MS);
}

static void each_story__is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		struct headgate_life life = { 0 };

		for (const struct look *at = stories[i].looks; at->at; at++) {
			assert_int_equal(look(&life, at), 0);
			if (life.state != at->state || life.since_ns != at->since * MS)
				fail_msg("%s: at %lu it is %s since %lu", stories[i].name,
					 (unsigned long)at->at, headgate_life_name(life.state),
					 (unsigned long)(life.since_ns / MS));
		}
		headgate_life_clear(&life);
	}
}

static void each_transition__is_in_a_story(void **state)
{
	/* Who is idle begins to think by working first. */
	static const bool none[HEADGATE_LIFE_STATES][HEADGATE_LIFE_STATES] = {
		[IDLE] = { [THINKING] = true },
	};
	bool seen[HEADGATE_LIFE_STATES][HEADGATE_LIFE_STATES] = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++)
		for (const struct look *at = stories[i].looks + 1; at->at; at++)
			seen[at[-1].state][at->state] = true;
	for (int from = 0; from < HEADGATE_LIFE_STATES; from++)
		for (int to = 0; to < HEADGATE_LIFE_STATES; to++)
			if (from != to && !seen[from][to] && !none[from][to])
				fail_msg("no story of %s to %s", headgate_life_name(from),
					 headgate_life_name(to));
}

static void lane_that_hangs__is_told_beside_one_that_works(void **state)
{
	struct headgate_flow hangs = { .lane_id = 1, .outstanding = 1 };
	struct headgate_flow works = { .lane_id = 2, .outstanding = 1 };
	const struct headgate_flow *const flows[] = { &hangs, &works };
	struct headgate_life life = { 0 };

	(void)state;
	for (uint64_t at = 1; at < 21; at++) {
		works.jobs++;
		assert_int_equal(headgate_life_look(&life, flows, 2, 0, at * 1000 * MS), 0);
		assert_int_equal(life.state, WORKING);
	}
	assert_int_equal(headgate_life_look(&life, flows, 2, 0, 21000 * MS), 0);
	assert_int_equal(life.state, STUCK);
	assert_int_equal(life.since_ns, 1000 * MS);
	headgate_life_clear(&life);
}

/* What a daemon has seen, as the one after it reads it. */
static void hand_over(struct headgate_lives *lives)
{
	assert_int_equal(headgate_lives_save("states", lives), 0);
	headgate_lives_free(lives);
	assert_int_equal(headgate_lives_load("states", lives), 0);
}

static void restart__keeps_since_where_totals_are_the_same(void **state)
{
	static const struct {
		struct look before[4], after;
	} cases[] = {
		{ { { .at = 1000, .outstanding = 1 }, { .at = 2000, .jobs = 1 },
		    { .at = 9000, .jobs = 1 } },
		  { .at = 50000, .jobs = 1, .state = IDLE, .since = 2000 } },
		{ { { .at = 1000, .outstanding = 1 }, { .at = 2000, .jobs = 1 },
		    { .at = 9000, .jobs = 1 } },
		  { .at = 50000, .jobs = 2, .state = WORKING, .since = 50000 } },
		{ { { .at = 1000, .outstanding = 1 } },
		  { .at = 5000, .outstanding = 1, .state = WORKING, .since = 1000 } },
		{ { { .at = 1000, .outstanding = 1 }, { .at = 30000, .outstanding = 1 } },
		  { .at = 31000, .outstanding = 1, .state = STUCK, .since = 1000 } },
		{ { { .at = 1000, .outstanding = 1 }, { .at = 30000, .outstanding = 1 } },
		  { .at = 31000, .jobs = 1, .outstanding = 1, .state = WORKING, .since = 31000 } },
		/* What is there now may have come just now. */
		{ { { .at = 1000, .jobs = 1 } },
		  { .at = 31000, .jobs = 1, .outstanding = 1, .state = WORKING, .since = 31000 } },
		{ { { .at = 1000, .stop = STOPPED } },
		  { .at = 31000, .stop = STOPPED, .state = PAUSED, .since = 1000 } },
		/* The module was loaded anew. */
		{ { { .at = 1000, .jobs = 9 }, { .at = 2000, .jobs = 9 } },
		  { .at = 3000, .jobs = 1, .state = WORKING, .since = 3000 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct headgate_lives lives = { 0 };
		struct headgate_life *life = headgate_lives_get(&lives, 7);

		for (const struct look *at = cases[i].before; at->at; at++)
			assert_int_equal(look(life, at), 0);
		hand_over(&lives);
		life = headgate_lives_find(&lives, 7);
		assert_non_null(life);
		assert_int_equal(look(life, &cases[i].after), 0);
		if (life->state != cases[i].after.state ||
		    life->since_ns != cases[i].after.since * MS)
			fail_msg("case %zu: %s since %lu", i, headgate_life_name(life->state),
				 (unsigned long)(life->since_ns / MS));
		headgate_lives_free(&lives);
	}
}

static bool is_odd(uint64_t id, const void *data)
{
	(void)data;
	return id % 2;
}

static void file_of_states__is_read_line_by_line(void **state)
{
	struct headgate_lives lives = { 0 };

	(void)state;
	assert_int_equal(headgate_lives_load("states", &lives), -ENOENT);
	write_file("states", "1 idle 1 2 3 4 5 6 1\nrubbish\n2 flying 1 2 3 4 5 6 1\n3 stuck 9 2 3 4 5 6 0\n4 idle 1\n6 idle 1 2 3 4 5 6 0\n");
	assert_int_equal(headgate_lives_load("states", &lives), 0);
	assert_int_equal(lives.count, 3);
	assert_int_equal(headgate_lives_find(&lives, 3)->state, STUCK);
	assert_int_equal(headgate_lives_find(&lives, 3)->since_ns, 9);
	assert_true(headgate_lives_find(&lives, 1)->returns);
	assert_null(headgate_lives_find(&lives, 2));
	headgate_lives_prune(&lives, is_odd, NULL);
	assert_int_equal(lives.count, 2);
	assert_null(headgate_lives_find(&lives, 6));
	headgate_lives_free(&lives);
}

static void look_at_an_agent__takes_its_own_flows_alone(void **state)
{
	struct headgate_flow items[] = {
		{ .agent_id = 1, .lane_id = 1, .outstanding = 1 },
		{ .agent_id = 2, .lane_id = 1, .waiting = 1 },
		{ .agent_id = 3, .lane_id = 1, .outstanding = 1, .gone = 5 },
	};
	const struct headgate_flows flows = { items, 3 };
	static const enum headgate_life_state want[] = { WORKING, WAITING, IDLE };
	struct headgate_lives_flows sorted;
	struct headgate_lives lives = { 0 };

	(void)state;
	assert_int_equal(headgate_lives_flows_sort(&flows, &sorted), 0);
	for (uint64_t id = 1; id <= 3; id++) {
		assert_int_equal(headgate_lives_look(&lives, id, &sorted, 0, 1000 * MS), 0);
		assert_int_equal(headgate_lives_find(&lives, id)->state, want[id - 1]);
	}
	headgate_lives_flows_free(&sorted);
	headgate_lives_free(&lives);
}

static void flows_in_any_order__are_found_by_agent(void **state)
{
	static const uint64_t ids[] = { 9, 1, UINT64_MAX, 9, 4, 1ULL << 32, 1, 9, 4 };
	static const struct {
		uint64_t id;
		size_t count;
	} cases[] = {
		{ 0, 0 }, { 1, 2 }, { 2, 0 }, { 4, 1 }, { 9, 3 }, { 10, 0 }, { 1ULL << 32, 1 },
		{ UINT64_MAX, 1 },
	};
	struct headgate_flow items[9] = { 0 };
	const struct headgate_flows flows = { items, 9 }, none = { 0 };
	const struct headgate_flow *const *own;
	struct headgate_lives_flows sorted;

	(void)state;
	for (size_t i = 0; i < 9; i++)
		items[i].agent_id = ids[i];
	items[8].gone = 5;
	assert_int_equal(headgate_lives_flows_sort(&flows, &sorted), 0);
	assert_int_equal(sorted.count, 8);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(headgate_lives_flows_of(&sorted, cases[i].id, &own),
				 cases[i].count);
		for (size_t j = 0; j < cases[i].count; j++) {
			assert_int_equal(own[j]->agent_id, cases[i].id);
			assert_false(j && own[j] == own[j - 1]);
		}
	}
	headgate_lives_flows_free(&sorted);
	assert_int_equal(headgate_lives_flows_sort(&none, &sorted), 0);
	assert_int_equal(headgate_lives_flows_of(&sorted, 1, &own), 0);
	headgate_lives_flows_free(&sorted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_story__is_told),
		cmocka_unit_test(each_transition__is_in_a_story),
		cmocka_unit_test(lane_that_hangs__is_told_beside_one_that_works),
		IN_HOME(restart__keeps_since_where_totals_are_the_same),
		IN_HOME(file_of_states__is_read_line_by_line),
		cmocka_unit_test(look_at_an_agent__takes_its_own_flows_alone),
		cmocka_unit_test(flows_in_any_order__are_found_by_agent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
