// SPDX-License-Identifier: GPL-2.0-or-later
/* Which devices workers are given, after some have failed. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "serve_fleet.h"

int infer_device_check(const char *name, char problem[INFER_PROBLEM])
{
	if (*name && *name != '?')
		return 0;
	strcpy(problem, "no device");
	return -EINVAL;
}

#define SOMEBODY 1
#define ANOTHER 2
#define HANG 1000000000ull

static struct infer_fleet fleet;

static void start(void)
{
	char problem[INFER_PROBLEM];

	assert_int_equal(infer_fleet_read(&fleet, "a,b,c", INFER_FLEET_FIRST_NS, problem), 0);
	assert_int_equal(fleet.count, 3);
	fleet.hang_ns = HANG;
	for (uint32_t i = 0; i < fleet.count; i++)
		infer_fleet_opened(&fleet, i);
}

static void assert_order(uint64_t now, const char *expected, uint32_t first)
{
	struct infer_fleet_order order;

	infer_fleet_order(&fleet, SOMEBODY, 0, now, &order);
	assert_string_equal(order.text, expected);
	assert_int_equal(order.of[0], first);
}

static void devices__are_in_the_order_of_the_policy(void **state)
{
	(void)state;
	start();
	assert_order(1, "a,b,c", 0);
	assert_false(infer_fleet_better(&fleet, 0, SOMEBODY, 0, 1));
}

static void one_that_failed__is_last_for_a_while(void **state)
{
	(void)state;
	start();
	infer_fleet_failed(&fleet, 0, 1000);
	assert_order(1000, "b,c,a", 1);
	assert_true(infer_fleet_better(&fleet, 0, SOMEBODY, 0, 1000));
	assert_false(infer_fleet_better(&fleet, 1, SOMEBODY, 0, 1000 + INFER_FLEET_FIRST_NS - 1));
	assert_true(infer_fleet_better(&fleet, 1, SOMEBODY, 0, 1000 + INFER_FLEET_FIRST_NS));
	assert_order(1000 + INFER_FLEET_FIRST_NS, "a,b,c", 0);
}

static void those_that_failed__come_by_when_their_time_is_over(void **state)
{
	(void)state;
	start();
	infer_fleet_failed(&fleet, 1, 1000);
	infer_fleet_failed(&fleet, 0, 2000);
	assert_order(2000, "c,b,a", 2);
	infer_fleet_failed(&fleet, 2, 3000);
	assert_order(3000, "b,a,c", 1);
	/* Nothing is gained by leaving one that failed for another that did. */
	assert_false(infer_fleet_better(&fleet, 2, SOMEBODY, 0, 3000));
}

static void the_while__doubles_until_it_has_worked(void **state)
{
	uint64_t now = 1;

	(void)state;
	start();
	infer_fleet_failed(&fleet, 0, now);
	/* What several workers find at once is one failure. */
	infer_fleet_failed(&fleet, 0, now + 1);
	now += INFER_FLEET_FIRST_NS;
	infer_fleet_failed(&fleet, 0, now);
	now += 2 * INFER_FLEET_FIRST_NS;
	assert_false(infer_fleet_better(&fleet, 1, SOMEBODY, 0, now - 1));
	assert_true(infer_fleet_better(&fleet, 1, SOMEBODY, 0, now));
	infer_fleet_worked(&fleet, 0, now);
	infer_fleet_failed(&fleet, 0, now);
	assert_true(infer_fleet_better(&fleet, 1, SOMEBODY, 0, now + INFER_FLEET_FIRST_NS));
	for (int i = 0; i < 40; i++)
		infer_fleet_failed(&fleet, 0, now += INFER_FLEET_MOST_NS);
	assert_true(infer_fleet_better(&fleet, 1, SOMEBODY, 0, now + INFER_FLEET_MOST_NS));
}

