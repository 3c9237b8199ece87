// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who can wait is an agent of class batch that works on the device.  Of a tree it is the highest
 * whose whole subtree can wait: a weight counts among siblings, and a pause is for all below.
 * Probes and what is above them are left alone, or nobody would see that the device is well again.
 *
 * Agents' own jobs are no reason to do something to others: who has three agents could have all
 * others shed.
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
/* A probe that comes for each run is one while it is away. */
#define PROBE_NS	(60 * NS_PER_S)

enum { SPARED_INTERACTIVE = 1, SPARED_PROBE = 2 };

struct plan {
	const struct acts_look *look;
	const struct headgate_health_device *device;
	struct acts_device *acts;
	unsigned char *spared;		/* of each agent: it or one below it must not wait */
	struct override *laid;		/* of each agent */
	bool served;			/* somebody works there who gains by others' pause */
};

static bool reaches(const struct headgate_health_device *device, enum headgate_health_state state)
{
	return state != HEADGATE_HEALTH_OK && device->id && device->state >= state &&
	       device->reason != HEADGATE_HEALTH_TOGETHER;
}

/* ---- agents ---- */

static const struct headgate_agent *find(const struct plan *p, uint64_t id)
{
	const struct headgate_agents *agents = p->look->agents;

	return id ? headgate_by_id_find(agents->items, agents->count, sizeof(*agents->items), id) : NULL;
}

static size_t place(const struct plan *p, const struct headgate_agent *agent)
{
	return (size_t)(agent - p->look->agents->items);
}

static void spare(struct plan *p, const struct headgate_agent *agent, unsigned char why)
{
	/* A tree of the module has an end; what is read of it while it changes may not. */
	for (size_t i = 0; agent && i <= p->look->agents->count; i++) {
		if (p->spared[place(p, agent)] & why)
			return;
		p->spared[place(p, agent)] |= why;
		agent = find(p, agent->parent_id);
	}
}

static bool works(const struct plan *p, const struct headgate_health_flow *flow)
{
	return flow->device_id == p->device->id &&
	       (flow->busy || (flow->last_ns && p->look->now_ns - flow->last_ns <= WORKS_NS));
}

static void spare_all(struct plan *p)
{
	const struct headgate_agents *agents = p->look->agents;
	const struct headgate_health *health = p->look->health;

	for (size_t i = 0; i < agents->count; i++)
		if (agents->items[i].class == HEADGATE_CLASS_INTERACTIVE)
			spare(p, &agents->items[i], SPARED_INTERACTIVE);
	for (size_t i = 0; i < health->n_flows && !p->served; i++) {
		const struct headgate_agent *agent = find(p, health->flows[i].agent_id);

		p->served = agent && agent->class == HEADGATE_CLASS_INTERACTIVE && works(p, &health->flows[i]);
	}
	for (size_t i = 0; i < health->n_devices; i++) {
		for (size_t j = 0; j < health->devices[i].n_probes; j++) {
			const struct headgate_probe *probe = &health->devices[i].probes[j];

			if (probe->pid || (probe->ended_ns && p->look->now_ns - probe->ended_ns <= PROBE_NS))
				spare(p, find(p, probe->agent_id), SPARED_PROBE);
		}
	}
}

/* The highest agent whose whole subtree can wait; NULL: it cannot. */
static const struct headgate_agent *top_of(const struct plan *p, const struct headgate_agent *agent)
{
	const struct headgate_agent *top = NULL;

	for (size_t i = 0; agent && i <= p->look->agents->count; i++) {
		if (agent->class != HEADGATE_CLASS_BATCH || p->spared[place(p, agent)])
			break;
		top = agent;
		agent = find(p, agent->parent_id);
	}
	return top;
}

/* ---- the plan ---- */

static int compare(const void *a, const void *b)
{
	const uint64_t *one = a, *other = b; /* the id is first */

	return (*one > *other) - (*one < *other);
}

static const struct acts_agent *laid_before(const struct plan *p, uint64_t id)
{
	return p->acts->n_agents ? bsearch(&id, p->acts->agents, p->acts->n_agents, sizeof(*p->acts->agents),
					   compare) : NULL;
}

static bool is_known(const struct plan *p, uint64_t id)
{
	return p->acts->n_known && bsearch(&id, p->acts->known, p->acts->n_known, sizeof(id), compare);
}

static void lay(struct plan *p, const struct headgate_agent *agent, const struct override *override)
{
	override_add(&p->laid[place(p, agent)], override);
}

static void plan_flow(struct plan *p, const struct headgate_health_flow *flow)
{
	const struct headgate_config_brownout *config = p->look->config;
	const struct headgate_agent *agent = find(p, flow->agent_id), *top;
	struct override override = { 0 };

	if (!agent)
		return;
	if (p->acts->drained && !is_known(p, agent->id) && !(p->spared[place(p, agent)] & SPARED_PROBE))
		lay(p, agent, &(struct override){ .paused = true });
	top = top_of(p, agent);
	/* Who is paused works no more, and stays paused. */
	if (!top || (!works(p, flow) && !laid_before(p, top->id)))
		return;
	if (reaches(p->device, config->shed)) {
		override.weight = HEADGATE_WEIGHT_MIN;
		override.cap_ppm = config->shed_cap_ppm;
	}
	override.paused = p->served && reaches(p->device, config->pause);
	lay(p, top, &override);
}

