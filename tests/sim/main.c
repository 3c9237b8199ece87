// SPDX-License-Identifier: GPL-2.0
/* headgate-sim: the queue of the module, with thousands of agents. See --help. */
#include <string.h>

#include "options.h"
#include "report.h"

/* The same run again: equal but for the wall time, of which the least is kept. */
static void keep_least_time(struct sim_outcome *least, const struct sim_outcome *again)
{
	unsigned int i;

	for (i = 0; i < PRICE_CALLS; i++)
		if (again->prices[i].ns < least->prices[i].ns)
			least->prices[i].ns = again->prices[i].ns;
}

/* Sizes in turn, so that what disturbs the machine disturbs all of them. */
static void run_sizes(const struct options *o, enum sim_workload w, struct sim_outcome *outcomes)
{
	struct sim_scenario s = o->scenario;
	unsigned int round, i, rounds = o->rounds ? o->rounds : 1;

	s.workload = w;
	for (round = 0; round < rounds; round++) {
		for (i = 0; i < o->nr_agents; i++) {
			struct sim_outcome now;

			s.agents = o->agents[i];
			sim_run(&s, &now);
			if (!round)
				outcomes[i] = now;
			keep_least_time(&outcomes[i], &now);
			if (round + 1 == rounds)
				report_run(&s, &outcomes[i]);
		}
	}
}

int main(int argc, char **argv)
{
	struct sim_outcome outcomes[SIM_WORKLOADS][MAX_SIZES];
	struct options o;
	unsigned int w;

	options_parse(&o, argc, argv);
	if (o.rounds)
		price_take_time();
	report_begin(&o);
	for (w = 0; w < SIM_WORKLOADS; w++)
		if (o.workloads & 1 << w)
			run_sizes(&o, w, outcomes[w]);
	for (w = 0; w < SIM_WORKLOADS; w++)
		if (o.workloads & 1 << w && o.nr_agents > 1)
			report_growth(&o, w, outcomes[w]);
	return report_end() ? 0 : 1;
}
