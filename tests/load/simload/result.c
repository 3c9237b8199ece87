// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "result.h"

void result_error(struct result *r, int err, const char *what, bool expected)
{
	r->errors[err < RESULT_ERRNOS ? err : 0]++;
	if (expected)
		return;
	r->unexpected++;
	fprintf(stderr, "simload: %s: %s (errno %d)\n", what, strerror(err), err);
}

void result_sum(struct result *sum, const struct result *results, unsigned int count)
{
	unsigned int i, e;

	memset(sum, 0, sizeof(*sum));
	for (i = 0; i < count; i++) {
		const struct result *r = &results[i];

		sum->submitted += r->submitted;
		sum->completed += r->completed;
		sum->failed += r->failed;
		sum->requested_ns += r->requested_ns;
		sum->busy_ns += r->busy_ns;
		sum->unexpected += r->unexpected;
		sum->verify_failed |= r->verify_failed;
		for (e = 0; e < RESULT_ERRNOS; e++)
			sum->errors[e] += r->errors[e];
		histogram_merge(&sum->done, &r->done);
		histogram_merge(&sum->ioctl, &r->ioctl);
	}
}
