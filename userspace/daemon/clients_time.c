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

static int64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int64_t cpu_ns(const struct rusage *usage)
{
	return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * INT64_C(1000000000) +
	       (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) * 1000;
}

void time_start(struct time_from *from)
{
	from->clock_ns = clock_ns();
	getrusage(RUSAGE_THREAD, &from->usage);
}

/* What it took of itself: on a busy host others may have had the processor meanwhile. */
static int64_t took(const struct time_from *from, int64_t matters_ns)
{
	int64_t ns = clock_ns() - from->clock_ns;
	struct rusage usage;

	if (ns <= matters_ns)
		return ns;
	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nvcsw == from->usage.ru_nvcsw ? cpu_ns(&usage) - cpu_ns(&from->usage) : ns;
}

bool time_is_spent(const struct clients *c)
{
	return took(&c->part, PART_NS) > PART_NS;
}

int64_t time_pause(const struct time_from *from, int64_t now)
{
	int64_t ns = took(from, SLOW_NS);

	return ns > SLOW_NS ? now + SLOW_FACTOR * ns : 0;
}
