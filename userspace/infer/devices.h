/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices by name: "native", "native:VARIANT", "vulkan" (the first GPU that is no processor),
 * "vulkan:NUMBER" or "vulkan:PART-OF-NAME".
 */
#ifndef INFER_DEVICES_H
#define INFER_DEVICES_H

#include "leg.h"

#define INFER_DEVICES 17
#define INFER_DEVICE_NAME 32

/**
 * infer_devices() - all there are: "vulkan:0" and so on, "native" last
 *
 * Loads Vulkan's drivers, and may hang with them.
 *
 * Return: how many.
 */
int infer_devices(char names[INFER_DEVICES][INFER_DEVICE_NAME]);

/**
 * infer_device_check() - whether a name can be one of a device
 *
 * Return: 0, or -EINVAL with a sentence in @problem.
 */
int infer_device_check(const char *name, char problem[INFER_PROBLEM]);

/**
 * infer_device_open() - the leg on a device
 *
 * Return: 0 and *leg; else, with a sentence in @problem, what infer_native_open() and infer_vulkan_open() return.
 */
int infer_device_open(const char *name, const struct infer_model *model, const struct infer_limits *limits,
		      struct infer_leg **leg, char problem[INFER_PROBLEM]);

#endif
