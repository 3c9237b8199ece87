// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>

#include "options.h"
#include "report.h"

/* Prints one figure as key=value, or as a member of a JSON object. */
static void figure(const char *key, uint64_t value)
{
	printf(opt.json ? ",\"%s\":%" PRIu64 : " %s=%" PRIu64, key, value);
}

static void print_histogram(const char *what, const struct histogram *h)
{
	static const struct { const char *name; double q; } q[] = {
		{ "p50", 0.5 }, { "p90", 0.9 }, { "p99", 0.99 }, { "max", 1 },
	};
	char key[32];
	unsigned int i;

	for (i = 0; i < sizeof(q) / sizeof(q[0]); i++) {
		snprintf(key, sizeof(key), "%s_%s_ns", what, q[i].name);
		figure(key, histogram_quantile(h, q[i].q));
	}
}

void report(bool final, const struct result *sum, int64_t wall)
{
	char key[32];
	unsigned int e;

	printf(opt.json ? "{\"simload\":\"%s\"" : "simload %s", final ? "total" : "interval");
	figure("submitted", sum->submitted);
	figure("completed", sum->completed);
	figure("failed", sum->failed);
	figure("requested_ns", sum->requested_ns);
	figure("busy_ns", sum->busy_ns);
	figure("wall_ns", wall);
	figure("unexpected", sum->unexpected);
	for (e = 0; e < RESULT_ERRNOS; e++) {
		if (!sum->errors[e])
			continue;
		snprintf(key, sizeof(key), "errno_%u", e);
		figure(key, sum->errors[e]);
	}
	if (opt.latency) {
		print_histogram("done", &sum->done);
		print_histogram("ioctl", &sum->ioctl);
	}
	if (opt.verify && final)
		figure("verified", !sum->verify_failed);
	printf(opt.json ? "}\n" : "\n");
	fflush(stdout);
}
