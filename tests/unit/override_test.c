// SPDX-License-Identifier: GPL-2.0-or-later
/* Overrides: the strictest of all reasons holds, and nothing is left of those that are gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "override.h"

#define MS UINT64_C(1000000)

static struct headgate_policy plain(uint32_t weight, uint64_t quota_ns, uint64_t period_ns)
{
	return (struct headgate_policy){
		.weight = weight, .max_quota_ns = quota_ns, .max_period_ns = period_ns,
	};
}

static void strictest_of_several_reasons__holds(void **state)
{
	struct overrides o = { 0 };
	struct override all;

	(void)state;
	overrides_begin(&o, OVERRIDE_BUDGET);
	assert_int_equal(override_set(&o, 7, OVERRIDE_BUDGET, "a", &(struct override){ .cap_ppm = 300000 }), 0);
	assert_int_equal(override_set(&o, 7, OVERRIDE_BUDGET, "b", &(struct override){ .weight = 1, .cap_ppm = 100000 }), 0);
	assert_int_equal(override_set(&o, 7, OVERRIDE_BUDGET, "c", &(struct override){ .weight = 5, .cap_ppm = 200000 }), 0);
	assert_int_equal(override_set(&o, 3, OVERRIDE_BUDGET, "d", &(struct override){ .paused = true }), 0);
	overrides_end(&o, OVERRIDE_BUDGET);
	assert_true(override_of(&o, 7, &all));
	assert_int_equal(all.weight, 1);
	assert_int_equal(all.cap_ppm, 100000);
	assert_false(all.paused);
	assert_true(override_of(&o, 3, &all));
	assert_int_equal(all.weight, 0);
	assert_int_equal(all.cap_ppm, 0);
	assert_true(all.paused);
	assert_false(override_of(&o, 5, &all));
	assert_false(all.paused);
	overrides_free(&o);
}

static void reason_that_is_not_set_again__is_gone(void **state)
{
	struct overrides o = { 0 };
	struct override all;

	(void)state;
	overrides_begin(&o, OVERRIDE_BUDGET);
	override_set(&o, 7, OVERRIDE_BUDGET, "a", &(struct override){ .weight = 1 });
	override_set(&o, 7, OVERRIDE_BUDGET, "b", &(struct override){ .cap_ppm = 5 });
	override_set(&o, 8, OVERRIDE_BUDGET, "a", &(struct override){ .weight = 1 });
	overrides_end(&o, OVERRIDE_BUDGET);
	/* Set outside of a round it stays until the next. */
	override_set(&o, 9, OVERRIDE_BUDGET, "a", &(struct override){ .weight = 1 });
	assert_true(override_of(&o, 9, &all));
	overrides_begin(&o, OVERRIDE_BUDGET);
	override_set(&o, 7, OVERRIDE_BUDGET, "b", &(struct override){ .cap_ppm = 6 });
	overrides_end(&o, OVERRIDE_BUDGET);
	assert_true(override_of(&o, 7, &all));
	assert_int_equal(all.weight, 0);
	assert_int_equal(all.cap_ppm, 6);
	assert_false(override_of(&o, 8, &all));
	assert_false(override_of(&o, 9, &all));
	assert_int_equal(o.count, 1);
	overrides_free(&o);
}

static void policy__never_gets_more_than_it_has(void **state)
{
	struct headgate_policy p = plain(100, 0, 100 * MS);

	(void)state;
	override_apply(&(struct override){ .weight = 1 }, &p);
	assert_int_equal(p.weight, 1);
	assert_int_equal(p.max_quota_ns, 0);
	p = plain(1, 0, 100 * MS);
	override_apply(&(struct override){ .weight = 20 }, &p);
	assert_int_equal(p.weight, 1);
	/* No cap, a weaker one, and a stricter one. */
	p = plain(100, 0, 100 * MS);
	override_apply(&(struct override){ .cap_ppm = 300000 }, &p);
	assert_int_equal(p.max_quota_ns, 30 * MS);
	assert_int_equal(p.max_period_ns, 100 * MS);
	p = plain(100, 500 * MS, 1000 * MS);
	override_apply(&(struct override){ .cap_ppm = 300000 }, &p);
	assert_int_equal(p.max_quota_ns, 300 * MS);
	assert_int_equal(p.max_period_ns, 1000 * MS);
	p = plain(100, 10 * MS, 100 * MS);
	override_apply(&(struct override){ .cap_ppm = 300000 }, &p);
	assert_int_equal(p.max_quota_ns, 10 * MS);
	assert_int_equal(p.weight, 100);
	/* Without a period it has that of a percentage. */
	p = plain(100, 0, 0);
	override_apply(&(struct override){ .cap_ppm = 10000 }, &p);
	assert_int_equal(p.max_quota_ns, MS);
	assert_int_equal(p.max_period_ns, 100 * MS);
}

static void least_cap__is_not_none(void **state)
{
	struct headgate_policy p = plain(100, 0, 1000);

	(void)state;
	override_apply(&(struct override){ .cap_ppm = 1 }, &p);
	assert_int_equal(p.max_quota_ns, 1);
}

static void nothing__changes_nothing(void **state)
{
	struct headgate_policy p = plain(77, 0, 100 * MS), before = p;

	(void)state;
	override_apply(&(struct override){ .paused = true }, &p);
	override_apply(&(struct override){ .cap_ppm = 1000000 }, &p);
	assert_memory_equal(&p, &before, sizeof(p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strictest_of_several_reasons__holds),
		cmocka_unit_test(reason_that_is_not_set_again__is_gone),
		cmocka_unit_test(policy__never_gets_more_than_it_has),
		cmocka_unit_test(least_cap__is_not_none),
		cmocka_unit_test(nothing__changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
