// SPDX-License-Identifier: GPL-2.0-or-later
#include "canary_watch.h"

#include <stdlib.h>
#include <string.h>

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t median(const struct infer_canary_watch *watch, const uint64_t *ring)
{
	uint64_t sorted[INFER_CANARY_PAST];
	size_t n = watch->past < INFER_CANARY_PAST ? watch->past : INFER_CANARY_PAST;

	if (!n)
		return 0;
	memcpy(sorted, ring, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_size);
	return sorted[n / 2];
}

static uint64_t most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t infer_canary_watch_deadline(const struct infer_canary_watch *watch)
{
	return most(INFER_CANARY_PATIENCE * median(watch, watch->took_ns), INFER_CANARY_DEADLINE_NS);
}

uint64_t infer_canary_watch_period(const struct infer_canary_watch *watch)
{
	return most(watch->period_ns, (uint64_t)((double)median(watch, watch->cost_ns) / watch->duty));
}

double infer_canary_watch_duty(const struct infer_canary_watch *watch)
{
	return (double)median(watch, watch->cost_ns) / (double)infer_canary_watch_period(watch);
}

void infer_canary_watch_begin(struct infer_canary_watch *watch, uint64_t period_ns, double duty, uint64_t now_ns)
{
	*watch = (struct infer_canary_watch){ .period_ns = period_ns, .duty = duty, .due_ns = now_ns,
					      .backoff_ns = INFER_CANARY_BACKOFF_NS };
}

/* How long it has, from being asked, or started. */
static uint64_t patience(const struct infer_canary_watch *watch)
{
	return watch->state == INFER_CANARY_OPENING ? INFER_CANARY_OPEN_NS : infer_canary_watch_deadline(watch);
}

enum infer_canary_act infer_canary_watch_act(struct infer_canary_watch *watch, uint64_t now_ns)
{
	if (now_ns < watch->due_ns)
		return INFER_CANARY_WAIT;
	switch (watch->state) {
	case INFER_CANARY_RESTING:
		watch->state = INFER_CANARY_OPENING;
		watch->due_ns = now_ns + INFER_CANARY_OPEN_NS;
		return INFER_CANARY_START;
	case INFER_CANARY_IDLE:
		watch->state = INFER_CANARY_RUNNING;
		watch->asked_ns = now_ns;
		watch->due_ns = now_ns + infer_canary_watch_deadline(watch);
		return INFER_CANARY_ASK;
	case INFER_CANARY_OPENING:
	case INFER_CANARY_RUNNING:
		if (now_ns - watch->due_ns > INFER_CANARY_LATE_NS) {
			watch->due_ns = now_ns + patience(watch);
			return INFER_CANARY_WAIT;
		}
		watch->state = INFER_CANARY_DYING;
		watch->due_ns = now_ns + infer_canary_watch_period(watch);
		return INFER_CANARY_KILL;
	case INFER_CANARY_DYING:
		watch->due_ns = now_ns + infer_canary_watch_period(watch);
		return INFER_CANARY_STUCK;
	}
	return INFER_CANARY_WAIT;
}

void infer_canary_watch_started(struct infer_canary_watch *watch, uint64_t now_ns)
{
	watch->well = 0;
	watch->due_ns = now_ns + INFER_CANARY_OPEN_NS;
}

void infer_canary_watch_ready(struct infer_canary_watch *watch, uint64_t now_ns)
{
	if (watch->state != INFER_CANARY_OPENING)
		return;
	watch->state = INFER_CANARY_IDLE;
	watch->due_ns = now_ns;
}

void infer_canary_watch_answered(struct infer_canary_watch *watch, uint64_t cost_ns, uint64_t now_ns)
{
	if (watch->state != INFER_CANARY_RUNNING)
		return;
	watch->took_ns[watch->past % INFER_CANARY_PAST] = now_ns - watch->asked_ns;
	watch->cost_ns[watch->past % INFER_CANARY_PAST] = cost_ns;
	watch->past++;
	if (++watch->well == INFER_CANARY_WELL)
		watch->backoff_ns = INFER_CANARY_BACKOFF_NS;
	watch->state = INFER_CANARY_IDLE;
	/* By the beginning, so that the period is kept; what is late does not make the next ones hurry. */
	watch->due_ns = most(now_ns, watch->asked_ns + infer_canary_watch_period(watch));
}

void infer_canary_watch_failed(struct infer_canary_watch *watch, uint64_t now_ns)
{
	watch->state = INFER_CANARY_DYING;
	watch->due_ns = now_ns + infer_canary_watch_period(watch);
}

void infer_canary_watch_gone(struct infer_canary_watch *watch, uint64_t now_ns)
{
	watch->state = INFER_CANARY_RESTING;
	watch->due_ns = now_ns + watch->backoff_ns;
	watch->backoff_ns = least(2 * watch->backoff_ns, INFER_CANARY_BACKOFF_MAX_NS);
}
