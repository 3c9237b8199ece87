// SPDX-License-Identifier: GPL-2.0-or-later
/* Engine classes, by the names of schedulers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../kmod/class.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *name, *class;
} known[] = {
	{ "rcs17", "rcs" },			/* xe: engine class and queue */
	{ "gsccs3", "gsccs" },
	{ "panthor-queue", "panthor-queue" },	/* before 6.18 */
	{ "panthor-queue-12-3-0", "panthor-queue" },
	{ "pvr-queue", "pvr-queue" },
	{ "nouveau_sched", "nouveau_sched" },
	{ "hwctx.812.2", "hwctx" },		/* amdxdna: process and context */
	{ "simgpu-e0-q17", "simgpu-e0-q" },	/* an engine's number is none of a queue's */
	{ "42", "42" },
	{ "", "" },
};

static void class__is_the_name_without_the_queues_number(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		assert_int_equal(headgate_class_length(known[i].name), strlen(known[i].class));
}

static void class__has_its_own_names_and_no_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		for (size_t k = 0; k < ARRAY_SIZE(known) - 2; k++)
			if (headgate_class_has(known[k].class, known[i].name) !=
			    !strcmp(known[i].class, known[k].class))
				fail_msg("%s and the class %s", known[i].name, known[k].class);
	assert_false(headgate_class_has("rcs", "rcsx1"));
	assert_false(headgate_class_has("rcs", "rc1"));
	assert_true(headgate_class_has("rcs", "rcs"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(class__is_the_name_without_the_queues_number),
		cmocka_unit_test(class__has_its_own_names_and_no_others),
	};

	return cmocka_run_group_tests_name("class", tests, NULL, NULL);
}
