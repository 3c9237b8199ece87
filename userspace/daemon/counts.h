/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What headgated counts of itself since it was started, for whoever asks: of any thread. */
#ifndef HEADGATE_DAEMON_COUNTS_H
#define HEADGATE_DAEMON_COUNTS_H

#include <stdint.h>

#include <linux/headgate.h>

#define STALL_KINDS (HEADGATE_STALL_KIND_WEDGED + 1)

enum count {
	COUNT_EVENTS_LOST,		/* overflows of the socket of events */
	COUNT_HISTORY_ERRORS,		/* looks that were not written, and roll-ups that failed */
	COUNT_STALLS,			/* that began; and one for each kind from here on */
	COUNT_STALLS_END = COUNT_STALLS + STALL_KINDS - 1,
	/* what is so now */
	COUNT_ATTACHED,			/* the gate is */
	COUNT_POLICY_REFUSED,		/* the file has errors, an older policy is in force */
	COUNTS
};

void counts_add(enum count count);
void counts_set(enum count count, uint64_t value);
uint64_t counts_get(enum count count);

#endif
