// SPDX-License-Identifier: GPL-2.0-or-later
#include "pace_ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

/* ---- devices ---- */

static bool is_known(const struct pace_ledger *ledger, uint32_t id)
{
	for (size_t i = 0; i < ledger->count; i++)
		if (ledger->devices[i].id == id)
			return true;
	return false;
}

/*
 * The module learns a device's DRM driver at the gate, so of a device that is not gated it may
 * not know it: the host's devices tell, which have the same names.
 */
static enum headgate_pace pace_of(const struct headgate_config *config,
				  const struct headgate_device *device,
				  const struct headgate_drm_devices *present)
{
	for (size_t i = 0; i < present->count; i++)
		if (!strcmp(present->items[i].name, device->name))
			return headgate_config_pace(config, present->items[i].driver);
	return headgate_config_pace(config, device->driver);
}

/* Devices stay until the module goes. */
static int add_device(struct pace_ledger *ledger, const struct headgate_config *config,
		      const struct headgate_device *device)
{
	struct headgate_drm_devices present;
	struct ledger_device *devices;
	int err = headgate_drm_enumerate(&present);

	if (err)
		return err;
	devices = reallocarray(ledger->devices, ledger->count + 1, sizeof(*devices));
	if (devices) {
		ledger->devices = devices;
		devices += ledger->count++;
		*devices = (struct ledger_device){
			.id = device->id,
			.pace = pace_of(config, device, &present),
		};
		if (devices->pace == HEADGATE_PACE_LEDGER)
			log_info("device %s is paced by the ledger", device->name);
	}
	headgate_drm_devices_free(&present);
	return devices ? 0 : -ENOMEM;
}

/* What waits since before the gate left a device would wait for its time alone. */
static void release(const struct pace_ledger *ledger, struct headgate_client *client)
{
	for (size_t i = 0; i < ledger->count; i++)
		if (ledger->devices[i].pace != HEADGATE_PACE_NO)
			headgate_device_release(client, ledger->devices[i].id);
}

int pace_ledger_refresh(struct pace_ledger *ledger, struct headgate_client *client,
			const struct headgate_config *config)
{
	struct headgate_devices seen;
	int err = headgate_device_dump(client, &seen);

	if (err)
		return err;
	for (size_t i = 0; i < seen.count && !err; i++)
		if (!is_known(ledger, seen.items[i].id))
			err = add_device(ledger, config, &seen.items[i]);
	headgate_devices_free(&seen);
	release(ledger, client);
	return err;
}

/* ---- one step ---- */

static int compare_flows(const void *a, const void *b)
{
	const struct headgate_flow *left = a, *right = b;

	if (left->device_id != right->device_id)
		return left->device_id > right->device_id ? 1 : -1;
	return (left->agent_id > right->agent_id) - (left->agent_id < right->agent_id);
}

static void add_flow(struct pace_input *sum, const struct headgate_flow *flow)
{
	sum->busy_ns += flow->busy_ns;
	sum->outstanding += flow->outstanding;
	if (flow->estimate_ns > sum->estimate_ns)
		sum->estimate_ns = flow->estimate_ns;
}

/* The flows of a device, in the order of agents: those of one agent become one input. */
static int step_device(struct ledger_device *device, struct roster *roster, int64_t now,
		       const struct headgate_flow *flows, size_t count)
{
	struct pace_input others = {}, *inputs = calloc(count + 1, sizeof(*inputs));
	size_t n = 0;
	int err;

	if (!inputs)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct headgate_agent *agent = roster_find(roster, flows[i].agent_id);

		if (!agent) {
			roster->stranger |= flows[i].agent_id;
			add_flow(&others, &flows[i]);
			continue;
		}
		if (!n || inputs[n - 1].id != agent->id)
			inputs[n++] = roster_input(roster, agent);
		add_flow(&inputs[n - 1], &flows[i]);
	}
	err = pace_step(&device->model, now, inputs, n, &others);
	free(inputs);
	return err;
}

static bool paces_any(const struct pace_ledger *ledger)
{
	for (size_t i = 0; i < ledger->count; i++)
		if (ledger->devices[i].pace == HEADGATE_PACE_LEDGER)
			return true;
	return false;
}

int pace_ledger_step(struct pace_ledger *ledger, struct headgate_client *client,
		     struct roster *roster, int64_t now_ns)
{
	struct headgate_flows flows;
	int err;

	if (!paces_any(ledger))
		return 0;
	err = headgate_flow_dump(client, &flows);
	if (err)
		return err;
	if (flows.count)
		qsort(flows.items, flows.count, sizeof(*flows.items), compare_flows);
	for (size_t i = 0; i < ledger->count && !err; i++) {
		struct ledger_device *device = &ledger->devices[i];
		size_t first = 0, end;

		if (device->pace != HEADGATE_PACE_LEDGER)
			continue;
		while (first < flows.count && flows.items[first].device_id != device->id)
			first++;
		for (end = first; end < flows.count; end++)
			if (flows.items[end].device_id != device->id)
				break;
		err = step_device(device, roster, now_ns, flows.items + first, end - first);
	}
	headgate_flows_free(&flows);
	return err;
}

void pace_ledger_free(struct pace_ledger *ledger)
{
	for (size_t i = 0; i < ledger->count; i++)
		pace_free(&ledger->devices[i].model);
	free(ledger->devices);
	*ledger = (struct pace_ledger){};
}
