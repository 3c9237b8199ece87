// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The history counts what the ledger has grown by, each nanosecond once, whatever happens between
 * two looks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "history_look.h"
#include "home.h"

static void growth__is_counted_once(void **state)
{
	struct ledger ledger;
	struct headgate_flow *a = start(&ledger), *other = ledger_flow(&ledger, 1, 0);

	(void)state;
	ledger_job(&ledger, a, 100);
	ledger_job(&ledger, other, 7);
	ledger.lanes[0].time_ns = 1000;
	ledger.lanes[0].idle_ns = 800;
	look(&ledger);
	look(&ledger);
	history_close(&db);
	open_history();
	look(&ledger);
	ledger_job(&ledger, a, 30);
	a->failed = 2;
	a->forced = 3;
	ledger.lanes[0].time_ns = 2000;
	look(&ledger);
	history_close(&db);
	check(BUSY_OF("/a"), 130);
	check(BUSY_OF("(ungoverned)"), 7);
	check(BUSY_OF("(gone)"), 0);
	check("SELECT sum(jobs) * 1000 + sum(tickets) * 100 + sum(failed) * 10 + sum(forced) FROM flow_use", 3323);
	check("SELECT sum(wait_ns) FROM flow_use", 68);
	check("SELECT sum(time_ns) FROM lane_use", 2000);
	check("SELECT sum(time_ns) FROM device_use", 2000);
	check("SELECT sum(idle_ns) FROM lane_use", 800);
	check("SELECT sum(ungoverned_ns) FROM lane_use", 7);
	/* A look that finds nothing new leaves no rows. */
	check("SELECT count(*) FROM flow_use", 3);
}

static void time_of_a_device__is_that_of_its_lanes_side_by_side(void **state)
{
	struct ledger ledger;

	(void)state;
	start(&ledger);
	ledger_lane(&ledger, 1, "e1");
	ledger.lanes[0].time_ns = 1000;
	ledger.lanes[1].time_ns = 400;
	look(&ledger);
	history_close(&db);
	check("SELECT sum(time_ns) FROM lane_use", 1400);
	check("SELECT sum(time_ns) FROM device_use", 1000);
}

static void module_that_was_inserted_anew__counts_from_zero(void **state)
{
	struct ledger ledger;
	struct headgate_flow *a = start(&ledger);

	(void)state;
	ledger_job(&ledger, a, 100);
	look(&ledger);
	/* The same numbers, and no less than before: only the instance tells. */
	strcpy(ledger.totals.instance, "boot:2");
	ledger_job(&ledger, a, 20);
	look(&ledger);
	history_close(&db);
	check(BUSY_OF("/a"), 220);
}

static void agent_that_goes__is_counted_once(void **state)
{
	struct ledger ledger;
	struct headgate_flow *a = start(&ledger);

	(void)state;
	ledger_job(&ledger, a, 100);
	look(&ledger);
	/* Gone, with what it had since; it is there for some looks, and then it is forgotten. */
	ledger_job(&ledger, a, 5);
	a->gone = 2;
	ledger.totals.agents.count = 0;
	look(&ledger);
	look(&ledger);
	ledger_forget(&ledger, a);
	look(&ledger);
	look(&ledger);
	history_close(&db);
	check(BUSY_OF("/a"), 105);
	check(BUSY, 105);
	check("SELECT count(*) FROM seen_flow", 0);
}

static void agent_that_comes_back__is_counted_on(void **state)
{
	struct ledger ledger;
	struct headgate_flow *a = start(&ledger), *again;

	(void)state;
	ledger_job(&ledger, a, 100);
	look(&ledger);
	a->gone = 2;
	again = ledger_flow(&ledger, 1, 11);
	ledger_job(&ledger, again, 40);
	look(&ledger);
	check(BUSY_OF("/a"), 140);
	/* What is gone is forgotten, and the agent has as much as that had. */
	ledger_forget(&ledger, a);
	again = a;
	ledger_job(&ledger, again, 160);
	look(&ledger);
	history_close(&db);
	check(BUSY_OF("/a"), 300);
	check(BUSY, 300);
}

