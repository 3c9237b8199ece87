/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device as the canary has it: the leg on it, the line that it is known by, its clock, its integers. */
#ifndef INFER_CANARY_DEVICE_H
#define INFER_CANARY_DEVICE_H

#include "golden.h"
#include "health.h"
#include "leg.h"

struct infer_canary_device;

/**
 * struct infer_canary_facts - what is told of a device
 * @leg: its name for people, and by which variants of kernels it computes
 * @place: "0000:03:00.0", as headgated calls the device; "" if it is none, or is not told
 * @key: of its golden answers, but for the model
 */
struct infer_canary_facts {
	char leg[256];
	char place[HEADGATE_DEVICE_NAME_MAX];
	char key[INFER_GOLDEN_KEY];
};

/**
 * infer_canary_device_open() - opens the leg on a device (see devices.h)
 *
 * May hang with the driver. Return: as infer_device_open().
 */
int infer_canary_device_open(const char *name, const struct infer_model *model, const struct infer_limits *limits,
			     struct infer_canary_device **device, char problem[INFER_PROBLEM]);
void infer_canary_device_close(struct infer_canary_device *device);

struct infer_leg *infer_canary_device_leg(const struct infer_canary_device *device);
const struct infer_canary_facts *infer_canary_device_facts(const struct infer_canary_device *device);

/**
 * infer_canary_device_time() - how long the last batch was with the device
 *
 * Return: nanoseconds by the device's own clock; 0 if it has none, or computes in the caller's thread.
 */
uint64_t infer_canary_device_time(const struct infer_canary_device *device);

/* Whether it computes in the caller's thread, so that its time is that thread's processor time. */
bool infer_canary_device_is_native(const struct infer_canary_device *device);

/**
 * infer_canary_device_integers() - a product of integers, which has one right answer on each device
 * @wrong: receives how many rows are not what the host has
 *
 * Return: 0, or the device's error. A device without the check has no wrong rows.
 */
int infer_canary_device_integers(struct infer_canary_device *device, uint32_t *wrong);

#endif
