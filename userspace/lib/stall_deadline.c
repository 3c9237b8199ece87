// SPDX-License-Identifier: GPL-2.0-or-later
/* For how long a job may run that nobody has set a deadline for: by how long others took. */
#include "stall.h"

uint64_t headgate_stall_p99(const struct headgate_observe_histogram *run)
{
	uint64_t total = 0, below = 0;
	unsigned int i;

	for (i = 0; i < HEADGATE_OBSERVE_BUCKETS; i++)
		total += run->count[i];
	if (total < HEADGATE_STALL_P99_JOBS)
		return 0;
	for (i = 0; i < HEADGATE_OBSERVE_BUCKETS - 1; i++) {
		below += run->count[i];
		if (below >= (total * 99 + 99) / 100)
			break;
	}
	return 1ULL << (i + HEADGATE_OBSERVE_SHIFT);
}

uint64_t headgate_stall_deadline(uint64_t floor_ns, uint64_t p99_ns)
{
	uint64_t ns = p99_ns * HEADGATE_STALL_P99_TIMES;

	if (ns < floor_ns)
		ns = floor_ns;
	return ns < HEADGATE_STALL_DEADLINE_MAX_NS ? ns : HEADGATE_STALL_DEADLINE_MAX_NS;
}