static int drain(struct plan *p)
{
	const struct headgate_health *health = p->look->health;
	struct acts_device *acts = p->acts;
	uint64_t *known;

	if (!reaches(p->device, p->look->config->drain)) {
		acts->drained = false;
		acts->n_known = 0;
		return 0;
	}
	if (acts->drained)
		return 0;
	known = reallocarray(acts->known, health->n_flows + 1, sizeof(*known));
	if (!known)
		return -ENOMEM;
	acts->known = known;
	acts->n_known = 0;
	/* They come in the order of ids. */
	for (size_t i = 0; i < health->n_flows; i++)
		if (health->flows[i].device_id == p->device->id)
			known[acts->n_known++] = health->flows[i].agent_id;
	acts->drained = true;
	return 0;
}

/* ---- telling ---- */

static void tell(const struct plan *p, const struct headgate_agent *agent, const struct override *override)
{
	char text[5000], cap[48] = "";

	if (override->cap_ppm)
		snprintf(cap, sizeof(cap), ", at most %.4g %% of a device's time", override->cap_ppm / 1e4);
	snprintf(text, sizeof(text), "device %s is %s: agent %.4095s %s%s", p->device->name,
		 headgate_health_state_name(p->device->state), agent->path,
		 override->paused ? "is paused" : "is shed, it has the least weight", override->paused ? "" : cap);
	p->look->tell(text, agent, false, p->look->data);
}

static void tell_count(const struct plan *p, size_t count, bool over)
{
	char text[256];

	if (!count)
		return;
	if (over)
		snprintf(text, sizeof(text), "device %s is %s: %zu agent%s as the policy has %s again", p->device->name,
			 p->device->id ? headgate_health_state_name(p->device->state) : "gone", count,
			 count == 1 ? " is" : "s are", count == 1 ? "it" : "them");
	else
		snprintf(text, sizeof(text), "device %s is %s: %zu more agent%s shed or paused", p->device->name,
			 headgate_health_state_name(p->device->state), count, count == 1 ? " is" : "s are");
	p->look->tell(text, NULL, over, p->look->data);
}

static bool is_same(const struct override *a, const struct override *b)
{
	return a->weight == b->weight && a->cap_ppm == b->cap_ppm && a->paused == b->paused;
}

static bool is_any(const struct override *override)
{
	return override->weight || override->cap_ppm || override->paused;
}

/* Those that are laid on now, of which those are told that are new or others. */
static int carry_out(struct plan *p, struct overrides *overrides)
{
	const struct headgate_agents *agents = p->look->agents;
	struct acts_agent *now = calloc(agents->count + 1, sizeof(*now));
	size_t count = 0, told = 0, stayed = 0;
	int ret = now ? 0 : -ENOMEM;

	for (size_t i = 0; i < agents->count && !ret; i++) {
		const struct headgate_agent *agent = &agents->items[i];
		const struct acts_agent *before = laid_before(p, agent->id);

		if (!is_any(&p->laid[i]))
			continue;
		ret = override_set(overrides, agent->id, OVERRIDE_BROWNOUT, p->device->name, &p->laid[i]);
		now[count++] = (struct acts_agent){ agent->id, p->laid[i] };
		stayed += !!before;
		if (!ret && !(before && is_same(&before->override, &p->laid[i])) && told++ < ACTS_TOLD_MAX)
			tell(p, agent, &p->laid[i]);
	}
	if (ret) {
		free(now);
		return ret;
	}
	tell_count(p, told > ACTS_TOLD_MAX ? told - ACTS_TOLD_MAX : 0, false);
	tell_count(p, p->acts->n_agents - stayed, true);
	free(p->acts->agents);
	p->acts->agents = now;
	p->acts->n_agents = count;
	return 0;
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

/* Of one that is gone too: what was done there is taken back. */
static int plan_device(struct acts *acts, const struct acts_look *look,
		       const struct headgate_health_device *device, struct overrides *overrides)
{
	const struct headgate_health *health = look->health;
	struct plan p = { .look = look, .device = device, .acts = acts_of(acts, device->name) };
	int ret;

	p.spared = calloc(look->agents->count + 1, sizeof(*p.spared));
	p.laid = calloc(look->agents->count + 1, sizeof(*p.laid));
	ret = p.acts && p.spared && p.laid ? drain(&p) : -ENOMEM;
	if (!ret) {
		spare_all(&p);
		for (size_t i = 0; i < health->n_flows && device->id; i++)
			if (health->flows[i].device_id == device->id)
				plan_flow(&p, &health->flows[i]);
		ret = carry_out(&p, overrides);
	}
	free(p.spared);
	free(p.laid);
	return ret;
}

int acts_plan(struct acts *acts, const struct acts_look *look, struct overrides *overrides)
{
	int ret = 0;

	overrides_begin(overrides, OVERRIDE_BROWNOUT);
	for (size_t i = 0; i < look->health->n_devices && !ret; i++)
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

/* Whether to take it rather than the best so far.  Of one that the module does not see the load is not known. */
static bool is_better(const struct headgate_health_device *device, const struct headgate_health_device *best)
{
	if (!best)
		return true;
	if (!device->id != !best->id)
		return device->id;
	return device->load < best->load;
}

const struct headgate_health_device *acts_instead(const struct headgate_health *health)
{
	const struct headgate_health_device *best = NULL;

	for (size_t i = 0; i < health->n_devices; i++) {
		const struct headgate_health_device *device = &health->devices[i];

		if (headgate_health_is_there(device) && device->state == HEADGATE_HEALTH_OK && is_better(device, best))
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