static void forgotten_while_the_next_goes__is_not_counted_twice(void **state)
{
	struct ledger ledger;
	struct headgate_flow *a = start(&ledger), *again;

	(void)state;
	ledger_job(&ledger, a, 20);
	a->gone = 2;
	again = ledger_flow(&ledger, 1, 11);
	ledger_job(&ledger, again, 100);
	look(&ledger);
	ledger_forget(&ledger, a);
	again = a;
	ledger_job(&ledger, again, 3);
	again->gone = 3;
	look(&ledger);
	history_close(&db);
	check(BUSY, 123);
	check(BUSY_OF("/a"), 123);
}

/* A retired flow with jobs left is beside the new one of its agent, then gone and forgotten. */
static void one_of_two_flows_goes__the_other_is_not_counted_twice(void **state)
{
	struct ledger ledger;
	struct headgate_flow *a = start(&ledger), *again = ledger_flow(&ledger, 1, 11);

	(void)state;
	ledger_job(&ledger, a, 100);
	ledger_job(&ledger, again, 30);
	look(&ledger);
	ledger_forget(&ledger, a);
	again = a;
	ledger_job(&ledger, again, 4);
	look(&ledger);
	ledger_job(&ledger, again, 6);
	look(&ledger);
	history_close(&db);
	check(BUSY, 140);
	check(BUSY_OF("(gone)"), 4);
}

static void agent_that_nobody_saw__is_in_the_sum(void **state)
{
	struct ledger ledger;
	struct headgate_flow *a = start(&ledger), *b = ledger_flow(&ledger, 1, 12);

	(void)state;
	ledger_job(&ledger, a, 100);
	ledger_job(&ledger, b, 10);
	look(&ledger);
	ledger_job(&ledger, b, 1);
	ledger_job(&ledger, b, 1);
	ledger_forget(&ledger, b);
	look(&ledger);
	look(&ledger);
	history_close(&db);
	check(BUSY_OF("/b"), 10);
	check(BUSY_OF("(gone)"), 2);
	check("SELECT sum(jobs) FROM flow_use JOIN agent a ON a.id = agent WHERE path = '(gone)'", 2);
}

static void name_of_an_agent_that_has_gone__is_that_of_its_event(void **state)
{
	struct history_events events = {};
	struct ledger ledger;
	struct headgate_flow *a = start(&ledger);

	(void)state;
	ledger.totals.agents.count = 0;
	ledger_job(&ledger, a, 100);
	a->gone = 2;
	history_events_add(&events, "agent-gone", 11, "/short", "");
	if (history_write(&db, &ledger.totals, &events))
		fail_msg("%s", db.error);
	history_events_drop(&events, events.count);
	history_close(&db);
	check(BUSY_OF("/short"), 100);
	check("SELECT count(*) FROM event WHERE kind = 'agent-gone' AND agent = '/short'", 1);
}

static void pressure__is_counted_once(void **state)
{
	struct ledger ledger;

	(void)state;
	start(&ledger);
	ledger.totals.pressures.count = 2;
	ledger.pressures[0] = (struct headgate_pressure){ .scope = HEADGATE_PRESSURE_SCOPE_AGENT,
		.agent_id = 11, .device_id = 1, .some_total_ns = 50, .full_total_ns = 20 };
	/* Of a lane: nobody's. */
	ledger.pressures[1] = (struct headgate_pressure){ .scope = HEADGATE_PRESSURE_SCOPE_LANE,
		.device_id = 1, .some_total_ns = 999 };
	look(&ledger);
	look(&ledger);
	ledger.pressures[0].some_total_ns = 60;
	look(&ledger);
	/* The agent was none for a while. */
	ledger.pressures[0].some_total_ns = 4;
	ledger.pressures[0].full_total_ns = 1;
	look(&ledger);
	history_close(&db);
	check("SELECT sum(some_ns) FROM pressure_use", 64);
	check("SELECT sum(full_ns) FROM pressure_use", 21);
}

