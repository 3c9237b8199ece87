/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks at one job and one flow, by a clock that the tests set. */
#ifndef HEADGATE_STALL_STORY_H
#define HEADGATE_STALL_STORY_H

#include <stdbool.h>
#include <stdint.h>

#include "stall_file.h"

#define MS	1000000ULL
#define AGENT	7
#define LANE	3
#define DEVICE	2
#define PID	1234

/*
 * What is seen at a look, and what is told of it: "+job" begins, "-job" is over. Times are
 * milliseconds; a deadline is 10 s.
 */
struct look {
	uint64_t at;
	uint64_t queued;	/* of the job with the engine; 0: there is none */
	uint64_t run;		/* its run_at */
	uint32_t job_pid;	/* 0: PID */
	uint64_t jobs;		/* and the fields of the flow */
	uint64_t tickets;
	uint32_t waiting;
	uint64_t forced;
	uint64_t failed;
	uint64_t cancelled;	/* of these */
	uint32_t error;		/* 0: EIO */
	uint32_t failed_pid;	/* 0: PID */
	uint64_t gone;
	uint64_t lost;		/* of the module: jobs that it has given up */
	bool stopped;
	bool wedged;		/* the device says so, before the look */
	bool device_gone;
	bool restart;		/* before the look: headgated is killed, and another starts */
	const char *told;	/* NULL: nothing */
};

#define LOOKS_MAX 14

struct story {
	const char *name;
	struct look looks[LOOKS_MAX];	/* to the first at 0 */
};

/* Of the last look. */
extern char told[256];
extern struct headgate_stall last_told;

int look_at(struct headgate_stalls *stalls, const struct headgate_jobs *jobs,
	    const struct headgate_flows *flows, const struct headgate_devices *devices,
	    uint64_t at);
void look(struct headgate_stalls *stalls, const struct look *at);

/* What one headgated has told, as the one after it reads it. */
void hand_over(struct headgate_stalls *stalls);

/* All of it, and that at each look no more is told than it says. */
void tell_story(const struct story *story);

#endif
