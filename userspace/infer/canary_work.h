/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the canary's child does: known work on one device, and whether it came out as it should. */
#ifndef INFER_CANARY_WORK_H
#define INFER_CANARY_WORK_H

#include "canary_device.h"
#include "canary_fault.h"
#include "health.h"

struct infer_canary_work;

/**
 * struct infer_canary_result - of one run
 * @outcome: what headgated is told
 * @time_ns: how long the device took by its own clock, or the processor for it; 0: it is not known.
 *	Of several times the same work the quickest counts, batch by batch: others only make it longer.
 * @cost_ns: all that the run kept the device busy for, about
 * @hash, @nmse: of the answer; @nmse is infinite if it is no number
 * @by_nmse: by that alone it was judged, as no golden answer is kept
 * @text: if not ok, a sentence; or news that are none of the run, such as a new golden answer
 */
struct infer_canary_result {
	enum headgate_probe_outcome outcome;
	uint64_t time_ns, cost_ns;
	uint64_t hash;
	double nmse;
	bool by_nmse;
	char text[INFER_PROBLEM];
};

/**
 * infer_canary_work_open() - opens a device, and learns its golden answer if there is none
 * @golden: folder of golden answers
 * @fault: one to order, or none
 * @problem: a sentence if it fails; else news or ""
 *
 * Return: 0; the error of the device.
 */
int infer_canary_work_open(const char *device, const char *golden, const struct infer_fault *fault,
			   struct infer_canary_work **work, char problem[INFER_PROBLEM]);
void infer_canary_work_close(struct infer_canary_work *work);

const struct infer_canary_facts *infer_canary_work_facts(const struct infer_canary_work *work);

/* May hang with the driver. */
void infer_canary_work_run(struct infer_canary_work *work, struct infer_canary_result *result);

#endif
