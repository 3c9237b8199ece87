// SPDX-License-Identifier: GPL-2.0-or-later
#include "pacer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "drivers.h"
#include "frozen.h"
#include "guard.h"
#include "log.h"
#include "pace_model.h"

#define USEC_PER_MS	1000
/* Policy changes seldom, and the module's devices do: time between two looks at them. */
#define REFRESH_NS	(1000 * PACE_NS_PER_MS)
/* The same when the ledger names an agent that is not known. */
#define REFRESH_SOON_NS	(200 * PACE_NS_PER_MS)
/* Five ticks: a daemon that stands still does not keep others standing. */
#define HOLD_MS		100

/* A device that the module knows; @model is used when it is @paced. */
struct paced_device {
	uint32_t id;
	bool paced;
	struct pace_model model;
};

struct pacer {
	sd_event *event;
	const struct devices *present;
	/* while it paces */
	struct headgate_client *client;
	const struct headgate_config *config;
	sd_event_source *timer;
	sd_event_source *guard_source;
	struct guard *guard;
	struct paced_device *devices;
	size_t n_devices;
	struct headgate_agents agents;		/* in the order of ids */
	char *own;				/* our cgroup: we must not freeze ourselves */
	int64_t refreshed_ns;
	bool stranger;				/* the ledger named an agent that is not in @agents */
	uint64_t *held;				/* ids of those frozen */
	size_t n_held;
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* ---- what there is to pace ---- */

static int compare_agents(const void *a, const void *b)
{
	const struct headgate_agent *left = a, *right = b;

	return (left->id > right->id) - (left->id < right->id);
}

static const struct headgate_agent *find_agent(const struct pacer *p, uint64_t id)
{
	struct headgate_agent key = { .id = id };

	if (!p->agents.count)
		return NULL;
	return bsearch(&key, p->agents.items, p->agents.count, sizeof(key), compare_agents);
}

static struct paced_device *find_device(const struct pacer *p, uint32_t id)
{
	for (size_t i = 0; i < p->n_devices; i++)
		if (p->devices[i].id == id)
			return &p->devices[i];
	return NULL;
}

/*
 * The module learns a device's DRM driver at the gate, so of a device that is not gated it may
 * not know it: the host's devices tell, which have the same names.
 */
static bool is_paced(const struct pacer *p, const struct headgate_device *device)
{
	return headgate_config_paces(p->config,
				     devices_driver(p->present, device->name) ?: device->driver);
}

/* Its driver may become known only now, when the host's devices tell. */
static int follow_device(struct pacer *p, const struct headgate_device *seen)
{
	struct paced_device *device = find_device(p, seen->id), *devices;
	bool paced = is_paced(p, seen);

	if (!device) {
		devices = reallocarray(p->devices, p->n_devices + 1, sizeof(*devices));
		if (!devices)
			return -ENOMEM;
		p->devices = devices;
		device = &devices[p->n_devices++];
		*device = (struct paced_device){ .id = seen->id };
	}
	if (paced && !device->paced)
		log_info("device %s is paced", seen->name);
	if (!paced)
		pace_free(&device->model);
	device->paced = paced;
	return 0;
}

/* On a device that is gone nobody leads: whom it kept frozen is thawed. */
static void drop_gone(struct pacer *p, const struct headgate_devices *seen)
{
	for (size_t i = p->n_devices; i-- > 0;) {
		bool stays = false;

		for (size_t j = 0; j < seen->count && !stays; j++)
			stays = seen->items[j].id == p->devices[i].id && !seen->items[j].gone;
		if (stays)
			continue;
		pace_free(&p->devices[i].model);
		p->devices[i] = p->devices[--p->n_devices];
	}
}

static int follow_devices(struct pacer *p, const struct headgate_devices *seen)
{
	int err = 0;

	drop_gone(p, seen);
	for (size_t i = 0; i < seen->count && !err; i++)
		if (!seen->items[i].gone)
			err = follow_device(p, &seen->items[i]);
	return err;
}

static int refresh(struct pacer *p, int64_t now)
{
	struct headgate_devices seen;
	struct headgate_agents agents;
	char *own;
	int err = frozen_own(&own);

	if (err)
		return err;
	free(p->own);
	p->own = own;
	err = headgate_device_dump(p->client, &seen);
	if (err)
		return err;
	err = follow_devices(p, &seen);
	headgate_devices_free(&seen);
	if (!err)
		err = headgate_agent_dump(p->client, &agents);
	if (err)
		return err;
	if (agents.count)
		qsort(agents.items, agents.count, sizeof(*agents.items), compare_agents);
	headgate_agents_free(&p->agents);
	p->agents = agents;
	p->refreshed_ns = now;
	p->stranger = false;
	return 0;
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
static int step_device(struct pacer *p, struct paced_device *device, int64_t now,
		       const struct headgate_flow *flows, size_t count)
{
	struct pace_input others = {}, *inputs = calloc(count + 1, sizeof(*inputs));
	size_t n = 0;
	int err;

	if (!inputs)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct headgate_agent *agent = find_agent(p, flows[i].agent_id);

		if (!agent) {
			p->stranger |= flows[i].agent_id;
			add_flow(&others, &flows[i]);
			continue;
		}
		if (!n || inputs[n - 1].id != agent->id)
			inputs[n++] = (struct pace_input){
				.id = agent->id,
				.parent_id = agent->parent_id,
				.weight = agent->weight,
				.holdable = !frozen_covers(agent->path, p->own),
			};
		add_flow(&inputs[n - 1], &flows[i]);
	}
	err = pace_step(&device->model, now, inputs, n, &others);
	free(inputs);
	return err;
}

static int step_devices(struct pacer *p, int64_t now, struct headgate_flows *flows)
{
	int err = 0;

	if (flows->count)
		qsort(flows->items, flows->count, sizeof(*flows->items), compare_flows);
	for (size_t i = 0; i < p->n_devices && !err; i++) {
		size_t first = 0, end;

		if (!p->devices[i].paced)
			continue;
		while (first < flows->count && flows->items[first].device_id != p->devices[i].id)
			first++;
		for (end = first; end < flows->count; end++)
			if (flows->items[end].device_id != p->devices[i].id)
				break;
		err = step_device(p, &p->devices[i], now, flows->items + first, end - first);
	}
	return err;
}

/* ---- the verdicts ---- */

static bool has(const uint64_t *ids, size_t count, uint64_t id)
{
	for (size_t i = 0; i < count; i++)
		if (ids[i] == id)
			return true;
	return false;
}

/* An agent stands still on all devices when it leads on one. */
static size_t collect(const struct pacer *p, uint64_t *ids)
{
	size_t count = 0;

	for (size_t d = 0; d < p->n_devices; d++) {
		const struct pace_model *model = &p->devices[d].model;

		for (size_t i = 0; i < model->count && count < GUARD_HOLDS_MAX; i++)
			if (model->agents[i].frozen && !has(ids, count, model->agents[i].id))
				ids[count++] = model->agents[i].id;
	}
	return count;
}

static int carry_out(struct pacer *p)
{
	uint64_t ids[GUARD_HOLDS_MAX];
	size_t count = collect(p, ids);
	int err = 0;

	for (size_t i = 0; i < p->n_held && !err; i++)
		if (!has(ids, count, p->held[i]))
			err = guard_hold(p->guard, p->held[i], 0);
	for (size_t i = 0; i < count && !err; i++)
		err = guard_hold(p->guard, ids[i], HOLD_MS);
	memcpy(p->held, ids, count * sizeof(*ids));
	p->n_held = count;
	return err;
}

static bool is_contended(const struct pacer *p)
{
	for (size_t i = 0; i < p->n_devices; i++)
		if (pace_active(&p->devices[i].model) > 1)
			return true;
	return false;
}

static int step(struct pacer *p)
{
	struct headgate_flows flows;
	int64_t now = now_ns();
	int err = 0;

	if (!p->refreshed_ns || now - p->refreshed_ns >= (p->stranger ? REFRESH_SOON_NS : REFRESH_NS))
		err = refresh(p, now);
	if (!err)
		err = headgate_flow_dump(p->client, &flows);
	if (err)
		return err;
	err = step_devices(p, now, &flows);
	headgate_flows_free(&flows);
	return err ?: carry_out(p);
}

static int on_tick(sd_event_source *source, uint64_t usec, void *data)
{
	struct pacer *p = data;
	int err = step(p);

	(void)usec;
	/* A dump that a change has interrupted, or a moment without memory: deadlines thaw. */
	if (err && err != -EAGAIN && err != -ENOMEM && err != -EPIPE) {
		log_error("cannot read the ledger (%s): nothing is paced until headgated is reloaded",
			  strerror(-err));
		pacer_stop(p);
		return 0;
	}
	sd_event_source_set_time_relative(source, (is_contended(p) ? PACE_TICK_NS : PACE_IDLE_TICK_NS) / 1000);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* ---- life ---- */

static int on_guard_died(sd_event_source *source, int fd, uint32_t revents, void *data);

static int begin(struct pacer *p)
{
	int err = guard_start(&p->guard, &frozen_host);

	if (!err)
		err = sd_event_add_io(p->event, &p->guard_source, guard_fd(p->guard), EPOLLIN,
				      on_guard_died, p);
	if (err >= 0)
		err = sd_event_add_time_relative(p->event, &p->timer, CLOCK_MONOTONIC, 0, USEC_PER_MS,
						 on_tick, p);
	if (err < 0)
		return err;
	log_debug("process %d freezes agents and thaws them", guard_pid(p->guard));
	return 0;
}

static int on_guard_died(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct pacer *p = data;

	(void)source;
	(void)fd;
	(void)revents;
	log_warning("the process that freezes agents died; pacing begins anew");
	pacer_start(p, p->client, p->config);
	return 0;
}

int pacer_new(struct pacer **pacer, sd_event *event, const struct devices *present)
{
	struct pacer *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->held = calloc(GUARD_HOLDS_MAX, sizeof(*p->held));
	if (!p->held) {
		free(p);
		return -ENOMEM;
	}
	p->event = sd_event_ref(event);
	p->present = present;
	*pacer = p;
	return 0;
}

void pacer_free(struct pacer *pacer)
{
	if (!pacer)
		return;
	pacer_stop(pacer);
	sd_event_unref(pacer->event);
	free(pacer->held);
	free(pacer);
}

void pacer_stop(struct pacer *pacer)
{
	if (!pacer || !pacer->client)
		return;
	pacer->timer = sd_event_source_disable_unref(pacer->timer);
	pacer->guard_source = sd_event_source_disable_unref(pacer->guard_source);
	guard_stop(&pacer->guard);
	for (size_t i = 0; i < pacer->n_devices; i++)
		pace_free(&pacer->devices[i].model);
	free(pacer->devices);
	pacer->devices = NULL;
	pacer->n_devices = 0;
	pacer->n_held = 0;
	headgate_agents_free(&pacer->agents);
	free(pacer->own);
	pacer->own = NULL;
	pacer->refreshed_ns = 0;
	pacer->client = NULL;
	pacer_thaw_left(0); /* should the guard have been killed */
}

void pacer_devices_changed(struct pacer *pacer)
{
	if (!pacer || !pacer->client)
		return;
	pacer->refreshed_ns = 0;
	sd_event_source_set_time_relative(pacer->timer, 0);
	sd_event_source_set_enabled(pacer->timer, SD_EVENT_ONESHOT);
}

static bool paces_any(const struct headgate_config *config)
{
	for (size_t i = 0; i < config->n_drivers; i++)
		if (headgate_config_paces(config, config->drivers[i].driver->name))
			return true;
	return false;
}

void pacer_start(struct pacer *pacer, struct headgate_client *client,
		 const struct headgate_config *config)
{
	int err;

	pacer_stop(pacer);
	if (!paces_any(config))
		return;
	pacer->client = client;
	pacer->config = config;
	err = begin(pacer);
	if (!err)
		return;
	log_error("cannot pace: %s", strerror(-err));
	pacer_stop(pacer);
}

bool pacer_same(const struct headgate_config *a, const struct headgate_config *b)
{
	const struct headgate_driver *driver = NULL;

	while ((driver = headgate_driver_next(driver)))
		if (headgate_config_paces(a, driver->name) != headgate_config_paces(b, driver->name))
			return false;
	return true;
}

void pacer_publish(const struct headgate_config *config)
{
	const struct headgate_driver *driver = NULL;
	FILE *file;

	unlink(PACED_FILE);
	if (!config || !paces_any(config))
		return;
	file = fopen(PACED_FILE ".new", "we");
	while (file && (driver = headgate_driver_next(driver)))
		if (headgate_config_paces(config, driver->name))
			fprintf(file, "%s\n", driver->name);
	if (!file || fclose(file) || rename(PACED_FILE ".new", PACED_FILE))
		log_warning(PACED_FILE ": %s", strerror(errno));
}

int pacer_thaw_left(int wait_ms)
{
	int thawed = frozen_thaw_all(&frozen_host, wait_ms);

	if (thawed > 0)
		log_notice("thawed %d cgroups that a headgated before had frozen", thawed);
	else if (thawed < 0)
		log_error("%s: %s", frozen_host.list,
			  thawed == -EWOULDBLOCK ? "headgated is pacing, and thaws by itself" :
						   strerror(-thawed));
	return thawed < 0 ? thawed : 0;
}
