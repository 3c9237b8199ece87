/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GPUs of this host, followed as they come, go and change; the log tells. */
#ifndef HEADGATE_DAEMON_DEVICES_H
#define HEADGATE_DAEMON_DEVICES_H

#include <systemd/sd-event.h>

#include "config.h"

struct devices;

/**
 * devices_new - look which devices there are, and follow them from then on
 * @devices: receives it
 * @event: loop
 * @changed: called when a device has come, gone or changed
 * @data: for @changed
 *
 * Return: 0 or a negative errno after a message.
 */
int devices_new(struct devices **devices, sd_event *event, void (*changed)(void *data), void *data);

/* @devices may be NULL. */
void devices_free(struct devices *devices);

/* Have @wedged called, with the node below /dev, when a device says that it is wedged. */
void devices_on_wedged(struct devices *devices, void (*wedged)(const char *node, void *data),
		       void *data);

/**
 * devices_judge - tell of each device what can be promised for it, where that is new
 * @devices: devices
 * @config: policy in force, lasting until the next call; NULL: there is no gate
 */
void devices_judge(struct devices *devices, const struct headgate_config *config);

/* DRM driver of a device by the name that the module gives it; NULL: there is none, or none is known. */
const char *devices_driver(const struct devices *devices, const char *name);

#endif /* HEADGATE_DAEMON_DEVICES_H */
