/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults to order, to see the canary find them; HEADGATE_INFER_FAULT in the environment (testing.rst):
 *
 *	bit:SEED      one bit of a weight is turned over
 *	bits:SEED     two to eight bits within 32 bytes are
 *	lanes:SEED    the same bit in each 32nd word of 4 bytes of one tensor is, as if a lane were broken
 *	slow:FACTOR   the device takes so many times as long
 *	hang, crash, fail
 *
 * each, with @RUN behind it, from that run on (from 0). Of weights the copy that the leg under test works
 * with is spoiled, never what it is compared with.
 */
#ifndef INFER_CANARY_FAULT_H
#define INFER_CANARY_FAULT_H

#include "canary_model.h"

enum infer_fault_kind {
	INFER_FAULT_NONE,
	INFER_FAULT_BIT,
	INFER_FAULT_BITS,
	INFER_FAULT_LANES,
	INFER_FAULT_SLOW,
	INFER_FAULT_HANG,
	INFER_FAULT_CRASH,
	INFER_FAULT_FAIL,
};

struct infer_fault {
	enum infer_fault_kind kind;
	uint64_t seed;
	double factor;
	uint64_t from;
};

/**
 * infer_fault_parse() - "lanes:7@100"; NULL is none
 *
 * Return: 0 or -EINVAL.
 */
int infer_fault_parse(const char *text, struct infer_fault *fault);

static inline bool infer_fault_is_of_weights(enum infer_fault_kind kind)
{
	return kind == INFER_FAULT_BIT || kind == INFER_FAULT_BITS || kind == INFER_FAULT_LANES;
}

/* Of which tensors to choose: all. */
#define INFER_FAULT_ANY (-1)

/**
 * infer_fault_turn() - turns over the bits of a fault of weights; once more turns them back
 * @type: of tensors that it may be in, or INFER_FAULT_ANY; each of their bytes is as likely as another
 *
 * Return: how many bits.
 */
unsigned int infer_fault_turn(enum infer_fault_kind kind, uint64_t seed, int type, struct infer_canary_model *model);

#endif
