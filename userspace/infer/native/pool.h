/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads that wait for loops to share.
 *
 * A loop's turns are handed out by a counter. Its caller takes turns too, and waits at the end for
 * those helpers alone that have entered the loop: a helper that has not been scheduled in time costs
 * nothing, which matters on a busy machine, where a token is some hundred loops.
 */
#ifndef NATIVE_POOL_H
#define NATIVE_POOL_H

#include <stdint.h>

/* More than this is refused. */
#define NATIVE_THREADS 1024u

struct native_pool;

/**
 * native_pool_open() - a pool
 * @threads: its caller among them; 0 for one each processor that the caller may use
 *
 * Return: 0 and *pool, which native_pool_close() ends; -EINVAL; -ENOMEM; -EAGAIN if no thread can be had.
 */
int native_pool_open(uint32_t threads, struct native_pool **pool);

/* No loop may run. */
void native_pool_close(struct native_pool *pool);

uint32_t native_pool_threads(const struct native_pool *pool);

/**
 * native_pool_run() - calls @turn for each of 0 to @turns - 1, in any order, on any of the threads
 * @turn: gets its number and that of the thread it runs on, below native_pool_threads()
 *
 * What was written before is seen by each turn; what turns have written is seen when this returns.
 * By one thread at a time, and not from within a turn.
 */
void native_pool_run(struct native_pool *pool, uint32_t turns,
		     void (*turn)(void *context, uint32_t number, uint32_t thread), void *context);

#endif
