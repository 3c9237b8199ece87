// SPDX-License-Identifier: GPL-2.0-or-later
/* What is told of devices, by what was there before and what is there now. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "device_table.h"

static char told[1024];
static bool answers;
static int asked;

static void ask(struct headgate_drm_device *device)
{
	asked++;
	if (answers)
		strcpy(device->driver, "simgpu");
}

static void tell(enum device_change change, struct device_entry *entry, void *data)
{
	static const char *const words[] = {
		[DEVICE_CAME] = "came", [DEVICE_MOVED] = "moved", [DEVICE_WENT] = "went",
	};
	size_t used = strlen(told);
	char text[128];

	(void)data;
	device_describe(&entry->device, text, sizeof(text));
	snprintf(told + used, sizeof(told) - used, "%s %s; ", text, words[change]);
}

static const struct device_watch watch = { .ask = ask, .tell = tell };

static struct headgate_drm_device device(const char *name, uint64_t instance, int card)
{
	struct headgate_drm_device device = {
		.instance = instance, .primary_minor = card, .render_minor = 128 + card,
		.accel_minor = -1,
	};

	snprintf(device.name, sizeof(device.name), "%s", name);
	snprintf(device.primary_node, sizeof(device.primary_node), "/dev/dri/card%d", card);
	snprintf(device.render_node, sizeof(device.render_node), "/dev/dri/renderD%d", 128 + card);
	return device;
}

/* What @items bring about; @unknown: how many are said to be unknown. */
static void expect(struct device_table *table, struct headgate_drm_device *items, size_t count,
		   bool last, int unknown, const char *text)
{
	struct headgate_drm_devices fresh = { items, count };

	*told = '\0';
	assert_int_equal(device_table_update(table, &fresh, last, &watch), unknown);
	assert_string_equal(told, text);
	assert_int_equal(table->count, count);
}

static void devices_that_come_and_go__are_told_once(void **state)
{
	struct headgate_drm_device items[] = { device("simgpu", 7, 0), device("0000:c1:00.0", 9, 1) };
	struct device_table table = {};

	(void)state;
	answers = true;
	asked = 0;
	expect(&table, items, 1, false, 0, "simgpu at renderD128 (card0) came; ");
	expect(&table, items, 1, false, 0, "");
	expect(&table, items, 2, false, 0, "simgpu 0000:c1:00.0 at renderD129 (card1) came; ");
	expect(&table, items + 1, 1, false, 0, "simgpu at renderD128 (card0) went; ");
	expect(&table, NULL, 0, false, 0, "simgpu 0000:c1:00.0 at renderD129 (card1) went; ");
	/* To ask wakes a device that sleeps. */
	assert_int_equal(asked, 2);
	device_table_free(&table);
}

static void device_in_the_place_of_another__is_another(void **state)
{
	struct headgate_drm_device first = device("simgpu", 7, 0), next = device("simgpu", 8, 0);
	struct device_table table = {};

	(void)state;
	answers = true;
	expect(&table, &first, 1, false, 0, "simgpu at renderD128 (card0) came; ");
	table.items[0].judged = true;
	expect(&table, &next, 1, false, 0,
	       "simgpu at renderD128 (card0) went; simgpu at renderD128 (card0) came; ");
	assert_false(table.items[0].judged);
	device_table_free(&table);
}

static void device_that_cannot_be_asked_yet__is_not_told_of(void **state)
{
	struct headgate_drm_device item = device("simgpu", 7, 0);
	struct device_table table = {};

	(void)state;
	answers = false;
	expect(&table, &item, 1, false, 1, "");
	expect(&table, &item, 1, false, 1, "");
	answers = true;
	expect(&table, &item, 1, false, 0, "simgpu at renderD128 (card0) came; ");
	/* Nor is its end, when nobody heard of it. */
	expect(&table, NULL, 0, false, 0, "simgpu at renderD128 (card0) went; ");
	answers = false;
	expect(&table, &item, 1, false, 1, "");
	expect(&table, NULL, 0, false, 0, "");
	device_table_free(&table);
}

static void device_that_never_answers__is_told_of_in_the_end(void **state)
{
	struct headgate_drm_device item = device("simgpu", 7, 0);
	struct device_table table = {};

	(void)state;
	answers = false;
	expect(&table, &item, 1, false, 1, "");
	expect(&table, &item, 1, true, 1, "? simgpu at renderD128 (card0) came; ");
	expect(&table, &item, 1, true, 1, "");
	answers = true;
	expect(&table, &item, 1, false, 0, "simgpu at renderD128 (card0) moved; ");
	expect(&table, NULL, 0, false, 0, "simgpu at renderD128 (card0) went; ");
	device_table_free(&table);
}

static void device_that_gets_another_node__stays_the_same(void **state)
{
	struct headgate_drm_device item = device("simgpu", 7, 0), half = item;
	struct device_table table = {};

	(void)state;
	answers = true;
	half.primary_minor = -1;
	*half.primary_node = '\0';
	expect(&table, &half, 1, false, 0, "simgpu at renderD128 came; ");
	table.items[0].judged = true;
	expect(&table, &item, 1, false, 0, "simgpu at renderD128 (card0) moved; ");
	assert_true(table.items[0].judged);
	expect(&table, &item, 1, false, 0, "");
	device_table_free(&table);
}

static void devices__are_found_by_name_and_by_node(void **state)
{
	struct headgate_drm_device items[] = { device("simgpu", 7, 0), device("0000:c1:00.0", 9, 1) };
	struct device_table table = {};

	(void)state;
	answers = true;
	expect(&table, items, 2, false, 0, "simgpu at renderD128 (card0) came; "
	       "simgpu 0000:c1:00.0 at renderD129 (card1) came; ");
	assert_ptr_equal(device_table_find(&table, "0000:c1:00.0"), &table.items[1]);
	assert_null(device_table_find(&table, "0000:c1:00.1"));
	assert_ptr_equal(device_table_find_node(&table, "dri/card1"), &table.items[1]);
	assert_ptr_equal(device_table_find_node(&table, "dri/renderD128"), &table.items[0]);
	assert_null(device_table_find_node(&table, ""));
	assert_null(device_table_find_node(&table, "dri/card"));
	device_table_free(&table);
}

static void description__is_cut_not_overrun(void **state)
{
	struct headgate_drm_device item = device("simgpu", 7, 0);
	char text[16];

	(void)state;
	device_describe(&item, text, sizeof(text));
	assert_string_equal(text, "? simgpu at ren");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_that_come_and_go__are_told_once),
		cmocka_unit_test(device_in_the_place_of_another__is_another),
		cmocka_unit_test(device_that_cannot_be_asked_yet__is_not_told_of),
		cmocka_unit_test(device_that_never_answers__is_told_of_in_the_end),
		cmocka_unit_test(device_that_gets_another_node__stays_the_same),
		cmocka_unit_test(devices__are_found_by_name_and_by_node),
		cmocka_unit_test(description__is_cut_not_overrun),
	};

	return cmocka_run_group_tests_name("device_table", tests, NULL, NULL);
}
