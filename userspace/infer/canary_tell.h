/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the canary tells headgated, if that is there; see brownouts.rst. */
#ifndef INFER_CANARY_TELL_H
#define INFER_CANARY_TELL_H

#include "probe.h"

#define INFER_CANARY_PROBE "canary"

/* Of headgated's answers: a hung headgated must not keep a hung device from being noticed. */
#define INFER_CANARY_TELL_MS 100u
/* Between tries to reach it. */
#define INFER_CANARY_RETRY_NS UINT64_C(5000000000)

/**
 * struct infer_canary_teller - the way to headgated; -1 is its first fd
 * @path: of the socket; NULL: nothing is told
 * @retry_ns: when to try again
 * @absent: that it does not answer has been said
 */
struct infer_canary_teller {
	const char *path;
	int fd;
	uint64_t retry_ns;
	bool absent;
};

/**
 * struct infer_canary_subject - a device that is told of
 * @name: as headgated calls it; "": it is none of its devices, nothing is told
 * @refusal: what headgated has against that, which is said once; "": nothing
 */
struct infer_canary_subject {
	char name[HEADGATE_DEVICE_NAME_MAX];
	char refusal[256];
};

/**
 * infer_canary_tell_begin() - a run begins
 * @allowed_us: a job of it may take so long
 * @now_ns: CLOCK_MONOTONIC
 */
void infer_canary_tell_begin(struct infer_canary_teller *teller, struct infer_canary_subject *subject, uint64_t allowed_us,
			     uint64_t now_ns);

/**
 * infer_canary_tell_end() - it is over
 * @time_ns: 0: the ledger knows
 */
void infer_canary_tell_end(struct infer_canary_teller *teller, struct infer_canary_subject *subject,
			   enum headgate_probe_outcome outcome, uint64_t time_ns, uint64_t now_ns);

#endif
