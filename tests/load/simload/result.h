/* SPDX-License-Identifier: GPL-2.0 */
/* What came of a client's jobs. */
#ifndef SIMLOAD_RESULT_H
#define SIMLOAD_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "histogram.h"

#define RESULT_ERRNOS	256

/* One client's, in memory shared with the parent; one writer. */
struct result {
	uint64_t submitted;
	uint64_t completed;	/* waited for, without an error */
	uint64_t failed;	/* waited for, with an error */
	uint64_t requested_ns;
	uint64_t busy_ns;	/* of the whole worker, says the device; in its first client's */
	uint64_t unexpected;	/* ioctls that failed as they should not */
	uint32_t errors[RESULT_ERRNOS];
	struct histogram done;	/* submit called to job done */
	struct histogram ioctl;	/* time in the submit ioctl */
	bool verify_failed;
};

/* Counts an error; says so if it is not @expected. */
void result_error(struct result *r, int err, const char *what, bool expected);

/* @sum of @count results. */
void result_sum(struct result *sum, const struct result *results, unsigned int count);

#endif
