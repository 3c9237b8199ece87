// SPDX-License-Identifier: GPL-2.0-or-later
/*
 *   uevent, or some lost ──► no more for a while ──► look ──► some cannot be asked yet
 *                                                     ▲           │ a few times, or a uevent
 *                                                     └───────────┘
 *
 * What is there is always read from sysfs as a whole, and compared with what was there before:
 * messages may come late, twice, in any order, or not at all. A device that came in the place
 * of another is told from it by its instance (drm_devices.h), however quick that was. One that
 * came and went between two looks was never there.
 */
#include "devices.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bypass.h"
#include "device_table.h"
#include "log.h"
#include "printable.h"
#include "uevent.h"

/* A device tells of each of its nodes: they are in the log as one. */
#define SETTLE_USEC	20000
/* While messages keep coming. */
#define SETTLE_MAX_USEC	200000
/* For a device that does not let itself be asked, and of which nothing more is told. */
#define RETRY_USEC	250000
#define RETRIES		4

struct devices {
	sd_event *event;
	struct uevents *uevents;
	sd_event_source *timer;
	uint64_t due_usec;		/* the latest time to look; 0: there is no reason to */
	int tries;			/* since the last message */
	struct device_table table;
	const struct headgate_config *config;
	bool started;
	bool changes;			/* seen by the look that is under way */
	void (*changed)(void *data);
	void *data;
	void (*wedged)(const char *node, void *data);
	void *wedged_data;
};

/* ---- the log ---- */

static enum headgate_enforceability promise(const struct devices *d,
					    const struct headgate_drm_device *device,
					    const char **reason)
{
	if (!*device->driver) {
		*reason = "its node cannot be opened, so its driver is not known";
		return HEADGATE_UNKNOWN;
	}
	if (headgate_config_pace(d->config, device->driver) != HEADGATE_PACE_NO) {
		*reason = HEADGATE_PACED_REASON; /* where that fails, the pacer says so */
		return HEADGATE_PACED;
	}
	return headgate_bypass_promise(device->driver,
				       headgate_bypasses_open("") | headgate_bypasses_open_on(device),
				       reason);
}

/* Whether anything is new. */
static bool judge(const struct devices *d, struct device_entry *entry)
{
	struct device_entry before = *entry;

	entry->judged = d->config;
	if (entry->judged)
		entry->promise = promise(d, &entry->device, &entry->reason);
	return entry->judged && (!before.judged || before.promise != entry->promise ||
				 before.reason != entry->reason);
}

static void write_line(const struct device_entry *entry, const char *what)
{
	char device[512];

	device_describe(&entry->device, device, sizeof(device));
	if (entry->judged)
		log_info("device %s%s: %s: %s", device, what,
			 headgate_enforceability_name(entry->promise), entry->reason);
	else
		log_info("device %s%s; the gate is not attached", device, what);
}

static void on_change(enum device_change change, struct device_entry *entry, void *data)
{
	struct devices *d = data;
	char device[512];

	d->changes = true;
	/* Those that were there first are told of when the gate is up. */
	if (!d->started)
		return;
	switch (change) {
	case DEVICE_CAME:
		judge(d, entry);
		write_line(entry, " appeared");
		break;
	case DEVICE_MOVED:
		judge(d, entry);
		write_line(entry, "");
		break;
	case DEVICE_WENT:
		device_describe(&entry->device, device, sizeof(device));
		log_info("device %s vanished", device);
		break;
	}
}

/* The words are the kernel's: "none" for a reset that has helped. */
static void tell_wedged(const struct devices *d, const struct uevent *event)
{
	const struct device_entry *entry = device_table_find_node(&d->table, event->node);
	char *methods = headgate_printable(event->wedged, 128);
	char device[512] = "?";

	if (entry)
		device_describe(&entry->device, device, sizeof(device));
	if (!strcmp(event->wedged, "none"))
		log_warning("device %s was wedged, and its driver has reset it", entry ? device : event->node);
	else
		log_warning("device %s is wedged; the kernel says what can recover it: %s",
			    entry ? device : event->node, methods ?: "?");
	free(methods);
	if (d->wedged)
		d->wedged(event->node, d->wedged_data);
}

