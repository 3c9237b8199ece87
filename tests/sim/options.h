/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HEADGATE_SIM_OPTIONS_H
#define HEADGATE_SIM_OPTIONS_H

#include "scenario.h"

#define MAX_SIZES	16

/**
 * struct options - the command line
 * @scenario: what all runs have in common
 * @agents: numbers of agents, ascending
 * @nr_agents: how many of them
 * @workloads: bit n: enum sim_workload n
 * @rounds: each run so many times, to find the least wall time; 0: once, no time
 * @json: instead of a table
 */
struct options {
	struct sim_scenario scenario;
	unsigned int agents[MAX_SIZES];
	unsigned int nr_agents;
	unsigned int workloads;
	unsigned int rounds;
	bool json;
};

extern const char *const workload_names[SIM_WORKLOADS];

/* Exits with status 2 where it makes no sense, saying why. */
void options_parse(struct options *o, int argc, char **argv);

#endif
