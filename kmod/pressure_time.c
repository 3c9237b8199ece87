// SPDX-License-Identifier: GPL-2.0
/*
 * Averages decay as those of PSI do: by exp(-2/10), exp(-2/60) and exp(-2/300) with
 * each period of 2 s. Of many periods in which nothing changes the decay is a power, which
 * takes some 60 multiplications at most.
 */
#include "pressure_time.h"

#define ONE BIT_ULL(31)	/* of an average: all of the time */
#define DECAY_ONE BIT_ULL(32)

static const u64 decay[PRESSURE_SPANS] = {
	[PRESSURE_AVG10] = 3516421809ULL,	/* exp(-2/10) * DECAY_ONE */
	[PRESSURE_AVG60] = 4154161520ULL,	/* exp(-2/60) */
	[PRESSURE_AVG300] = 4266429413ULL,	/* exp(-2/300) */
};

/* @base below DECAY_ONE, so that no product has more than 64 bits. */
static u64 power(u64 base, u64 n)
{
	u64 result = DECAY_ONE;

	for (; n; n >>= 1) {
		if (n & 1)
			result = (result * base) >> 32;
		base = (base * base) >> 32;
	}
	return result;
}

/* @n periods with the same @sample, 0 to ONE. */
static void average(u32 *averages, u64 sample, u64 n)
{
	u64 keep;
	int i;

	for (i = 0; i < PRESSURE_SPANS; i++) {
		keep = power(decay[i], n);
		averages[i] = (averages[i] * keep + sample * (DECAY_ONE - keep) +
			       DECAY_ONE / 2) >> 32;
	}
}

/* The state has been what it is until @until, in the present period. */
static void count(struct pressure *p, u64 until)
{
	u64 ns = until > p->since ? until - p->since : 0;
	int kind;

	for (kind = 0; kind < PRESSURE_KINDS; kind++) {
		if (!pressure_has(p, kind))
			continue;
		p->total_ns[kind] += ns;
		p->stall_ns[kind] += ns;
	}
	p->since += ns;
}

/* The present period is over, and so are as many as fit until @now. */
static void end_periods(struct pressure *p, u64 now)
{
	u64 n = queue_div(now - p->period_end, PRESSURE_PERIOD_NS);
	int kind;

	count(p, p->period_end);
	for (kind = 0; kind < PRESSURE_KINDS; kind++) {
		average(p->average[kind],
			queue_div(p->stall_ns[kind] * ONE, PRESSURE_PERIOD_NS), 1);
		p->stall_ns[kind] = 0;
		if (!n)
			continue;
		average(p->average[kind], pressure_has(p, kind) ? ONE : 0, n);
		if (pressure_has(p, kind))
			p->total_ns[kind] += n * PRESSURE_PERIOD_NS;
	}
	p->since = p->period_end + n * PRESSURE_PERIOD_NS;
	p->period_end = p->since + PRESSURE_PERIOD_NS;
}

/**
 * pressure_init() - A group that has not waited yet.
 * @p: the group
 * @now: time
 */
void pressure_init(struct pressure *p, u64 now)
{
	memset(p, 0, sizeof(*p));
	p->since = now;
	p->period_end = now + PRESSURE_PERIOD_NS;
}

/**
 * pressure_settle() - Count all that was until now.
 * @p: the group; its counts are about to change, or it is to be read
 * @now: time; one that is before the last counts for that
 */
void pressure_settle(struct pressure *p, u64 now)
{
	if (now >= p->period_end)
		end_periods(p, now);
	count(p, now);
}

/**
 * pressure_average_ppm() - An average as it was at the end of the last period.
 * @p: the group, settled
 * @kind: which state
 * @span: over how long
 *
 * Return: share of the time, in parts per million
 */
u32 pressure_average_ppm(const struct pressure *p, enum pressure_kind kind,
			 enum pressure_span span)
{
	return (p->average[kind][span] * 1000000ULL + ONE / 2) >> 31;
}

/**
 * pressure_window_init() - Watch a total from now on.
 * @w: the window
 * @size_ns: its length
 * @now: time
 * @total_ns: the total
 */
void pressure_window_init(struct pressure_window *w, u64 size_ns, u64 now, u64 total_ns)
{
	w->size_ns = size_ns;
	w->start = now;
	w->start_ns = total_ns;
	w->before_ns = 0;
}

/**
 * pressure_window_grown() - How much a total has grown in the last window's time.
 * @w: the window
 * @now: time
 * @total_ns: the total
 *
 * What it grew in the window before is taken to have come evenly, as PSI does. Who looks
 * late does not see more for that.
 *
 * Return: ns
 */
u64 pressure_window_grown(struct pressure_window *w, u64 now, u64 total_ns)
{
	u64 past = now - w->start, grown = total_ns - w->start_ns;

	if (past < w->size_ns)
		return grown + queue_mul_div(w->before_ns, w->size_ns - past, w->size_ns);
	grown = queue_mul_div(grown, w->size_ns, past);
	pressure_window_init(w, w->size_ns, now, total_ns);
	w->before_ns = grown;
	return grown;
}