/* ---- looking ---- */

static void ask(struct headgate_drm_device *device)
{
	headgate_drm_ask_driver_at("", device);
}

/* Return: how many devices cannot be asked yet, or a negative errno. */
static int look(struct devices *d, bool last)
{
	const struct device_watch watch = { .ask = ask, .tell = on_change, .data = d };
	struct headgate_drm_devices fresh = {};
	int ret = headgate_drm_list_at("", &fresh);

	d->changes = false;
	if (!ret)
		ret = device_table_update(&d->table, &fresh, last, &watch);
	headgate_drm_devices_free(&fresh);
	if (ret < 0)
		log_warning("cannot list the devices: %s", strerror(-ret));
	else
		devices_judge(d, d->config); /* a way past the gate may have come */
	return ret;
}

static void arm(struct devices *d, uint64_t usec)
{
	sd_event_source_set_time_relative(d->timer, usec);
	sd_event_source_set_enabled(d->timer, SD_EVENT_ONESHOT);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct devices *d = data;
	int unknown;

	(void)source;
	(void)usec;
	d->due_usec = 0;
	unknown = look(d, d->tries >= RETRIES);
	if (d->changes)
		d->changed(d->data);
	if (unknown && d->tries++ < RETRIES)
		arm(d, RETRY_USEC);
	return 0;
}

static void on_uevent(const struct uevent *event, void *data)
{
	struct devices *d = data;
	uint64_t now;

	if (!event)
		log_notice("messages of devices were lost, looking at all of them");
	else if (*event->wedged)
		tell_wedged(d, event);
	d->tries = 0;
	sd_event_now(d->event, CLOCK_MONOTONIC, &now);
	if (!d->due_usec)
		d->due_usec = now + SETTLE_MAX_USEC;
	if (now + SETTLE_USEC <= d->due_usec)
		arm(d, SETTLE_USEC);
}

/* ---- life ---- */

void devices_judge(struct devices *devices, const struct headgate_config *config)
{
	devices->config = config;
	for (size_t i = 0; i < devices->table.count; i++) {
		struct device_entry *entry = &devices->table.items[i];

		if (entry->known && judge(devices, entry))
			write_line(entry, "");
	}
}

const char *devices_driver(const struct devices *devices, const char *name)
{
	const struct device_entry *entry = device_table_find(&devices->table, name);

	return entry && *entry->device.driver ? entry->device.driver : NULL;
}

/* To listen first: what comes after that is heard, what came before is seen. */
static int begin(struct devices *d)
{
	int ret = uevents_new(&d->uevents, d->event, on_uevent, d);

	if (ret < 0)
		return ret;
	ret = sd_event_add_time_relative(d->event, &d->timer, CLOCK_MONOTONIC, SETTLE_USEC, 1000,
					 on_timer, d);
	if (ret < 0)
		return ret;
	ret = look(d, false);
	d->started = true;
	if (!ret)
		sd_event_source_set_enabled(d->timer, SD_EVENT_OFF);
	return ret < 0 ? ret : 0;
}

int devices_new(struct devices **devices, sd_event *event, void (*changed)(void *data), void *data)
{
	struct devices *d = calloc(1, sizeof(*d));
	int err;

	if (!d)
		return -ENOMEM;
	d->event = sd_event_ref(event);
	d->changed = changed;
	d->data = data;
	err = begin(d);
	if (err) {
		log_error("cannot follow the devices: %s", strerror(-err));
		devices_free(d);
		return err;
	}
	*devices = d;
	return 0;
}

void devices_on_wedged(struct devices *devices, void (*wedged)(const char *node, void *data),
		       void *data)
{
	devices->wedged = wedged;
	devices->wedged_data = data;
}

void devices_free(struct devices *devices)
{
	if (!devices)
		return;
	sd_event_source_disable_unref(devices->timer);
	uevents_free(devices->uevents);
	device_table_free(&devices->table);
	sd_event_unref(devices->event);
	free(devices);
}