static void a_suspicion__counts_for_its_agent_alone(void **state)
{
	struct infer_fleet_order order;

	(void)state;
	start();
	for (int i = 0; i < 9; i++)
		infer_fleet_suspect(&fleet, 0, SOMEBODY, 1000);
	assert_order(1000, "b,c,a", 1);
	assert_false(infer_fleet_better(&fleet, 1, SOMEBODY, 0, 1000));
	assert_true(infer_fleet_suspected(&fleet, 0, SOMEBODY, 1000));
	infer_fleet_order(&fleet, ANOTHER, 0, 1000, &order);
	assert_string_equal(order.text, "a,b,c");
	assert_true(infer_fleet_better(&fleet, 1, ANOTHER, 0, 1000));
	assert_false(infer_fleet_suspected(&fleet, 0, ANOTHER, 1000));
	assert_order(1000 + INFER_FLEET_FIRST_NS, "a,b,c", 0);
}

static void one_agent_s_suspicion__lasts_longer_each_time(void **state)
{
	uint64_t now = 1, pause = INFER_FLEET_FIRST_NS;

	(void)state;
	start();
	for (int i = 0; i < 9; i++) {
		infer_fleet_suspect(&fleet, 0, SOMEBODY, now);
		assert_true(infer_fleet_suspected(&fleet, 0, SOMEBODY, now + pause - 1));
		now += pause;
		assert_false(infer_fleet_suspected(&fleet, 0, SOMEBODY, now));
		pause = pause * 2 < INFER_FLEET_MOST_NS ? pause * 2 : INFER_FLEET_MOST_NS;
	}
	infer_fleet_worked(&fleet, 0, now);
	infer_fleet_suspect(&fleet, 0, SOMEBODY, now);
	assert_false(infer_fleet_suspected(&fleet, 0, SOMEBODY, now + INFER_FLEET_FIRST_NS));
	/* Another begins anew. */
	now += INFER_FLEET_MOST_NS;
	infer_fleet_suspect(&fleet, 0, ANOTHER, now);
	assert_false(infer_fleet_suspected(&fleet, 0, ANOTHER, now + INFER_FLEET_FIRST_NS));
}

/* Who finds that it does not open any more does so long after who was there first. */
static void a_second_agent__confirms_it_in_time(void **state)
{
	const uint64_t late = 1000 + INFER_FLEET_FIRST_NS + INFER_FLEET_OPENING * HANG;
	struct infer_fleet_order order;

	(void)state;
	start();
	infer_fleet_suspect(&fleet, 0, SOMEBODY, 1000);
	infer_fleet_suspect(&fleet, 0, ANOTHER, late);
	assert_order(late, "a,b,c", 0);
	infer_fleet_suspect(&fleet, 0, SOMEBODY, 2 * late - 1001);
	infer_fleet_order(&fleet, 3, 0, 2 * late - 1001, &order);
	assert_string_equal(order.text, "b,c,a");
	/* Not by way of an answer in between. */
	start();
	infer_fleet_suspect(&fleet, 0, SOMEBODY, 1000);
	infer_fleet_worked(&fleet, 0, 1001);
	infer_fleet_suspect(&fleet, 0, ANOTHER, 1002);
	assert_order(1002, "a,b,c", 0);
}

