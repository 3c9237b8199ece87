/* SPDX-License-Identifier: GPL-2.0 */
/* What is simulated, and what comes out. Times in ns. */
#ifndef HEADGATE_SIM_SCENARIO_H
#define HEADGATE_SIM_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

#include "price.h"

enum sim_workload {
	SIM_DEEP,	/* everybody always has a ticket waiting */
	SIM_DECODE,	/* everybody waits for its job, thinks, and submits the next */
	SIM_MIXED,	/* a third each: deep, decode, periodic */
	SIM_WORKLOADS,
};

enum sim_weights {
	SIM_EQUAL,
	SIM_RANDOM,	/* 1 to 9000, small ones as likely as large ones */
};

/**
 * struct sim_scenario - one run
 * @agents: number of agents; each has a flow on each lane
 * @lanes: number of lanes
 * @depth: levels of the tree of agents, 1: flat
 * @jobs: to be granted, over all lanes
 * @seed: of all that is random
 * @cost: enum cost_kind of the model
 */
struct sim_scenario {
	unsigned int agents;
	unsigned int lanes;
	unsigned int depth;
	uint64_t jobs;
	uint64_t seed;
	enum sim_workload workload;
	enum sim_weights weights;
	unsigned int cost;
};

/**
 * struct sim_shares - service against what is due, over all agents and lanes
 * @error: worst difference at the end, in points of the lane
 * @ahead: worst excess after a grant, as a part of the bound for that agent
 * @behind: worst lack before a grant, as a part of its bound
 * @lag_ns: worst of all lags
 */
struct sim_shares {
	double error;
	double ahead;
	double behind;
	double lag_ns;
};

/**
 * struct sim_outcome - what one run gives
 * @grants: jobs granted
 * @counted: those of them whose prices and shares count
 * @digest: of all grants
 * @prices: what the queue's calls have cost
 * @shares: of SIM_DEEP only: the theory speaks of no other
 * @bytes: of the queue's, for an agent on a lane
 */
struct sim_outcome {
	uint64_t grants;
	uint64_t counted;
	uint64_t digest;
	struct price prices[PRICE_CALLS];
	struct sim_shares shares;
	double bytes;
};

void sim_run(const struct sim_scenario *s, struct sim_outcome *o);

#endif
