// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

#define EXIT_USAGE	2
#define JOBS_MIN	100	/* of a lane: with fewer there is nothing to tell */

const char *const workload_names[SIM_WORKLOADS] = { "deep", "decode", "mixed" };
/* As enum sim_weights and the model's enum cost_kind have them. */
static const char *const weight_names[] = { "equal", "random" };
static const char *const cost_names[] = { "fixed", "uniform", "pareto" };

#define COUNT(a)	(sizeof(a) / sizeof(*(a)))

static const struct option known[] = {
	{ "agents", required_argument, NULL, 'a' },
	{ "lanes", required_argument, NULL, 'l' },
	{ "jobs", required_argument, NULL, 'j' },
	{ "seed", required_argument, NULL, 's' },
	{ "weights", required_argument, NULL, 'w' },
	{ "cost", required_argument, NULL, 'c' },
	{ "depth", required_argument, NULL, 'd' },
	{ "workload", required_argument, NULL, 'W' },
	{ "wall", required_argument, NULL, 't' },
	{ "json", no_argument, NULL, 'J' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void usage(void)
{
	puts("usage: headgate-sim [options]\n"
	     "Runs headgate's queue under simulated load, and tells what agents get of what they are\n"
	     "due, what a call costs in basic blocks run, and how that grows with their number. The\n"
	     "same options give the same figures.\n"
	     "\n"
	     "  --agents N,N…    numbers of agents to compare (default 10,100,1000,10000)\n"
	     "  --workload W,W…  deep, decode, mixed (default all):\n"
	     "                     deep    each always has a ticket waiting; shares are checked\n"
	     "                     decode  each waits for its job, thinks, submits the next\n"
	     "                     mixed   a third each: deep, periodic, decode\n"
	     "  --lanes N        lanes, each with all agents, 1 to 64 (default 1)\n"
	     "  --jobs N         jobs to grant in each run, over all lanes (default 400000)\n"
	     "  --depth N        levels of the tree of agents, 1 to 8 (default 1: flat)\n"
	     "  --weights W      equal or random (default): 1 to 9000\n"
	     "  --cost C         fixed, uniform or pareto (default)\n"
	     "  --seed N         of the random numbers (default 1)\n"
	     "  --wall N         take the time too, the least of N rounds; not the same twice\n"
	     "  --json           one JSON document instead of the table\n"
	     "  --help           this text\n"
	     "\n"
	     "Exit status: 0; 1 a goal was missed; 2 wrong arguments.");
}

static void __attribute__((noreturn, format(printf, 1, 2))) refuse(const char *why, ...)
{
	va_list args;

	va_start(args, why);
	fputs("headgate-sim: ", stderr);
	vfprintf(stderr, why, args);
	fputc('\n', stderr);
	va_end(args);
	exit(EXIT_USAGE);
}

static uint64_t number(const char *option, const char *text, uint64_t min, uint64_t max)
{
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || v < min || v > max)
		refuse("--%s wants numbers from %llu to %llu, not '%s'", option,
		       (unsigned long long)min, (unsigned long long)max, text);
	return v;
}

/* Which of the @count @names. */
static unsigned int word(const char *option, const char *text, const char *const *names,
			 unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (!strcmp(text, names[i]))
			return i;
	if (count == 2)
		refuse("--%s wants %s or %s, not '%s'", option, names[0], names[1], text);
	refuse("--%s wants %s, %s or %s, not '%s'", option, names[0], names[1], names[2], text);
}

static void set_agents(struct options *o, char *list)
{
	char *save = NULL, *item;

	o->nr_agents = 0;
	for (item = strtok_r(list, ",", &save); item; item = strtok_r(NULL, ",", &save)) {
		unsigned int n = number("agents", item, 1, 100000);

		if (o->nr_agents == MAX_SIZES)
			refuse("--agents takes up to %d numbers", MAX_SIZES);
		if (o->nr_agents && n <= o->agents[o->nr_agents - 1])
			refuse("--agents wants its numbers ascending, but %u comes after %u", n,
			       o->agents[o->nr_agents - 1]);
		o->agents[o->nr_agents++] = n;
	}
	if (!o->nr_agents)
		refuse("--agents wants at least one number");
}

static void set_workloads(struct options *o, char *list)
{
	char *save = NULL, *item;

	o->workloads = 0;
	for (item = strtok_r(list, ",", &save); item; item = strtok_r(NULL, ",", &save))
		o->workloads |= 1 << word("workload", item, workload_names, SIM_WORKLOADS);
	if (!o->workloads)
		refuse("--workload wants at least one of deep, decode and mixed");
}

static void set(struct options *o, int c)
{
	struct sim_scenario *s = &o->scenario;

	switch (c) {
	case 'a':
		return set_agents(o, optarg);
	case 'W':
		return set_workloads(o, optarg);
	case 'l':
		s->lanes = number("lanes", optarg, 1, 64);
		return;
	case 'j':
		s->jobs = number("jobs", optarg, 1, 1000000000);
		return;
	case 'd':
		s->depth = number("depth", optarg, 1, 8);
		return;
	case 's':
		s->seed = number("seed", optarg, 0, UINT64_MAX);
		return;
	case 'w':
		s->weights = word("weights", optarg, weight_names, COUNT(weight_names));
		return;
	case 'c':
		s->cost = word("cost", optarg, cost_names, COUNT(cost_names));
		return;
	case 't':
		o->rounds = number("wall", optarg, 1, 1000);
		return;
	case 'J':
		o->json = true;
		return;
	case 'h':
		usage();
		exit(0);
	}
}

void options_parse(struct options *o, int argc, char **argv)
{
	int c;

	*o = (struct options){
		.scenario = {
			.lanes = 1, .depth = 1, .jobs = 400000, .seed = 1,
			.weights = SIM_RANDOM, .cost = COUNT(cost_names) - 1,
		},
		.agents = { 10, 100, 1000, 10000 },
		.nr_agents = 4,
		.workloads = (1 << SIM_WORKLOADS) - 1,
	};
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", known, NULL)) != -1) {
		if (c == ':')
			refuse("%s wants a value; see --help", argv[optind - 1]);
		if (c == '?')
			refuse("there is no option %s, or it is cut short or takes no value; see --help",
			       argv[optind - 1]);
		set(o, c);
	}
	if (optind < argc)
		refuse("'%s' is no option; see --help", argv[optind]);
	if (o->scenario.jobs / o->scenario.lanes < JOBS_MIN)
		refuse("--jobs wants at least %d for each lane, of which there are %u", JOBS_MIN,
		       o->scenario.lanes);
}