static void one_agent__tries_it_again(void **state)
{
	const uint64_t again = 1000 + INFER_FLEET_FIRST_NS;
	struct infer_fleet_order order;

	(void)state;
	start();
	infer_fleet_failed(&fleet, 0, 1000);
	/* That is too early. */
	infer_fleet_try(&fleet, 0, ANOTHER, again - 1);
	assert_order(again, "a,b,c", 0);
	/* The service has no request to try it with. */
	infer_fleet_try(&fleet, 0, 0, again);
	infer_fleet_try(&fleet, 0, ANOTHER, again);
	infer_fleet_try(&fleet, 0, SOMEBODY, again);
	assert_order(again, "b,c,a", 1);
	assert_true(infer_fleet_tried(&fleet, 0, SOMEBODY, again));
	assert_false(infer_fleet_better(&fleet, 1, SOMEBODY, 0, again));
	assert_true(infer_fleet_better(&fleet, 1, ANOTHER, 0, again));
	infer_fleet_order(&fleet, ANOTHER, 0, again, &order);
	assert_string_equal(order.text, "a,b,c");
	/* Who is on it stays. */
	assert_false(infer_fleet_better(&fleet, 0, SOMEBODY, 0, again));
	/* It says nothing for too long. */
	assert_order(again + HANG, "a,b,c", 0);
	infer_fleet_try(&fleet, 0, SOMEBODY, again + HANG);
	assert_false(infer_fleet_better(&fleet, 1, ANOTHER, 0, again + HANG));
	infer_fleet_worked(&fleet, 0, again + HANG);
	assert_true(infer_fleet_better(&fleet, 1, ANOTHER, 0, again + HANG));
}

static void what_fails_when_it_is_tried__is_tried_by_the_next(void **state)
{
	uint64_t again = 1 + INFER_FLEET_FIRST_NS;

	(void)state;
	start();
	fleet.hang_ns = INFER_FLEET_MOST_NS;
	infer_fleet_failed(&fleet, 0, 1);
	infer_fleet_try(&fleet, 0, ANOTHER, again);
	infer_fleet_failed(&fleet, 0, again);
	again += 2 * INFER_FLEET_FIRST_NS;
	assert_true(infer_fleet_better(&fleet, 1, SOMEBODY, 0, again));
}

static void what_is_well__is_not_left_for_what_nobody_has_opened(void **state)
{
	(void)state;
	start();
	fleet.devices[0].opened = false;
	infer_fleet_failed(&fleet, 0, 1000);
	assert_false(infer_fleet_better(&fleet, 1, SOMEBODY, 0, 1000 + INFER_FLEET_FIRST_NS));
	assert_order(1000 + INFER_FLEET_FIRST_NS, "a,b,c", 0);
	/* But what is not well is. */
	fleet.devices[2].opened = false;
	infer_fleet_failed(&fleet, 1, 1001 + INFER_FLEET_FIRST_NS);
	infer_fleet_failed(&fleet, 0, 1001 + INFER_FLEET_FIRST_NS);
	assert_true(infer_fleet_better(&fleet, 1, SOMEBODY, 0, 1001 + INFER_FLEET_FIRST_NS));
}

static void what_has_worked__is_suspected_no_more(void **state)
{
	(void)state;
	start();
	infer_fleet_suspect(&fleet, 0, SOMEBODY, 1000);
	infer_fleet_worked(&fleet, 0, 1001);
	assert_order(1001, "a,b,c", 0);
}

static void the_service_itself__is_believed(void **state)
{
	(void)state;
	start();
	infer_fleet_suspect(&fleet, 0, 0, 1000);
	assert_order(1000, "b,c,a", 1);
}

static void what_is_to_be_avoided__comes_last(void **state)
{
	struct infer_fleet_order order;

	(void)state;
	start();
	infer_fleet_failed(&fleet, 1, 1000);
	infer_fleet_order(&fleet, SOMEBODY, 1 << 0, 1000, &order);
	assert_string_equal(order.text, "c,b,a");
	infer_fleet_order(&fleet, SOMEBODY, 1 << 0 | 1 << 1, 1000, &order);
	assert_string_equal(order.text, "c,a,b");
	infer_fleet_order(&fleet, SOMEBODY, 7, 1000, &order);
	assert_string_equal(order.text, "a,c,b");
	/* It is left for any other, and none is left for it. */
	assert_true(infer_fleet_better(&fleet, 2, SOMEBODY, 1 << 2, 1000));
	assert_false(infer_fleet_better(&fleet, 2, SOMEBODY, 1 << 0, 1000));
	assert_true(infer_fleet_better(&fleet, 0, SOMEBODY, 1 << 0 | 1 << 2, 1000));
	assert_false(infer_fleet_better(&fleet, 0, SOMEBODY, 7, 1000));
}

