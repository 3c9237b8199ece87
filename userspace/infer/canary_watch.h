/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When what is due with one device's child: a state machine without a clock of its own.
 *
 *	RESTING ──start──> OPENING ──ready──> IDLE ──ask──> RUNNING ──answered──> IDLE
 *	   ^                  │                 │              │
 *	   └────── gone ──────┴─────────────────┴───── DYING <─┘ killed at its deadline
 *
 * A child that is killed and does not go (it hangs within the kernel) keeps its device DYING: then
 * each run fails, and no other child is started until it has gone.
 */
#ifndef INFER_CANARY_WATCH_H
#define INFER_CANARY_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A run may take so many times the median of those before, but two seconds at least. */
#define INFER_CANARY_PATIENCE     20u
#define INFER_CANARY_DEADLINE_NS  UINT64_C(2000000000)
/* Looked at later than that, its deadline counts anew: what kept the parent from it, such as a freezer, kept the child. */
#define INFER_CANARY_LATE_NS      UINT64_C(1000000000)
/* To load a driver and to compile all kernels. */
#define INFER_CANARY_OPEN_NS      UINT64_C(60000000000)
/* Between starts of children that fail: at first, and at most; doubled each time until this many runs went well. */
#define INFER_CANARY_BACKOFF_NS     UINT64_C(1000000000)
#define INFER_CANARY_BACKOFF_MAX_NS UINT64_C(60000000000)
#define INFER_CANARY_WELL           10u
/* Newest runs, of which medians are. */
#define INFER_CANARY_PAST 31u

enum infer_canary_state {
	INFER_CANARY_RESTING,
	INFER_CANARY_OPENING,
	INFER_CANARY_IDLE,
	INFER_CANARY_RUNNING,
	INFER_CANARY_DYING,
};

/* What is to be done. */
enum infer_canary_act {
	INFER_CANARY_WAIT,
	INFER_CANARY_START, /* a child; then infer_canary_watch_started(), or _gone() if that failed */
	INFER_CANARY_ASK,   /* it for a run */
	INFER_CANARY_KILL,  /* it: its deadline is over, and the run has failed */
	INFER_CANARY_STUCK, /* a run has failed, since the child that was killed is still there */
};

/**
 * struct infer_canary_watch - one device's
 * @period_ns: wanted between runs
 * @duty: part of the device's time that runs may take
 * @due_ns: when something is to be done
 * @asked_ns: when the run under way began
 * @backoff_ns: how long to rest next time
 * @well: runs that the child has answered
 * @took_ns, @cost_ns: rings: from asking to the answer, and of the device's time
 * @past: how many there have been
 */
struct infer_canary_watch {
	enum infer_canary_state state;
	uint64_t period_ns;
	double duty;
	uint64_t due_ns, asked_ns, backoff_ns;
	unsigned int well;
	uint64_t took_ns[INFER_CANARY_PAST], cost_ns[INFER_CANARY_PAST];
	uint64_t past;
};

/* All times are CLOCK_MONOTONIC, in nanoseconds. */
void infer_canary_watch_begin(struct infer_canary_watch *watch, uint64_t period_ns, double duty, uint64_t now_ns);

/**
 * infer_canary_watch_act() - what is to be done at @now_ns; again until it is INFER_CANARY_WAIT
 *
 * The watch takes it as done.
 */
enum infer_canary_act infer_canary_watch_act(struct infer_canary_watch *watch, uint64_t now_ns);

void infer_canary_watch_started(struct infer_canary_watch *watch, uint64_t now_ns);
void infer_canary_watch_ready(struct infer_canary_watch *watch, uint64_t now_ns);
void infer_canary_watch_answered(struct infer_canary_watch *watch, uint64_t cost_ns, uint64_t now_ns);
/* It cannot go on, and is being killed. */
void infer_canary_watch_failed(struct infer_canary_watch *watch, uint64_t now_ns);
/* The child is no more, whatever the reason. */
void infer_canary_watch_gone(struct infer_canary_watch *watch, uint64_t now_ns);

/* How long a run may take now. */
uint64_t infer_canary_watch_deadline(const struct infer_canary_watch *watch);

/* Between runs: the period, or longer if the duty would be exceeded. */
uint64_t infer_canary_watch_period(const struct infer_canary_watch *watch);

/* What part of the device's time runs take, by the median of the newest; 0 without any. */
double infer_canary_watch_duty(const struct infer_canary_watch *watch);

#endif
