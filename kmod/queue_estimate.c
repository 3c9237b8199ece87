// SPDX-License-Identifier: GPL-2.0
/* Estimates of times that are like the ones before, until they are not. */
#include "queue_internal.h"

/* Three in a row beyond the deviation: no accident, the work has changed. */
#define SURPRISES_MAX		3

/* @ns is beyond the deviation. Return: it is the estimate from now on. */
bool queue_surprised(struct queue_estimate *e, u64 ns)
{
	if (ns > e->mean_ns)
		e->surprises = max(e->surprises, (s8)0) + 1;
	else
		e->surprises = min(e->surprises, (s8)0) - 1;
	if (e->mean_ns && e->surprises < SURPRISES_MAX && e->surprises > -SURPRISES_MAX)
		return false;
	e->mean_ns = ns;
	e->dev_ns = ns / 4;
	e->surprises = 0;
	return true;
}