static void how_a_device_is__is_what_is_true_for_all(void **state)
{
	const uint64_t over = 1000 + INFER_FLEET_FIRST_NS;

	(void)state;
	start();
	infer_fleet_suspect(&fleet, 0, SOMEBODY, 1000);
	assert_int_equal(infer_fleet_state(&fleet, 0, 1000), INFER_FLEET_WELL);
	infer_fleet_failed(&fleet, 0, 1000);
	infer_fleet_place(&fleet, 0, "place", 1000);
	infer_fleet_heard(&fleet, "place", 10 * INFER_FLEET_MOST_NS, 1000);
	assert_int_equal(infer_fleet_state(&fleet, 0, 1000), INFER_FLEET_FAILED);
	assert_int_equal(infer_fleet_state(&fleet, 1, 1000), INFER_FLEET_WELL);
	assert_int_equal(infer_fleet_state(&fleet, 0, over), INFER_FLEET_BROWN);
	infer_fleet_heard(&fleet, "place", 0, 1000);
	/* It is passed over still, but who asks it has an answer. */
	infer_fleet_worked(&fleet, 0, 1001);
	assert_int_equal(infer_fleet_state(&fleet, 0, 1001), INFER_FLEET_WELL);
	infer_fleet_failed(&fleet, 0, 1002);
	assert_int_equal(infer_fleet_state(&fleet, 0, 1002), INFER_FLEET_FAILED);
	assert_int_equal(infer_fleet_state(&fleet, 0, over), INFER_FLEET_WELL);
}

static void orders_that_are_none__are_refused(void **state)
{
	char problem[INFER_PROBLEM], many[64] = "a", long_name[2 * INFER_PROBLEM];

	(void)state;
	assert_int_equal(infer_fleet_read(&fleet, "", INFER_FLEET_FIRST_NS, problem), -EINVAL);
	assert_int_equal(infer_fleet_read(&fleet, "a,,b", INFER_FLEET_FIRST_NS, problem), -EINVAL);
	assert_int_equal(infer_fleet_read(&fleet, "a,?", INFER_FLEET_FIRST_NS, problem), -EINVAL);
	for (int i = 1; i < INFER_FLEET; i++)
		strcat(many, ",a");
	assert_int_equal(infer_fleet_read(&fleet, many, INFER_FLEET_FIRST_NS, problem), 0);
	strcat(many, ",a");
	assert_int_equal(infer_fleet_read(&fleet, many, INFER_FLEET_FIRST_NS, problem), -EINVAL);
	memset(long_name, 'a', sizeof(long_name));
	long_name[INFER_PROBLEM] = '\0';
	assert_int_equal(infer_fleet_read(&fleet, long_name, 1, problem), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices__are_in_the_order_of_the_policy),
		cmocka_unit_test(one_that_failed__is_last_for_a_while),
		cmocka_unit_test(those_that_failed__come_by_when_their_time_is_over),
		cmocka_unit_test(the_while__doubles_until_it_has_worked),
		cmocka_unit_test(a_suspicion__counts_for_its_agent_alone),
		cmocka_unit_test(one_agent_s_suspicion__lasts_longer_each_time),
		cmocka_unit_test(a_second_agent__confirms_it_in_time),
		cmocka_unit_test(one_agent__tries_it_again),
		cmocka_unit_test(what_fails_when_it_is_tried__is_tried_by_the_next),
		cmocka_unit_test(what_is_well__is_not_left_for_what_nobody_has_opened),
		cmocka_unit_test(what_has_worked__is_suspected_no_more),
		cmocka_unit_test(the_service_itself__is_believed),
		cmocka_unit_test(what_is_to_be_avoided__comes_last),
		cmocka_unit_test(how_a_device_is__is_what_is_true_for_all),
		cmocka_unit_test(orders_that_are_none__are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
