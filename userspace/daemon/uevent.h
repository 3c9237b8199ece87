/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel, and udev after it, tell of devices that come, go and change. */
#ifndef HEADGATE_DAEMON_UEVENT_H
#define HEADGATE_DAEMON_UEVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

/**
 * struct uevent - one message; "" for what it does not say
 * @action: "add", "remove", "change", "bind", "unbind" and others
 * @subsystem: of the device: "drm", "pci"
 * @node: its node below /dev, such as "dri/card1"
 * @wedged: how to recover a device that is wedged, by words of the kernel, since 6.15
 *
 * All point into the message.
 */
struct uevent {
	const char *action;
	const char *subsystem;
	const char *node;
	const char *wedged;
};

/**
 * uevent_parse - take a message apart
 * @message: of the kernel ("add@/devices/...", then strings KEY=VALUE) or of udev
 * @length: of it
 * @event: receives what it says
 *
 * Return: whether it is such a message.
 */
bool uevent_parse(const char *message, size_t length, struct uevent *event);

/* Whether the set of GPUs, or what can be promised for one, may be another afterwards. */
bool uevent_is_of_devices(const struct uevent *event);

struct uevents;

/* @event: NULL: some were lost. */
typedef void (*uevents_fn)(const struct uevent *event, void *data);

/**
 * uevents_new - listen
 * @uevents: receives it
 * @event: loop
 * @function: called for each message that is of devices
 * @data: for @function
 *
 * Return: 0 or a negative errno.
 */
int uevents_new(struct uevents **uevents, sd_event *event, uevents_fn function, void *data);

/* @uevents may be NULL. */
void uevents_free(struct uevents *uevents);

#endif /* HEADGATE_DAEMON_UEVENT_H */
