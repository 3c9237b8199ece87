/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a call into the queue costs, in basic blocks run.
 *
 * The compiler puts a call at the head of each basic block of the queue and
 * its heap (-fsanitize-coverage=trace-pc), and the linker puts price.c between
 * the model and the queue (--wrap). A block is a few instructions without a
 * branch, so growth in blocks is growth in instructions; unlike time, and unlike
 * the processor's counters, which virtual machines rarely have, the count is the
 * same on each run and each machine, needs no other program and hardly slows the
 * run down. It depends on the compiler: compare figures of one build.
 */
#ifndef HEADGATE_SIM_PRICE_H
#define HEADGATE_SIM_PRICE_H

#include <stdbool.h>
#include <stdint.h>

enum price_call {
	PRICE_PICK,	/* found somebody */
	PRICE_NO_PICK,	/* nobody may go now */
	PRICE_ENQUEUE,	/* the short way, which failed, among it */
	PRICE_GRANT,	/* the short way, where it did not, among it */
	PRICE_RUN,
	PRICE_DONE,
	PRICE_CALLS,
};

/**
 * struct price - of one kind of call
 * @calls: number of calls
 * @blocks: basic blocks of all of them
 * @most: of the dearest, the warm-up included
 * @ns: wall time of all of them, 0 without price_take_time()
 */
struct price {
	uint64_t calls;
	uint64_t blocks;
	uint64_t most;
	uint64_t ns;
};

/* Take the time from now on, too, less what that takes: not the same twice. */
void price_take_time(void);

extern struct price prices[PRICE_CALLS];

/* Forgets all calls since @prices were as @then, but not the dearest. */
void price_forget(const struct price *then);

#endif
