/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which devices to run on, by names of devices.h, one after the other: "vulkan:0,vulkan:radeon,native". */
#ifndef INFER_ORDER_H
#define INFER_ORDER_H

#include "leg.h"

/* What is taken where nobody has said otherwise. */
#define INFER_ORDER "vulkan,native"

struct infer_order;

/**
 * infer_order_new() - reads an order; the model and the limits are what legs are opened with
 *
 * Return: 0 and *order; -EINVAL with a sentence in @problem; -ENOMEM.
 */
int infer_order_new(const char *text, const struct infer_model *model, const struct infer_limits *limits,
		    struct infer_order **order, char problem[INFER_PROBLEM]);
/* infer_order_free(): closes its leg. */
void infer_order_free(struct infer_order *order);

/**
 * infer_order_abandon() - the leg in use is never closed: its device does not answer, and closing may wait for it too
 *
 * What it holds is the process's until its end, which is then best made by _exit(): drivers wait there as well.
 */
void infer_order_abandon(struct infer_order *order);

/**
 * infer_order_next() - closes the leg in use, and opens the next one that can be opened
 * @problem: if a device was passed over, why the last of them was; else empty
 *
 * Return: 0 and *leg, which stays the order's; -ENODEV after the last.
 */
int infer_order_next(struct infer_order *order, struct infer_leg **leg, char problem[INFER_PROBLEM]);

/**
 * infer_order_index() - which of the order's entries the leg in use is, from 0
 */
uint32_t infer_order_index(const struct infer_order *order);

/* infer_order_why(): of an entry that was tried: why it did not open; "" if it did. */
const char *infer_order_why(const struct infer_order *order, uint32_t index);

#endif
