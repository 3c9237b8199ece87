// SPDX-License-Identifier: GPL-2.0-or-later
/* The devices that are judged, and the probes that speak for them. */
#include "health.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "health_flows.h"

struct headgate_health_device *headgate_health_find(const struct headgate_health *health, const char *name)
{
	for (size_t i = 0; i < health->n_devices; i++)
		if (!strcmp(health->devices[i].name, name))
			return &health->devices[i];
	return NULL;
}

struct headgate_health_device *headgate_health_get(struct headgate_health *health, const char *name)
{
	struct headgate_health_device *device = headgate_health_find(health, name);

	if (device || strlen(name) >= sizeof(device->name))
		return device;
	device = reallocarray(health->devices, health->n_devices + 1, sizeof(*device));
	if (!device)
		return NULL;
	health->devices = device;
	device += health->n_devices++;
	*device = (struct headgate_health_device){ 0 };
	strcpy(device->name, name);
	return device;
}

bool headgate_health_is_of_concern(const struct headgate_health_device *device)
{
	if (device->state != HEADGATE_HEALTH_OK)
		return true;
	for (size_t i = 0; i < device->n_probes; i++)
		if (device->probes[i].begun_ns || device->probes[i].ended_ns)
			return true;
	return false;
}

int headgate_probe_get(struct headgate_health_device *device, const char *name,
		       struct headgate_probe **probe)
{
	struct headgate_probe *probes;
	size_t i;

	for (i = 0; i < device->n_probes && strcmp(device->probes[i].name, name); i++)
		;
	if (i == device->n_probes && i == HEADGATE_PROBES_MAX) {
		for (i = 0; i < device->n_probes && device->probes[i].pid; i++)
			;
		if (i == device->n_probes)
			return -ENOSPC;
		device->probes[i] = (struct headgate_probe){ 0 };
	} else if (i == device->n_probes) {
		probes = reallocarray(device->probes, i + 1, sizeof(*probes));
		if (!probes)
			return -ENOMEM;
		device->probes = probes;
		device->probes[i] = (struct headgate_probe){ 0 };
		device->n_probes++;
	}
	*probe = &device->probes[i];
	memccpy((*probe)->name, name, '\0', sizeof((*probe)->name) - 1);
	return 0;
}

void headgate_probe_begins(struct headgate_probe *probe, uint32_t pid, uint64_t agent_id,
			   uint64_t allowed_ns, uint64_t now_ns)
{
	if (probe->agent_id != agent_id)
		probe->sampled = false;
	probe->pid = pid;
	probe->agent_id = agent_id;
	probe->begun_ns = now_ns;
	probe->allowed_ns = allowed_ns;
}

void headgate_probe_ends(struct headgate_health_device *device, struct headgate_probe *probe,
			 enum headgate_probe_outcome outcome, uint64_t time_ns, uint64_t now_ns)
{
	probe->begun_ns = 0;
	probe->ended_ns = now_ns;
	probe->last = outcome;
	probe->runs++;
	probe->wrong = probe->wrong << 1 | (outcome == HEADGATE_PROBE_WRONG);
	probe->failed = probe->failed << 1 | (outcome == HEADGATE_PROBE_FAILED);
	probe->timed = probe->timed || time_ns;
	/* What came to nothing may have taken any time; and of a device that the module does not see, others' work. */
	if (!time_ns || outcome == HEADGATE_PROBE_FAILED || !device->id)
		return;
	headgate_series_add(&probe->series, device->beside ? HEADGATE_SERIES_BESIDE : HEADGATE_SERIES_ALONE,
			    (double)time_ns, device->state == HEADGATE_HEALTH_OK);
	probe->last_ns = now_ns;
}

void headgate_probe_leaves(struct headgate_probe *probe)
{
	probe->pid = 0;
	probe->begun_ns = 0;
	probe->sampled = false;
	probe->timed = false;
}

void headgate_health_calibrate(struct headgate_health_device *device)
{
	for (size_t i = 0; i < device->n_probes; i++) {
		memset(&device->probes[i].series, 0, sizeof(device->probes[i].series));
		device->probes[i].wrong = 0;
		device->probes[i].failed = 0;
	}
}

void health_device_unseen(struct headgate_health_device *device)
{
	device->load = 0;
	device->beside = false;
	device->looked_ns = 0;
	for (size_t i = 0; i < device->n_probes; i++)
		device->probes[i].sampled = false;
}

void headgate_health_detach(struct headgate_health *health)
{
	for (size_t i = 0; i < health->n_devices; i++) {
		struct headgate_health_device *device = &health->devices[i];

		device->id = 0;
		device->listed = false;
		health_device_unseen(device);
	}
	free(health->flows);
	health->flows = NULL;
	health->n_flows = 0;
}

void headgate_health_clear(struct headgate_health *health)
{
	for (size_t i = 0; i < health->n_devices; i++)
		free(health->devices[i].probes);
	free(health->devices);
	free(health->flows);
	*health = (struct headgate_health){ 0 };
}
