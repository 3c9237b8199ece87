// SPDX-License-Identifier: GPL-2.0-or-later
/* Arrays in the order of their ids, against a look at each record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "by_id.h"

#define IDS	600

struct record {
	uint64_t id;
	int mark;
};

static void record_of_any_order__is_found(void **state)
{
	struct record *records = NULL, *record;
	bool in[IDS] = { false };
	size_t count = 0;

	(void)state;
	srand(1);
	assert_null(headgate_by_id_find(NULL, 0, sizeof(*record), 1));
	for (int i = 0; i < 2 * IDS; i++) {
		uint64_t id = (uint64_t)rand() % IDS;
		void *items = records;

		record = headgate_by_id_find(records, count, sizeof(*record), id);
		assert_int_equal(!!record, in[id]);
		if (record) {
			assert_int_equal(record->id, id);
			assert_int_equal(record->mark, id + 1);
			continue;
		}
		record = headgate_by_id_insert(&items, &count, sizeof(*record), id);
		records = items;
		assert_int_equal(record->id, id);
		assert_int_equal(record->mark, 0);
		record->mark = (int)id + 1;
		in[id] = true;
	}
	for (size_t i = 1; i < count; i++)
		assert_true(records[i - 1].id < records[i].id);
	free(records);
}

static void records_in_disorder__are_sorted(void **state)
{
	struct record records[] = { { UINT64_MAX, 1 }, { 3, 2 }, { 1ULL << 40, 3 }, { 0, 4 } };

	(void)state;
	headgate_by_id_sort(NULL, 0, sizeof(*records));
	headgate_by_id_sort(records, 4, sizeof(*records));
	assert_int_equal(records[0].mark, 4);
	assert_int_equal(records[1].mark, 2);
	assert_int_equal(records[2].mark, 3);
	assert_int_equal(records[3].mark, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(record_of_any_order__is_found),
		cmocka_unit_test(records_in_disorder__are_sorted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
