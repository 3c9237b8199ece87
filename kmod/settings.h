/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_SETTINGS_H
#define _HEADGATE_SETTINGS_H

#include <linux/atomic.h>
#include <linux/types.h>

#include "queue.h"

#define HEADGATE_VERSION "0.1.0"

/**
 * struct headgate_settings - what holds for all agents and devices
 * @queue: the horizon, read by every queue
 * @max_wait_ns: longest wait of a ticket
 * @slice_batch_ns: slice of class batch
 * @slice_interactive_ns: slice of class interactive
 *
 * Written under headgate_agents_lock, read without a lock: each is a word of
 * its own and nothing depends on two of them being of one age.
 */
struct headgate_settings {
	struct queue_settings queue;
	u64 max_wait_ns;
	u64 slice_batch_ns;
	u64 slice_interactive_ns;
};

/**
 * struct headgate_counters - what went otherwise than it should
 * @failed_open: submissions let through for lack of memory or by a dying task
 * @jobs_unmetered: jobs not followed for lack of memory
 * @jobs_lost: jobs whose completion was never seen
 * @jobs_live: jobs queued or running now
 * @tickets_live: tickets that exist now, one per live task that has submitted
 */
struct headgate_counters {
	atomic64_t failed_open;
	atomic64_t jobs_unmetered;
	atomic64_t jobs_lost;
	atomic_t jobs_live;
	atomic_t tickets_live;
};

extern struct headgate_settings headgate_settings;
extern struct headgate_counters headgate_counters;

#endif
