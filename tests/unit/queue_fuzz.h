/* SPDX-License-Identifier: GPL-2.0 */
/* A world for random calls, and the invariants that each call must keep. */
#ifndef HEADGATE_QUEUE_FUZZ_H
#define HEADGATE_QUEUE_FUZZ_H

#include "../../kmod/queue.h"

#define FLOWS		14
#define CHARGES		48

struct fuzz {
	struct queue_settings settings;
	struct queue queue[2];		/* two lanes of a device share the caps */
	struct queue_flow flows[FLOWS];
	struct queue_cap caps[FLOWS / 2];
	struct queue_charge charges[CHARGES];
	u64 now;
	u64 random;
};

/* Recomputes from scratch all that the queues keep up to date. */
void fuzz_check(struct fuzz *z);

/* What queue_pick() leaves behind when it says no: @next is when to ask again. */
void fuzz_check_no(struct fuzz *z, struct queue *q, u64 next);

#endif
