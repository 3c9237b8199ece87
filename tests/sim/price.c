// SPDX-License-Identifier: GPL-2.0
#include <time.h>

#include "price.h"
#include "wrap.h"

struct mark {
	u64 blocks;
	u64 ns;
};

static bool price_clock;
static u64 clock_costs; /* what taking the time takes */
struct price prices[PRICE_CALLS];

static u64 blocks;

void __sanitizer_cov_trace_pc(void)
{
	blocks++;
}

static u64 clock_now(void)
{
	struct timespec t;

	if (!price_clock)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000000000 + t.tv_nsec;
}

static struct mark begin(void)
{
	return (struct mark){ .blocks = blocks, .ns = clock_now() };
}

static void end(enum price_call call, struct mark from)
{
	struct price *p = &prices[call];
	u64 spent = blocks - from.blocks;

	p->calls++;
	p->blocks += spent;
	p->most = max(p->most, spent);
	p->ns += clock_now() - from.ns - clock_costs;
}

void price_take_time(void)
{
	u64 least = U64_MAX;
	unsigned int i;

	price_clock = true;
	for (i = 0; i < 1000; i++) {
		u64 from = clock_now();

		least = min(least, clock_now() - from);
	}
	clock_costs = least;
}

void price_forget(const struct price *then)
{
	unsigned int i;

	for (i = 0; i < PRICE_CALLS; i++) {
		u64 most = prices[i].most;

		prices[i] = then[i];
		prices[i].most = most;
	}
}

struct queue_flow *__wrap_queue_pick(struct queue *q, u64 now, u64 *next)
{
	struct mark m = begin();
	struct queue_flow *f = __real_queue_pick(q, now, next);

	end(f ? PRICE_PICK : PRICE_NO_PICK, m);
	return f;
}

bool __wrap_queue_try(struct queue_flow *f, u64 now, struct queue_charge *c)
{
	struct mark m = begin();
	bool granted = __real_queue_try(f, now, c);

	end(granted ? PRICE_GRANT : PRICE_ENQUEUE, m);
	return granted;
}

void __wrap_queue_enqueue(struct queue_flow *f, u64 now)
{
	struct mark m = begin();

	__real_queue_enqueue(f, now);
	end(PRICE_ENQUEUE, m);
}

void __wrap_queue_grant(struct queue_flow *f, u64 now, struct queue_charge *c)
{
	struct mark m = begin();

	__real_queue_grant(f, now, c);
	end(PRICE_GRANT, m);
}

void __wrap_queue_run(struct queue_charge *c, u64 now)
{
	struct mark m = begin();

	__real_queue_run(c, now);
	end(PRICE_RUN, m);
}

void __wrap_queue_done(struct queue_charge *c, u64 cost_ns, u64 now)
{
	struct mark m = begin();

	__real_queue_done(c, cost_ns, now);
	end(PRICE_DONE, m);
}