static void failed_look__has_counted_nothing(void **state)
{
	struct ledger ledger;
	struct headgate_flow *a = start(&ledger);

	(void)state;
	ledger_job(&ledger, a, 100);
	look(&ledger);
	ledger_job(&ledger, a, 50);
	number(FILE_NAME, "CREATE TRIGGER t BEFORE INSERT ON seen_lane BEGIN SELECT raise(ABORT, 'no'); END");
	assert_int_not_equal(history_write(&db, &ledger.totals, NULL), 0);
	check(BUSY, 100);
	number(FILE_NAME, "DROP TRIGGER t");
	look(&ledger);
	history_close(&db);
	check(BUSY, 150);
}

/* ---- whatever comes ---- */

/* True totals: what the lane had, and each agent, of all instances. */
static void any_course__adds_up_to_what_the_lanes_had(void **state)
{
	(void)state;
	for (unsigned int seed = 1; seed <= 30; seed++) {
		uint64_t all = 0, of_a = 0, unseen = 0;
		unsigned int instance = 1;
		struct ledger ledger;

		srand(seed);
		start(&ledger);
		for (int step = 0; step < 400; step++) {
			struct headgate_flow *flow = ledger.totals.flows.count ?
				&ledger.flows[rand() % ledger.totals.flows.count] : NULL;
			uint64_t ns = 1 + rand() % 50;

			switch (rand() % 8) {
			case 0: /* another agent, or one again */
				if (ledger.totals.flows.count < 8)
					ledger_flow(&ledger, 1, rand() % 3 ? 11 : 12);
				break;
			case 1: /* goes: what is gone of an agent is one entry, as in gone.c */
				if (!flow || flow->gone)
					break;
				flow->gone = 1;
				for (size_t i = 0; i < ledger.totals.flows.count; i++) {
					struct headgate_flow *other = &ledger.flows[i];

					if (other == flow || !other->gone ||
					    other->agent_id != flow->agent_id)
						continue;
					flow->busy_ns += other->busy_ns;
					flow->wait_ns += other->wait_ns;
					flow->jobs += other->jobs;
					flow->tickets += other->tickets;
					ledger_forget(&ledger, other);
					break;
				}
				break;
			case 2: /* is forgotten */
				if (flow && flow->gone)
					ledger_forget(&ledger, flow);
				break;
			case 3:
				look(&ledger);
				if (rand() % 4)
					break;
				history_close(&db);
				open_history();
				break;
			case 4:
				if (rand() % 8)
					break;
				look(&ledger);
				ledger.totals.flows.count = 0;
				ledger.lanes[0].busy_ns = 0;
				ledger.lanes[0].jobs = 0;
				snprintf(ledger.totals.instance, sizeof(ledger.totals.instance), "boot:%u", ++instance);
				break;
			default:
				if (!flow || flow->gone)
					break;
				ledger_job(&ledger, flow, ns);
				all += ns;
				if (flow->agent_id == 11)
					of_a += ns;
			}
		}
		look(&ledger);
		history_close(&db);
		check(BUSY, all);
		unseen = number(FILE_NAME, BUSY_OF("(gone)"));
		/* Nothing twice; what is not told of an agent was lost sight of. */
		assert_true((uint64_t)number(FILE_NAME, BUSY_OF("/a")) <= of_a);
		assert_true(number(FILE_NAME, BUSY_OF("/a")) + unseen >= of_a);
		remove(FILE_NAME);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(growth__is_counted_once),
		IN_HOME(time_of_a_device__is_that_of_its_lanes_side_by_side),
		IN_HOME(module_that_was_inserted_anew__counts_from_zero),
		IN_HOME(agent_that_goes__is_counted_once),
		IN_HOME(agent_that_comes_back__is_counted_on),
		IN_HOME(forgotten_while_the_next_goes__is_not_counted_twice),
		IN_HOME(one_of_two_flows_goes__the_other_is_not_counted_twice),
		IN_HOME(agent_that_nobody_saw__is_in_the_sum),
		IN_HOME(name_of_an_agent_that_has_gone__is_that_of_its_event),
		IN_HOME(pressure__is_counted_once),
		IN_HOME(failed_look__has_counted_nothing),
		IN_HOME(any_course__adds_up_to_what_the_lanes_had),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
