/* SPDX-License-Identifier: GPL-2.0-or-later */
/* headgated's judgement of a device that has a canary alone, fed run by run; and load beside it. */
#ifndef CANARY_WORLD_H
#define CANARY_WORLD_H

#include <sys/types.h>

#include "canary_work.h"

struct canary_world {
	struct headgate_health health;
	uint64_t now_ns;
	unsigned int changes;
};

/* world_judge(): one run, told as the canary does, and a second later the daemon's look at it. */
enum headgate_health_state world_judge(struct canary_world *world,
				       const struct infer_canary_result *result);

/* How many times as long as in its past the device takes, as headgated has it; 0: not known. */
double world_factor(const struct canary_world *world);
void world_end(struct canary_world *world);

/*
 * Load that comes and goes by itself: processes of the lowest priority, more than there are
 * processors, each of which computes, walks through memory or sleeps, for up to @longest_ms at a
 * time, by dice.
 */
#define LOADS_MAX 16
struct canary_load {
	pid_t pids[LOADS_MAX];
	int n;
};

void load_begin(struct canary_load *load, int n, unsigned int longest_ms);
void load_end(struct canary_load *load);

#endif
