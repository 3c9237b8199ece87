/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the agents of a lane get, against what they are due by the theory
 * (Documentation/theory.rst, "Guarantee"), both reckoned apart from the queue.
 *
 * T is the engine time of all jobs granted since the watch began, G(f) that of
 * flow f, h(f) its share of the lane, X(f) what it had had beyond its share before.
 * D(f) is the most it ever had outstanding, at the true cost: its largest job, and
 * where jobs were underestimated those that were let in beside it. E is the most
 * that all estimates of outstanding jobs came to. The queue grants f a job only if
 * what f was charged is at most its share of what all were charged, so
 *
 *	X(f) + G(f) - h(f) T <= D(f) + h(f) (E + R)
 *
 * R is for the queue's fixed point: its mean takes hweights without their last
 * bits, and so is off by up to the sum of what is left out times the lag. It
 * matters where hweights are below 1e-5 beside such as are far above.
 * The left sides sum up to zero, so none is below minus the sum of the right
 * sides of the others. X alone is the queue's own figure.
 */
#ifndef HEADGATE_SIM_SHARES_H
#define HEADGATE_SIM_SHARES_H

#include "lane_model.h"
#include "scenario.h"

/*
 * Watches a lane from now on. All agents have tickets, and what they were granted
 * before the last of them came is done: the bound is for backlogged flows.
 */
void shares_watch(struct model *m, unsigned int depth);
/* Adds to @sum what was seen, and ends the watch. */
void shares_end(struct model *m, struct sim_shares *sum);

#endif
