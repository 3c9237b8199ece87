// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who can wait is an agent of class batch that works on the device.  Of a tree it is the highest
 * whose whole subtree can wait: a weight counts among siblings.  Probes and what is above them
 * are left alone, or nobody would see that the device is well again.
 */
#include "acts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "by_id.h"

#define NS_PER_S	UINT64_C(1000000000)
/* Who has had no job on the device for so long does not work there. */
#define WORKS_NS	(60 * NS_PER_S)

static bool reaches(const struct headgate_health_device *device, enum headgate_health_state state)
{
	return state != HEADGATE_HEALTH_OK && device->state >= state;
}

/* ---- sets of ids ---- */

static int compare(const void *a, const void *b)
{
	const uint64_t *one = a, *other = b;

	return (*one > *other) - (*one < *other);
}

static bool has(const uint64_t *ids, size_t count, uint64_t id)
{
	return count && bsearch(&id, ids, count, sizeof(id), compare);
}

static int add(uint64_t **ids, size_t *count, uint64_t id)
{
	uint64_t *more = reallocarray(*ids, *count + 1, sizeof(id));

	if (!more)
		return -ENOMEM;
	*ids = more;
	more[(*count)++] = id;
	return 0;
}

/* ---- agents ---- */

struct plan {
	const struct acts_look *look;
	const struct headgate_health_device *device;
	struct acts_device *acts;
	struct overrides *overrides;
	bool *spared;			/* of each agent: it or one below it must not wait */
	bool served;			/* somebody works there who gains by others' pause */
	uint64_t *done;			/* on whom something is laid this time */
	size_t n_done;
};

static const struct headgate_agent *find(const struct plan *p, uint64_t id)
{
	const struct headgate_agents *agents = p->look->agents;

	return id ? headgate_by_id_find(agents->items, agents->count, sizeof(*agents->items), id) : NULL;
}

static bool *spared(const struct plan *p, const struct headgate_agent *agent)
{
	return &p->spared[agent - p->look->agents->items];
}

static void spare(struct plan *p, const struct headgate_agent *agent)
{
	/* A tree of the module has an end; what is read of it while it changes may not. */
	for (size_t i = 0; agent && i <= p->look->agents->count && !*spared(p, agent); i++) {
		*spared(p, agent) = true;
		agent = find(p, agent->parent_id);
	}
}

static bool works(const struct plan *p, const struct headgate_health_flow *flow)
{
	return flow->device_id == p->device->id && flow->last_ns && p->look->now_ns - flow->last_ns <= WORKS_NS;
}

static void spare_all(struct plan *p)
{
	const struct headgate_health *health = p->look->health;

	for (size_t i = 0; i < health->n_flows; i++) {
		const struct headgate_agent *agent = find(p, health->flows[i].agent_id);

		if (!agent || agent->class != HEADGATE_CLASS_INTERACTIVE || !works(p, &health->flows[i]))
			continue;
		spare(p, agent);
		p->served = true;
	}
	for (size_t i = 0; i < health->n_devices; i++)
		for (size_t j = 0; j < health->devices[i].n_probes; j++)
			if (health->devices[i].probes[j].pid)
				spare(p, find(p, health->devices[i].probes[j].agent_id));
}

/* The highest agent whose whole subtree can wait; NULL: it cannot. */
static const struct headgate_agent *top_of(const struct plan *p, const struct headgate_agent *agent)
{
	const struct headgate_agent *above;

	if (agent->class != HEADGATE_CLASS_BATCH)
		return NULL;
	for (size_t i = 0; i <= p->look->agents->count; i++) {
		above = find(p, agent->parent_id);
		if (!above || above->class != HEADGATE_CLASS_BATCH || *spared(p, above))
			break;
		agent = above;
	}
	return agent;
}

/* ---- what is done ---- */

static void tell(struct plan *p, const struct headgate_agent *agent, const struct override *override)
{
	char text[5000], cap[48] = "";

	if (override->cap_ppm)
		snprintf(cap, sizeof(cap), ", at most %.4g %% of a device's time", override->cap_ppm / 1e4);
	snprintf(text, sizeof(text), "device %s is %s: agent %.4095s %s%s", p->device->name,
		 headgate_health_state_name(p->device->state), agent->path,
		 override->paused ? "is paused" : "is shed, it has the least weight", override->paused ? "" : cap);
	p->look->tell(text, false, p->look->data);
}

static int lay(struct plan *p, const struct headgate_agent *agent, const struct override *override)
{
	int ret;

	for (size_t i = 0; i < p->n_done; i++)
		if (p->done[i] == agent->id)
			return 0;
	ret = override_set(p->overrides, agent->id, OVERRIDE_BROWNOUT, p->device->name, override);
	if (!ret)
		ret = add(&p->done, &p->n_done, agent->id);
	if (!ret && !has(p->acts->agents, p->acts->n_agents, agent->id))
		tell(p, agent, override);
	return ret;
}

