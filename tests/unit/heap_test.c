// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "../../kmod/heap.h"
#include "lane_model.h"

#define NODES	512

static struct heap_node nodes[NODES];
static bool present[NODES];

static bool earlier(const struct heap_node *a, const struct heap_node *b)
{
	return a->key != b->key ? a->key < b->key : a->seq < b->seq;
}

/* The plain way: look at all of them. */
static struct heap_node *least(void)
{
	struct heap_node *best = NULL;
	unsigned int i;

	for (i = 0; i < NODES; i++)
		if (present[i] && (!best || earlier(&nodes[i], best)))
			best = &nodes[i];
	return best;
}

static void random_operations__agree_with_a_plain_search(void **state)
{
	u64 random, seed, step;

	(void)state;
	for (seed = 0; seed < 20; seed++) {
		struct heap h;

		random = seed;
		heap_init(&h);
		memset(present, 0, sizeof(present));
		for (step = 0; step < 4000; step++) {
			unsigned int i = model_random(&random) % NODES;

			if (model_random(&random) % 8 == 0 && heap_first(&h))
				i = heap_first(&h) - nodes;
			if (present[i]) {
				heap_erase(&h, &nodes[i]);
			} else {
				nodes[i].key = (s64)(model_random(&random) % 64) - 32;
				nodes[i].seq = step;
				heap_insert(&h, &nodes[i]);
			}
			present[i] = !present[i];
			assert_ptr_equal(heap_first(&h), least());
		}
	}
}

static void equal_keys__come_out_first_come_first_served(void **state)
{
	struct heap h;
	unsigned int i;

	(void)state;
	heap_init(&h);
	for (i = 0; i < NODES; i++) {
		nodes[i].key = 7;
		nodes[i].seq = i;
		heap_insert(&h, &nodes[i]);
	}
	for (i = 0; i < NODES; i++) {
		assert_ptr_equal(heap_first(&h), &nodes[i]);
		heap_erase(&h, &nodes[i]);
	}
	assert_null(heap_first(&h));
}

static void keys_that_wrap__keep_their_order(void **state)
{
	struct heap h;

	(void)state;
	heap_init(&h);
	nodes[0].key = S64_MIN + 5;	/* ten after nodes[1] */
	nodes[1].key = S64_MAX - 4;
	nodes[0].seq = 0;
	nodes[1].seq = 1;
	heap_insert(&h, &nodes[0]);
	heap_insert(&h, &nodes[1]);
	assert_ptr_equal(heap_first(&h), &nodes[1]);
}

static void a_million_sorted_nodes__need_no_deep_stack_and_few_steps(void **state)
{
	size_t i, n = 1000000;
	struct heap_node *many = calloc(n, sizeof(*many));
	struct heap h;

	(void)state;
	assert_non_null(many);
	heap_init(&h);
	for (i = 0; i < n; i++) {
		many[i].key = (s64)i;
		heap_insert(&h, &many[i]);
	}
	for (i = 0; i < n; i++) {
		assert_ptr_equal(heap_first(&h), &many[i]);
		heap_erase(&h, &many[i]);
	}
	free(many);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_operations__agree_with_a_plain_search),
		cmocka_unit_test(equal_keys__come_out_first_come_first_served),
		cmocka_unit_test(keys_that_wrap__keep_their_order),
		cmocka_unit_test(a_million_sorted_nodes__need_no_deep_stack_and_few_steps),
	};

	return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
