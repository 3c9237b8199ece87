// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Jobs of agents as evidence.  An agent may do longer jobs at any time, and that is its affair.
 * What several do at one moment and by one factor is the device's.
 */
#include "health_flows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"

#define NS_PER_S	UINT64_C(1000000000)
/* Who has had no job for so long says nothing of now. */
#define ACTIVE_NS	(5 * NS_PER_S)
/* So many agents, whose jobs got longer within that time and by factors no further apart. */
#define AGENTS_MIN	3
#define MOMENT_NS	(3 * NS_PER_S)
#define FACTORS_APART	1.1
/* After that what an agent does is its new kind of work. */
#define EXPLAINED_NS	(10 * NS_PER_S)
#define ACCEPTED_NS	(60 * NS_PER_S)
/* And what all of them do at last. */
#define TOGETHER_NS	(600 * NS_PER_S)

static int compare(const void *a, const void *b)
{
	const struct headgate_health_flow *one = a, *other = b;

	if (one->agent_id != other->agent_id)
		return one->agent_id < other->agent_id ? -1 : 1;
	return (one->lane_id > other->lane_id) - (one->lane_id < other->lane_id);
}

static const struct headgate_health_device *device_of(const struct headgate_health *health, uint32_t id)
{
	for (size_t i = 0; i < health->n_devices; i++)
		if (health->devices[i].id == id)
			return &health->devices[i];
	return NULL;
}

static void judge_flow(struct headgate_health_flow *flow, const struct headgate_health_look *look)
{
	const struct headgate_series *series = &flow->series;

	/* What is slower stays so down to a part of that, as devices do. */
	double limit = flow->slower_ns ? 1 + (look->limits.degraded - 1) * 2 / 3 : look->limits.degraded;

	if (!headgate_series_judges(series) || (!flow->slower_ns && !headgate_series_exceeds(series)) ||
	    headgate_series_above(series, limit) < HEADGATE_SERIES_AGREE)
		flow->slower_ns = 0;
	else if (!flow->slower_ns)
		flow->slower_ns = look->now_ns;
}

static void sample(struct headgate_health_flow *flow, const struct headgate_flow *now, bool learn,
		   const struct headgate_health_look *look)
{
	/* A count that fell back is of another module. */
	if (now->jobs > flow->jobs && now->busy_ns > flow->busy_ns) {
		double time = (double)(now->busy_ns - flow->busy_ns) / (double)(now->jobs - flow->jobs);

		headgate_series_add(&flow->series, HEADGATE_SERIES_ALONE, time, learn);
		flow->last_ns = look->now_ns;
		judge_flow(flow, look);
	}
	flow->busy_ns = now->busy_ns;
	flow->jobs = now->jobs;
}

int health_flows_look(struct headgate_health *health, const struct headgate_health_look *look)
{
	struct headgate_health_flow *fresh = calloc(look->flows->count + 1, sizeof(*fresh));
	size_t count = 0;

	if (!fresh)
		return -ENOMEM;
	for (size_t i = 0; i < look->flows->count; i++) {
		const struct headgate_flow *now = &look->flows->items[i];
		const struct headgate_health_device *device = device_of(health, now->device_id);
		struct headgate_health_flow flow = {
			.agent_id = now->agent_id, .lane_id = now->lane_id, .device_id = now->device_id,
			.busy_ns = now->busy_ns, .jobs = now->jobs,
		};
		const struct headgate_health_flow *before;

		if (!now->agent_id || now->gone || !device)
			continue;
		before = health->n_flows ? bsearch(&flow, health->flows, health->n_flows, sizeof(flow), compare)
					 : NULL;
		if (before && before->device_id == flow.device_id) {
			flow = *before;
			sample(&flow, now, device->state == HEADGATE_HEALTH_OK, look);
		}
		flow.busy = now->waiting || now->outstanding;
		fresh[count++] = flow;
	}
	qsort(fresh, count, sizeof(*fresh), compare);
	free(health->flows);
	health->flows = fresh;
	health->n_flows = count;
	return 0;
}

/* What has to be accepted as another kind of work. */
static void accept(struct headgate_health *health, const struct headgate_health_device *device,
		   uint64_t after_ns, uint64_t now_ns)
{
	for (size_t i = 0; i < health->n_flows; i++) {
		struct headgate_health_flow *flow = &health->flows[i];

		if (flow->device_id != device->id || !flow->slower_ns || now_ns - flow->slower_ns < after_ns)
			continue;
		memset(&flow->series, 0, sizeof(flow->series));
		flow->slower_ns = 0;
	}
}

struct health_evidence health_flows_judge(struct headgate_health *health,
					  const struct headgate_health_device *device, bool witness,
					  const struct headgate_health_look *look)
{
	struct health_evidence none = { 0 }, found = { HEADGATE_HEALTH_DEGRADED, HEADGATE_HEALTH_TOGETHER, 0 };
	uint64_t agent_id = 0, first_ns = UINT64_MAX, last_ns = 0;
	double least = 0, most = 0;
	size_t agents = 0;
	bool all = true;

	for (size_t i = 0; i < health->n_flows; i++) {
		const struct headgate_health_flow *flow = &health->flows[i];
		double factor;

		if (flow->device_id != device->id || look->now_ns - flow->last_ns > ACTIVE_NS ||
		    !headgate_series_judges(&flow->series))
			continue;
		all = all && flow->slower_ns;
		if (!flow->slower_ns)
			continue;
		factor = headgate_series_factor(&flow->series);
		least = !agents || factor < least ? factor : least;
		most = factor > most ? factor : most;
		first_ns = flow->slower_ns < first_ns ? flow->slower_ns : first_ns;
		last_ns = flow->slower_ns > last_ns ? flow->slower_ns : last_ns;
		agents += flow->agent_id != agent_id;
		agent_id = flow->agent_id;
	}
	if (!witness && all && agents >= AGENTS_MIN && last_ns - first_ns <= MOMENT_NS &&
	    most <= least * FACTORS_APART && look->now_ns - first_ns <= TOGETHER_NS) {
		found.factor = least;
		return found;
	}
	accept(health, device, witness ? EXPLAINED_NS : ACCEPTED_NS, look->now_ns);
	return none;
}
