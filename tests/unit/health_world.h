/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device as it is seen second by second, made up: a probe each second, agents beside it, stalls.
 * After cmocka.h and what that needs.
 */
#ifndef HEADGATE_HEALTH_WORLD_H
#define HEADGATE_HEALTH_WORLD_H

#include <stdbool.h>

#include "calls.h"
#include "health.h"

#define S		UINT64_C(1000000000)
#define MS		UINT64_C(1000000)
#define DEVICE		4
#define LANE		2
#define PROBE_AGENT	100
#define AGENTS_MAX	8

/* An agent: so many jobs a second of so long each. */
struct agent {
	uint64_t jobs;
	double job_ns;
};

struct world {
	struct headgate_health health;
	struct headgate_stalls stalls;
	unsigned short dice[3];
	uint64_t now_ns;
	double slow;			/* the device's, of all jobs */
	struct agent agents[AGENTS_MAX];
	size_t n_agents;
	uint64_t probe_every;		/* seconds, 0: there is no probe */
	enum headgate_probe_outcome outcome;
	bool timed;			/* the probe tells its time, and is not in the ledger */
	bool stuck;			/* the probe's job is with the engine, and does not end */
	bool unseen;			/* by the module: nothing has been submitted to it */
	bool waits;			/* it waits behind the job of an agent */
	uint64_t begun_ns;
	struct headgate_flow flows[AGENTS_MAX + 1];
	char told[256];
};

/* So many agents, each with jobs of its own, and a device that is well. */
void begin(struct world *w, size_t agents);
void end(struct world *w);

/* @seconds looks, one a second; returns what was told meanwhile. */
const char *pass(struct world *w, int seconds);

#endif
