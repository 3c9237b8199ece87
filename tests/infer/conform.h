/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a leg computes what the reference does, kernel by kernel and as a whole. */
#ifndef CONFORM_H
#define CONFORM_H

#include "leg.h"

/* Opens the leg in question; an error is a failure. */
typedef int (*conform_open)(const struct infer_model *model, const struct infer_limits *limits,
			    void *context, struct infer_leg **leg);

/**
 * conform_leg() - all kernels, all types of weights, a line "ok NAME" or "not ok NAME: WHY" for each
 * @kernel_nmse: that a kernel may be off by: 1e-9, or 1e-5 where it accumulates F16
 *
 * Return: how many failed.
 */
unsigned int conform_leg(const char *name, conform_open open, void *context, double kernel_nmse);

/**
 * conform_products() - the same without attention and the whole model, which take longest
 *
 * For variants that differ from others in their products alone.
 */
unsigned int conform_products(const char *name, conform_open open, void *context,
			      double kernel_nmse);

/**
 * conform_quickly() - the same of one type of weights, without a word
 */
unsigned int conform_quickly(conform_open open, void *context, double kernel_nmse);

/* conform_passed(): kernels that have been seen to be right. */
unsigned int conform_passed(void);

#endif
