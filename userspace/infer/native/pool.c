// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pool.h"

/* Some 30 us on today's processors: longer than what lies between two loops of a token. */
#define SPINS 1500

/* Bits of native_pool.state: whether the loop may be entered, and how many helpers are inside. */
#define OPEN 1u
#define INSIDE 2u

struct helper {
	struct native_pool *pool;
	pthread_t thread;
	uint32_t number;
};

/**
 * struct native_pool - threads, and the loop they share
 * @loops: how many were begun; helpers sleep on it
 * @sleepers: helpers that sleep, or are about to
 * @state: OPEN and INSIDE; the caller sleeps on it
 * @next: the next turn to take
 * @turns: with @turn and @context, written while the loop is closed and nobody inside
 */
struct native_pool {
	_Alignas(64) _Atomic uint32_t loops;
	_Atomic uint32_t sleepers;
	_Atomic bool stop;
	_Alignas(64) _Atomic uint32_t state;
	_Atomic bool caller_sleeps;
	_Alignas(64) _Atomic uint32_t next;
	_Alignas(64) uint32_t turns;
	void (*turn)(void *context, uint32_t number, uint32_t thread);
	void *context;
	uint32_t threads;
	struct helper helpers[];
};

static void pause_briefly(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("isb" ::: "memory");
#endif
}

static void futex_wait(_Atomic uint32_t *word, uint32_t value)
{
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static void take_turns(struct native_pool *pool, uint32_t thread)
{
	uint32_t number;

	/* Its reader has entered, so that the fields are its loop's. A counter past the end stops there: see run(). */
	while ((number = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed)) < pool->turns)
		pool->turn(pool->context, number, thread);
}

/* enter(): false if the loop is over. The caller's opening store is this exchange's partner. */
static bool enter(struct native_pool *pool)
{
	uint32_t state = atomic_load(&pool->state);

	while (state & OPEN)
		if (atomic_compare_exchange_weak(&pool->state, &state, state + INSIDE))
			return true;
	return false;
}

static void leave(struct native_pool *pool)
{
	if (atomic_fetch_sub(&pool->state, INSIDE) == INSIDE && atomic_load(&pool->caller_sleeps))
		futex_wake(&pool->state);
}

static uint32_t await_loop(struct native_pool *pool, uint32_t seen)
{
	uint32_t loops;

	for (int i = 0; i < SPINS; i++) {
		loops = atomic_load_explicit(&pool->loops, memory_order_acquire);
		if (loops != seen)
			return loops;
		pause_briefly();
	}
	atomic_fetch_add(&pool->sleepers, 1);
	while ((loops = atomic_load(&pool->loops)) == seen)
		futex_wait(&pool->loops, seen);
	atomic_fetch_sub(&pool->sleepers, 1);
	return loops;
}

static void *help(void *argument)
{
	struct helper *helper = argument;
	struct native_pool *pool = helper->pool;
	uint32_t seen = 0;

	while (!atomic_load(&pool->stop)) {
		if (enter(pool)) {
			take_turns(pool, helper->number);
			leave(pool);
		}
		seen = await_loop(pool, seen);
	}
	return NULL;
}

static void announce(struct native_pool *pool)
{
	atomic_fetch_add(&pool->loops, 1);
	if (atomic_load(&pool->sleepers))
		futex_wake(&pool->loops);
}

static void await_helpers(struct native_pool *pool)
{
	uint32_t state;

	for (int i = 0; i < SPINS; i++) {
		if (!atomic_load_explicit(&pool->state, memory_order_acquire))
			return;
		pause_briefly();
	}
	atomic_store(&pool->caller_sleeps, true);
	while ((state = atomic_load(&pool->state)))
		futex_wait(&pool->state, state);
	atomic_store(&pool->caller_sleeps, false);
}

void native_pool_run(struct native_pool *pool, uint32_t turns,
		     void (*turn)(void *context, uint32_t number, uint32_t thread), void *context)
{
	if (turns < 2 || pool->threads < 2) {
		for (uint32_t i = 0; i < turns; i++)
			turn(context, i, 0);
		return;
	}
	pool->turns = turns;
	pool->turn = turn;
	pool->context = context;
	atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
	atomic_store(&pool->state, OPEN);
	announce(pool);
	take_turns(pool, 0);
	atomic_fetch_sub(&pool->state, OPEN);
	await_helpers(pool);
}

static uint32_t processors(void)
{
	cpu_set_t *set;
	int count = 0;

	/* The kernel refuses a set that is smaller than its own. */
	for (int size = CPU_SETSIZE; !count && size <= 1 << 20; size *= 2) {
		set = CPU_ALLOC((size_t)size);
		if (!set)
			break;
		if (!sched_getaffinity(0, CPU_ALLOC_SIZE((size_t)size), set))
			count = CPU_COUNT_S(CPU_ALLOC_SIZE((size_t)size), set);
		CPU_FREE(set);
	}
	return count < 1 ? 1 : count > (int)NATIVE_THREADS ? NATIVE_THREADS : (uint32_t)count;
}

/* start(): with all signals blocked, which are for the threads that their program made. */
static int start(struct helper *helper)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&helper->thread, NULL, help, helper);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -error;
}

int native_pool_open(uint32_t threads, struct native_pool **result)
{
	struct native_pool *pool;
	bool any = !threads;
	size_t bytes;

	if (threads > NATIVE_THREADS)
		return -EINVAL;
	if (!threads)
		threads = processors();
	bytes = (sizeof(*pool) + threads * sizeof(struct helper) + 63) & ~(size_t)63;
	pool = aligned_alloc(64, bytes);
	if (!pool)
		return -ENOMEM;
	*pool = (struct native_pool) { .threads = 1 };
	for (; pool->threads < threads; pool->threads++) {
		struct helper *helper = &pool->helpers[pool->threads];
		int error;

		*helper = (struct helper) { .pool = pool, .number = pool->threads };
		error = start(helper);
		/* Where nobody said how many, a cgroup's pids.max may. */
		if (error == -EAGAIN && any)
			break;
		if (error) {
			native_pool_close(pool);
			return error;
		}
	}
	*result = pool;
	return 0;
}

void native_pool_close(struct native_pool *pool)
{
	atomic_store(&pool->stop, true);
	announce(pool);
	for (uint32_t i = 1; i < pool->threads; i++)
		pthread_join(pool->helpers[i].thread, NULL);
	free(pool);
}

uint32_t native_pool_threads(const struct native_pool *pool)
{
	return pool->threads;
}