static int plan_flow(struct plan *p, const struct headgate_health_flow *flow)
{
	const struct headgate_config_brownout *config = p->look->config;
	const struct headgate_agent *agent = find(p, flow->agent_id), *top;
	struct override override = { 0 };

	if (!agent || *spared(p, agent))
		return 0;
	if (p->acts->drained && !has(p->acts->known, p->acts->n_known, agent->id))
		return lay(p, agent, &(struct override){ .paused = true });
	top = top_of(p, agent);
	/* Who is paused works no more, and stays paused. */
	if (!top || (!works(p, flow) && !has(p->acts->agents, p->acts->n_agents, top->id)))
		return 0;
	if (reaches(p->device, config->shed)) {
		override.weight = HEADGATE_WEIGHT_MIN;
		override.cap_ppm = config->shed_cap_ppm;
	}
	override.paused = p->served && reaches(p->device, config->pause);
	return override.weight || override.paused ? lay(p, top, &override) : 0;
}

static int drain(struct plan *p, const struct headgate_health *health)
{
	struct acts_device *acts = p->acts;
	int ret = 0;

	if (!reaches(p->device, p->look->config->drain)) {
		acts->drained = false;
		acts->n_known = 0;
		return 0;
	}
	if (acts->drained)
		return 0;
	for (size_t i = 0; i < health->n_flows && !ret; i++)
		if (health->flows[i].device_id == p->device->id)
			ret = add(&acts->known, &acts->n_known, health->flows[i].agent_id);
	/* They come in the order of ids. */
	acts->drained = !ret;
	if (ret)
		acts->n_known = 0;
	return ret;
}

static void tell_over(struct plan *p, size_t count)
{
	char text[256];

	snprintf(text, sizeof(text), "device %s is %s: %zu agent%s as the policy has %s again", p->device->name,
		 headgate_health_state_name(p->device->state), count, count == 1 ? " is" : "s are",
		 count == 1 ? "it" : "them");
	p->look->tell(text, true, p->look->data);
}

static struct acts_device *acts_of(struct acts *acts, const char *name)
{
	struct acts_device *devices;

	for (size_t i = 0; i < acts->n_devices; i++)
		if (!strcmp(acts->devices[i].name, name))
			return &acts->devices[i];
	devices = reallocarray(acts->devices, acts->n_devices + 1, sizeof(*devices));
	if (!devices)
		return NULL;
	acts->devices = devices;
	devices += acts->n_devices++;
	*devices = (struct acts_device){ 0 };
	strcpy(devices->name, name);
	return devices;
}

static int plan_device(struct acts *acts, const struct acts_look *look,
		       const struct headgate_health_device *device, struct overrides *overrides)
{
	const struct headgate_health *health = look->health;
	struct plan p = { .look = look, .device = device, .overrides = overrides };
	size_t before;
	int ret;

	p.acts = acts_of(acts, device->name);
	p.spared = calloc(look->agents->count + 1, sizeof(*p.spared));
	ret = p.acts && p.spared ? 0 : -ENOMEM;
	if (!ret)
		ret = drain(&p, health);
	if (!ret)
		spare_all(&p);
	for (size_t i = 0; i < health->n_flows && !ret; i++)
		if (health->flows[i].device_id == device->id)
			ret = plan_flow(&p, &health->flows[i]);
	free(p.spared);
	if (ret) {
		free(p.done);
		return ret;
	}
	before = p.acts->n_agents;
	free(p.acts->agents);
	p.acts->agents = p.done;
	p.acts->n_agents = p.n_done;
	if (p.n_done)
		qsort(p.done, p.n_done, sizeof(*p.done), compare);
	if (before && !p.n_done)
		tell_over(&p, before);
	return 0;
}

int acts_plan(struct acts *acts, const struct acts_look *look, struct overrides *overrides)
{
	int ret = 0;

	overrides_begin(overrides, OVERRIDE_BROWNOUT);
	for (size_t i = 0; i < look->health->n_devices && !ret; i++)
		if (look->health->devices[i].id)
			ret = plan_device(acts, look, &look->health->devices[i], overrides);
	/* Without memory nobody is let go. */
	if (!ret)
		overrides_end(overrides, OVERRIDE_BROWNOUT);
	return ret;
}

bool acts_kills(const struct headgate_config_brownout *config, const struct headgate_stall *stall, uint64_t now_ns)
{
	/* Who is no agent is not headgate's to kill. */
	return config->kill_after_ns && stall->kind == HEADGATE_STALL_KIND_JOB && stall->agent_id && stall->pid &&
	       now_ns >= stall->since_ns + stall->deadline_ns + config->kill_after_ns;
}

const struct headgate_health_device *acts_instead(const struct headgate_health *health)
{
	const struct headgate_health_device *best = NULL;

	for (size_t i = 0; i < health->n_devices; i++) {
		const struct headgate_health_device *device = &health->devices[i];

		if (device->id && device->state == HEADGATE_HEALTH_OK && (!best || device->load < best->load))
			best = device;
	}
	return best;
}

void acts_free(struct acts *acts)
{
	for (size_t i = 0; i < acts->n_devices; i++) {
		free(acts->devices[i].agents);
		free(acts->devices[i].known);
	}
	free(acts->devices);
	*acts = (struct acts){ 0 };
}
