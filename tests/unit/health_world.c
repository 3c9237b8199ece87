// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "health_world.h"

static void tell(const struct headgate_health_device *device, enum headgate_health_state before,
		 void *data)
{
	struct world *w = data;
	size_t used = strlen(w->told);

	(void)before;
	snprintf(w->told + used, sizeof(w->told) - used, "%s:%s ",
		 headgate_health_state_name(device->state),
		 headgate_health_reason_name(device->reason));
}

void begin(struct world *w, size_t agents)
{
	*w = (struct world){ .dice = { 1, 2, 3 }, .now_ns = 1000 * S, .slow = 1, .probe_every = 1 };
	for (w->n_agents = 0; w->n_agents < agents; w->n_agents++)
		w->agents[w->n_agents] = (struct agent){
			20 + w->n_agents, (8 + (double)w->n_agents) * MS,
		};
}

void end(struct world *w)
{
	headgate_health_clear(&w->health);
}

static double noise(struct world *w)
{
	return 1 + 0.04 * (erand48(w->dice) - 0.5);
}

static void work(struct headgate_flow *flow, uint64_t agent_id, uint64_t jobs, double job_ns)
{
	flow->agent_id = agent_id;
	flow->lane_id = LANE;
	flow->device_id = DEVICE;
	flow->jobs += jobs;
	flow->busy_ns += (uint64_t)((double)jobs * job_ns);
}

static void run_probe(struct world *w)
{
	struct headgate_health_device *device = headgate_health_get(&w->health, "gpu");
	struct headgate_probe *probe;

	assert_int_equal(headgate_probe_get(device, "p", &probe), 0);
	if (!w->begun_ns) {
		headgate_probe_begins(probe, 55, PROBE_AGENT, 2 * S, w->now_ns);
		w->begun_ns = w->now_ns;
	}
	if (w->stuck || w->waits)
		return;
	if (!w->timed)
		work(&w->flows[0], PROBE_AGENT, 1, 2 * MS * w->slow * noise(w));
	headgate_probe_ends(device, probe, w->outcome,
			    w->timed ? (uint64_t)(2 * MS * w->slow * noise(w)) : 0, w->now_ns);
	w->begun_ns = 0;
}

const char *pass(struct world *w, int seconds)
{
	w->told[0] = '\0';
	for (; seconds > 0; seconds--) {
		struct headgate_device item = { .id = DEVICE, .name = "gpu" };
		struct headgate_devices devices = { &item, !w->unseen };
		struct headgate_lane lane = { .id = LANE, .device_id = DEVICE };
		struct headgate_lanes lanes = { &lane, 1 };
		struct headgate_flows flows = { w->flows, w->n_agents + 1 };
		struct headgate_job job = { .lane_id = LANE, .device_id = DEVICE };
		struct headgate_jobs jobs = { &job, w->stuck || w->n_agents };
		struct headgate_health_look look = {
			.devices = &devices, .lanes = &lanes, .flows = &flows, .jobs = &jobs,
			.stalls = &w->stalls,
			.limits = {
				HEADGATE_HEALTH_DEGRADED_DEFAULT, HEADGATE_HEALTH_BROWN_DEFAULT,
			},
			.tell = tell, .data = w,
		};

		w->now_ns += S;
		work(&w->flows[0], PROBE_AGENT, 0, 0);
		for (size_t i = 0; i < w->n_agents; i++)
			work(&w->flows[i + 1], i + 1, w->stuck ? 0 : w->agents[i].jobs,
			     w->agents[i].job_ns * w->slow * noise(w));
		if (w->probe_every && w->now_ns / S % w->probe_every == 0)
			run_probe(w);
		job.agent_id = w->stuck ? PROBE_AGENT : 1;
		job.pid = w->stuck ? 55 : 77;
		job.run_at_ns = w->now_ns - (w->waits ? 50 * S : 100 * MS);
		if (w->stuck)
			job.run_at_ns = w->begun_ns;
		for (size_t i = 0; i <= w->n_agents; i++) {
			lane.jobs += w->flows[i].jobs;
			lane.busy_ns += w->flows[i].busy_ns;
		}
		look.now_ns = w->now_ns;
		look.now_s = (int64_t)(w->now_ns / S);
		assert_int_equal(headgate_health_look(&w->health, &look), 0);
	}
	return w->told;
}
