/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to go wrong: in a file that all have mapped, so it is changed while they run. */
#ifndef TEST_LAYER_FAULT_H
#define TEST_LAYER_FAULT_H

#include "layer.h"

/* The environment's name for that file, LAYER_DEVICES of struct layer_fault; else all is well. */
#define LAYER_CONTROL "HEADGATE_TEST_FAULTS"
#define LAYER_DEVICES 8

enum layer_fault_kind {
	LAYER_WELL,
	LAYER_LOST,         /* vkQueueSubmit() says VK_ERROR_DEVICE_LOST */
	LAYER_LOST_AT_WAIT, /* it does not, but vkWaitForFences() does */
	LAYER_HANG,         /* the fence never signals, nor does waiting for the device end */
	LAYER_SLOW,         /* the fence signals @factor times as late */
	LAYER_GONE,         /* the same as LAYER_LOST, and no process can open it any more */
	LAYER_HELD,         /* vkQueueSubmit() returns @factor ms later, as at headgate's gate */
};

/**
 * struct layer_fault - of one device; serve_faults.py has the same
 * @from: the first submission that it comes over, as @submissions counts; and all after it
 * @submissions: so many there were so far, of all processes
 * @struck: so many of them it came over
 */
struct layer_fault {
	uint32_t kind, factor;
	uint64_t from, submissions, struck;
};

/* layer_fault_gone(): whether it cannot be opened. */
bool layer_fault_gone(uint32_t device);

/* layer_fault_next(): what a submission that is made now is to suffer. */
enum layer_fault_kind layer_fault_next(uint32_t device, uint32_t *factor);

#endif
