// SPDX-License-Identifier: GPL-2.0
/*
 * Agents, their tree, their weights and what they submit, on the tests' model of
 * a lane. Lanes have nothing in common but caps, which are not simulated, so
 * they are run one after another.
 */
#include "lane_model.h"
#include "scenario.h"
#include "shares.h"

/* Mean costs, of a deep agent and of a decode loop. */
static const u64 deep_costs[] = { MS / 2, 2 * MS, 4 * MS, 10 * MS };
#define LOOP_COST	(MS / 2)
/* What counts comes after a tenth of the jobs: all have come, and estimates are learnt. */
#define WARM_UP_PART	10

static u32 draw_weight(u64 *random, enum sim_weights kind)
{
	static const u32 decades[] = { 1, 10, 100, 1000 };
	u64 r = model_random(random);

	if (kind == SIM_EQUAL)
		return QUEUE_WEIGHT_DEFAULT;
	return (1 + r % 9) * decades[(r >> 32) % 4];
}

/* The fewest children of each that make a tree of @agents in @depth levels. */
static unsigned int fan_out(unsigned int agents, unsigned int depth)
{
	unsigned int k;

	for (k = 1; ; k++) {
		u64 level = 1, room = 0;
		unsigned int d;

		for (d = 0; d < depth && room < agents; d++) {
			level *= k;
			room += level;
		}
		if (room >= agents)
			return k;
	}
}

/* Level by level: the first agents are at the top. */
static void make_agents(struct model *m, const struct sim_scenario *s, u64 *random)
{
	unsigned int i, k = fan_out(s->agents, s->depth);

	for (i = 0; i < s->agents; i++)
		model_agent(m, s->depth > 1 && i >= k ? &m->agents[i / k - 1] : NULL,
			    draw_weight(random, s->weights),
			    model_random(random) % 4 ? SLICE_BATCH : SLICE_INTERACTIVE);
}

/*
 * Loops think so long that all of them together would just fill the lane: then
 * they come and go at the highest rate. Periodic agents ask for a sixth of it.
 */
static void submit(struct model *m, const struct sim_scenario *s, unsigned int i, u64 *random)
{
	u64 r = model_random(random), lap = s->agents * LOOP_COST;
	struct submitter by = {
		.agent = &m->agents[i],
		.kind = SUBMIT_SYNC,
		.cost_kind = s->cost,
		.cost = LOOP_COST,
		.think = lap / 2 + r % lap,
	};

	if (s->workload == SIM_DEEP || (s->workload == SIM_MIXED && i % 3 == 0)) {
		by.kind = SUBMIT_DEEP;
		by.cost = deep_costs[r % (sizeof(deep_costs) / sizeof(*deep_costs))];
		by.think = 0;
	} else if (s->workload == SIM_MIXED && i % 3 == 1) {
		by.kind = SUBMIT_PERIODIC;
		by.think = 2 * lap;
	}
	model_submit(m, by, by.think ? r % by.think : 0);
}

static void run_until(struct model *m, u64 grants)
{
	while (m->grants < grants && model_step(m, U64_MAX))
		;
}

static void run_lane(const struct sim_scenario *s, u64 seed, u64 jobs, struct sim_outcome *o)
{
	struct model *m = model_new_for(seed, s->agents);
	/* The tree and its weights are the same on all lanes. */
	u64 random = s->seed;
	unsigned int i;

	make_agents(m, s, &random);
	random = seed;
	for (i = 0; i < s->agents; i++)
		submit(m, s, i, &random);
	model_run(m, m->now);	/* deep ones all come at the start */
	run_until(m, jobs / WARM_UP_PART);
	o->counted -= m->grants;
	price_forget(o->prices);
	if (s->workload == SIM_DEEP)
		shares_watch(m, s->depth);
	run_until(m, jobs);
	o->grants += m->grants;
	o->counted += m->grants;
	o->digest = (o->digest ^ m->digest) * 0x100000001b3ULL;
	memcpy(o->prices, prices, sizeof(prices));
	if (s->workload == SIM_DEEP)
		shares_end(m, &o->shares);
	model_free(m);
	/* The drain is not what is simulated. */
	memcpy(prices, o->prices, sizeof(prices));
}

/**
 * sim_run() - simulate
 * @s: what
 * @o: filled
 */
void sim_run(const struct sim_scenario *s, struct sim_outcome *o)
{
	unsigned int i;

	memset(o, 0, sizeof(*o));
	memset(prices, 0, sizeof(prices));
	for (i = 0; i < s->lanes; i++)
		run_lane(s, s->seed + i, s->jobs / s->lanes, o);
	o->bytes = sizeof(struct queue_flow) + (double)sizeof(struct queue_cap) / s->lanes;
}
