// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "../load.h"
#include "run.h"

volatile sig_atomic_t run_stopped;
int64_t run_deadline = INT64_MAX;

bool run_is_over(void)
{
	return run_stopped || now_ns() >= run_deadline;
}

void run_sleep_until(int64_t when)
{
	struct timespec ts;

	if (when > run_deadline)
		when = run_deadline;
	ts.tv_sec = when / NSEC_PER_SEC;
	ts.tv_nsec = when % NSEC_PER_SEC;
	while (!run_stopped &&
	       clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}
