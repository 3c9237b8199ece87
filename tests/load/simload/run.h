/* SPDX-License-Identifier: GPL-2.0 */
/* How long it goes on: to its deadline, or until a signal. */
#ifndef SIMLOAD_RUN_H
#define SIMLOAD_RUN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

extern volatile sig_atomic_t run_stopped;	/* by a signal */
extern int64_t run_deadline;			/* CLOCK_MONOTONIC; INT64_MAX: none */

bool run_is_over(void);

/* Sleeps until @when, or until the run is over. */
void run_sleep_until(int64_t when);

#endif
