// SPDX-License-Identifier: GPL-2.0-or-later
/* The native leg's threads: who takes which turn, and when they sleep and end. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "native/pool.h"

#define MOST_TURNS 300u

struct loop {
	uint32_t taken[MOST_TURNS];
	uint32_t before[MOST_TURNS]; /* what the loop before left */
	uint32_t threads;
	atomic_uint inside;
};

static void take(void *context, uint32_t turn, uint32_t thread)
{
	struct loop *loop = context;

	assert_true(thread < loop->threads);
	loop->taken[turn] += 1 + loop->before[turn];
}

static void each_turn__is_taken_once_and_seen_afterwards(void **state)
{
	(void)state;
	for (uint32_t threads = 1; threads <= 8; threads++) {
		struct loop loop = { .threads = threads };
		struct native_pool *pool;

		assert_int_equal(native_pool_open(threads, &pool), 0);
		assert_int_equal(native_pool_threads(pool), threads);
		for (uint32_t round = 0; round < 400; round++) {
			uint32_t turns = round * 7 % MOST_TURNS;

			memset(loop.taken, 0, sizeof(loop.taken));
			for (uint32_t i = 0; i < MOST_TURNS; i++)
				loop.before[i] = round + i;
			native_pool_run(pool, turns, take, &loop);
			for (uint32_t i = 0; i < MOST_TURNS; i++)
				assert_int_equal(loop.taken[i], i < turns ? 1 + round + i : 0);
		}
		native_pool_close(pool);
	}
}

static void threads_that_have_gone_to_sleep__take_turns_again(void **state)
{
	struct native_pool *pool;
	struct loop loop = { .threads = 3 };

	(void)state;
	assert_int_equal(native_pool_open(3, &pool), 0);
	for (uint32_t round = 1; round <= 20; round++) {
		usleep(3000);
		native_pool_run(pool, MOST_TURNS, take, &loop);
		for (uint32_t i = 0; i < MOST_TURNS; i++)
			assert_int_equal(loop.taken[i], round);
	}
	native_pool_close(pool);
}

/* A turn that ends when another one has begun; gives up after a minute. */
static void meet(void *context, uint32_t turn, uint32_t thread)
{
	struct loop *loop = context;

	(void)thread;
	atomic_fetch_add(&loop->inside, 1);
	for (int i = 0; i < 60000 && atomic_load(&loop->inside) < loop->threads; i++)
		usleep(1000);
	loop->taken[turn] = atomic_load(&loop->inside);
}

static void turns__run_side_by_side(void **state)
{
	struct loop loop = { .threads = 4 };
	struct native_pool *pool;

	(void)state;
	assert_int_equal(native_pool_open(4, &pool), 0);
	usleep(3000);
	native_pool_run(pool, 4, meet, &loop);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(loop.taken[i], 4);
	native_pool_close(pool);
}

static void pools__end_whether_they_ran_or_not(void **state)
{
	struct native_pool *pool;

	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		assert_int_equal(native_pool_open(1 + i % 8, &pool), 0);
		if (i % 10 == 0)
			usleep(1000);
		native_pool_close(pool);
	}
	assert_int_equal(native_pool_open(NATIVE_THREADS + 1, &pool), -EINVAL);
	assert_int_equal(native_pool_open(0, &pool), 0);
	assert_true(native_pool_threads(pool) >= 1);
	native_pool_close(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_turn__is_taken_once_and_seen_afterwards),
		cmocka_unit_test(threads_that_have_gone_to_sleep__take_turns_again),
		cmocka_unit_test(turns__run_side_by_side),
		cmocka_unit_test(pools__end_whether_they_ran_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
