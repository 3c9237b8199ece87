/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The time for which a group waits, and its averages, as PSI has them.
 *
 * Pure: no allocation, no lock, no clock, as the queue (queue.h); also compiled into the
 * unit tests. Times are in ns, monotonic.
 *
 * PSI averages in periods of 2 s, by a worker. Here nothing runs: what a group does is
 * the same from one change of its counts to the next, so that the periods that have passed
 * are made up for when it changes or is read, exactly, however many they are.
 */
#ifndef HEADGATE_PRESSURE_TIME_H
#define HEADGATE_PRESSURE_TIME_H

#include "queue_port.h"

#define PRESSURE_PERIOD_NS 2000000000ULL /* as PSI_FREQ */

enum pressure_kind {
	PRESSURE_SOME,	/* something of the group waits */
	PRESSURE_FULL,	/* and nothing of it is with an engine */
	PRESSURE_KINDS,
};

/* Over how long the past counts. */
enum pressure_span {
	PRESSURE_AVG10,
	PRESSURE_AVG60,
	PRESSURE_AVG300,
	PRESSURE_SPANS,
};

/**
 * struct pressure - what one group has waited
 * @waiting: units of it that wait now; change it after pressure_settle() alone
 * @running: jobs of it that are with an engine; the same, while there are any @waiting
 * @since: up to when the totals are
 * @period_end: when the present period ends
 * @total_ns: time in each state
 * @stall_ns: the part of these in the present period
 * @average: of the share of the time in each state, 1 << 31 = all of it
 */
struct pressure {
	u32 waiting;
	u32 running;
	u64 since;
	u64 period_end;
	u64 total_ns[PRESSURE_KINDS];
	u32 stall_ns[PRESSURE_KINDS];
	u32 average[PRESSURE_KINDS][PRESSURE_SPANS];
};

static inline bool pressure_has(const struct pressure *p, enum pressure_kind kind)
{
	return p->waiting && (kind == PRESSURE_SOME || !p->running);
}

void pressure_init(struct pressure *p, u64 now);
void pressure_settle(struct pressure *p, u64 now);
u32 pressure_average_ppm(const struct pressure *p, enum pressure_kind kind,
			 enum pressure_span span);

/**
 * struct pressure_window - how much a total grows in a window of time
 * @size_ns: length of the window
 * @start: when the present one began
 * @start_ns: the total then
 * @before_ns: what it grew in the window before
 */
struct pressure_window {
	u64 size_ns;
	u64 start;
	u64 start_ns;
	u64 before_ns;
};

void pressure_window_init(struct pressure_window *w, u64 size_ns, u64 now, u64 total_ns);
u64 pressure_window_grown(struct pressure_window *w, u64 now, u64 total_ns);

#endif
