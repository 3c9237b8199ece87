// SPDX-License-Identifier: GPL-2.0-or-later
#include "pace_ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

/* ---- devices ---- */

static struct ledger_device *find_device(const struct pace_ledger *ledger, uint32_t id)
{
	for (size_t i = 0; i < ledger->count; i++)
		if (ledger->devices[i].id == id)
			return &ledger->devices[i];
	return NULL;
}

/*
 * The module learns a device's DRM driver at the gate, so of a device that is not gated it may
 * not know it: the host's devices tell, which have the same names.
 */
static enum headgate_pace pace_of(const struct headgate_config *config,
				  const struct headgate_device *device,
				  const struct devices *present)
{
	return headgate_config_pace(config, devices_driver(present, device->name) ?: device->driver);
}

/* Its driver may become known only now, when the host's devices tell. */
static int follow_device(struct pace_ledger *ledger, const struct headgate_device *seen,
			 enum headgate_pace pace)
{
	struct ledger_device *device = find_device(ledger, seen->id), *devices;

	if (!device) {
		devices = reallocarray(ledger->devices, ledger->count + 1, sizeof(*devices));
		if (!devices)
			return -ENOMEM;
		ledger->devices = devices;
		device = &devices[ledger->count++];
		*device = (struct ledger_device){ .id = seen->id };
	}
	if (pace == HEADGATE_PACE_LEDGER && device->pace != pace)
		log_info("device %s is paced by the ledger", seen->name);
	if (pace != HEADGATE_PACE_LEDGER)
		pace_free(&device->model);
	device->pace = pace;
	return 0;
}

/* On a device that is gone nobody leads: whom it kept frozen is thawed. */
static void drop_gone(struct pace_ledger *ledger, const struct headgate_devices *seen)
{
	for (size_t i = ledger->count; i-- > 0;) {
		bool stays = false;

		for (size_t j = 0; j < seen->count && !stays; j++)
			stays = seen->items[j].id == ledger->devices[i].id && !seen->items[j].gone;
		if (stays)
			continue;
		pace_free(&ledger->devices[i].model);
		ledger->devices[i] = ledger->devices[--ledger->count];
	}
}

/* What waits since before the gate left a device would wait for its time alone. */
static void release(const struct pace_ledger *ledger, struct headgate_client *client)
{
	for (size_t i = 0; i < ledger->count; i++)
		if (ledger->devices[i].pace != HEADGATE_PACE_NO)
			headgate_device_release(client, ledger->devices[i].id);
}

int pace_ledger_refresh(struct pace_ledger *ledger, struct headgate_client *client,
			const struct headgate_config *config, const struct devices *present)
{
	struct headgate_devices seen;
	int err = headgate_device_dump(client, &seen);

	if (err)
		return err;
	drop_gone(ledger, &seen);
	for (size_t i = 0; i < seen.count && !err; i++)
		if (!seen.items[i].gone)
			err = follow_device(ledger, &seen.items[i],
					    pace_of(config, &seen.items[i], present));
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
