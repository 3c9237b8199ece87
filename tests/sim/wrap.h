/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The linker's names (--wrap): a call of queue_pick() becomes one of
 * __wrap_queue_pick(), and __real_queue_pick() is the queue's own.
 */
#ifndef HEADGATE_SIM_WRAP_H
#define HEADGATE_SIM_WRAP_H

#include "../../kmod/queue.h"

struct queue_flow *__real_queue_pick(struct queue *q, u64 now, u64 *next);
struct queue_flow *__wrap_queue_pick(struct queue *q, u64 now, u64 *next);
bool __real_queue_try(struct queue_flow *f, u64 now, struct queue_charge *c);
bool __wrap_queue_try(struct queue_flow *f, u64 now, struct queue_charge *c);
void __real_queue_enqueue(struct queue_flow *f, u64 now);
void __wrap_queue_enqueue(struct queue_flow *f, u64 now);
void __real_queue_grant(struct queue_flow *f, u64 now, struct queue_charge *c);
void __wrap_queue_grant(struct queue_flow *f, u64 now, struct queue_charge *c);
void __real_queue_run(struct queue_charge *c, u64 now);
void __wrap_queue_run(struct queue_charge *c, u64 now);
void __real_queue_done(struct queue_charge *c, u64 cost_ns, u64 now);
void __wrap_queue_done(struct queue_charge *c, u64 cost_ns, u64 now);

/* The compiler's (-fsanitize-coverage=trace-pc): called at the head of each basic block. */
void __sanitizer_cov_trace_pc(void);

#endif
