/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the queue needs from its surroundings: here the kernel. In user space
 * (unit tests, simulator) the compiler is given the tests' file instead, by
 * -include: it has the same include guard and so takes this file's place.
 */
#ifndef HEADGATE_QUEUE_PORT_H
#define HEADGATE_QUEUE_PORT_H

#include <linux/bits.h>
#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/types.h>

/* For what only a defect of the queue or of its caller can bring about. */
#define queue_assert(cond)	WARN_ON_ONCE(!(cond))

static inline u64 queue_div(u64 a, u64 b)
{
	return div64_u64(a, b);
}

/*
 * a * b / c over 128 bits. The quotient must fit 64 bits: x86's div faults
 * where it does not.
 */
static inline u64 queue_mul_div(u64 a, u64 b, u64 c)
{
	return mul_u64_u64_div_u64(a, b, c);
}

#endif
