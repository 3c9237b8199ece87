/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ways past the gate: what a host may have by which programs submit to a device
 * without an ioctl for each submission, so that less can be promised than the
 * driver table says.
 */
#ifndef LIBHEADGATE_BYPASS_H
#define LIBHEADGATE_BYPASS_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers.h"
#include "drm_devices.h"

/**
 * struct headgate_bypass - a way past the gate
 * @driver: DRM name of the driver to whose devices it leads
 * @at_most: the best that can be promised where it is open
 * @sign: what of the host tells, for people
 * @reason: why, one clause without a full stop, for people
 * @is_open: looks below a root directory; "" for this host; NULL: devices are told apart
 * @is_open_on: whether it leads to this device
 */
struct headgate_bypass {
	const char *driver;
	enum headgate_enforceability at_most;
	const char *sign;
	const char *reason;
	bool (*is_open)(const char *root);
	bool (*is_open_on)(const struct headgate_drm_device *device);
};

/**
 * headgate_bypass_next - iterate: pass NULL for the first
 * @bypass: an entry that this function returned, or NULL
 *
 * Return: the entry after @bypass, static; NULL after the last.
 */
const struct headgate_bypass *headgate_bypass_next(const struct headgate_bypass *bypass);

/**
 * headgate_bypasses_open - which of them this host has
 * @root: put before each path; "" for this host
 *
 * Return: a bit for each, in order, for headgate_bypass_worst().
 */
uint32_t headgate_bypasses_open(const char *root);

/* The same of those that a device of that host has for itself. */
uint32_t headgate_bypasses_open_on(const struct headgate_drm_device *device);

/**
 * headgate_bypass_worst - what lowers the promise for a driver's devices most
 * @driver: DRM driver name
 * @open: from headgate_bypasses_open()
 *
 * Return: the entry, static; NULL when nothing does.
 */
const struct headgate_bypass *headgate_bypass_worst(const char *driver, uint32_t open);

/**
 * headgate_bypass_promise - the best that can be promised for a driver's devices
 * @driver: DRM driver name
 * @open: from headgate_bypasses_open()
 * @reason: set to why, static
 *
 * Return: by the driver table, or what @open leaves of it.
 */
enum headgate_enforceability headgate_bypass_promise(const char *driver, uint32_t open,
						     const char **reason);

#endif
