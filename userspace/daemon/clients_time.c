// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The time that following clients may take.  The kernel makes a file up when it is read: with as
 * many locks on it as a process likes, each read takes as long as that likes.
 */
#include <time.h>

#include "clients_internal.h"

/* Of a tick of 20 ms, for scans and for reads each. */
#define PART_NS		(4 * PACE_NS_PER_MS)
/* A read takes some us; who takes longer than this is read for a fiftieth of the time. */
#define SLOW_NS		(2 * PACE_NS_PER_MS)
#define SLOW_FACTOR	50

int64_t time_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void time_begin(struct clients *c)
{
	c->until_ns = time_ns() + PART_NS;
}

bool time_is_spent(const struct clients *c)
{
	return time_ns() >= c->until_ns;
}

int64_t time_pause(int64_t from_ns, int64_t now)
{
	int64_t took = time_ns() - from_ns;

	return took > SLOW_NS ? now + SLOW_FACTOR * took : 0;
}
