/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an agent is doing, and since when: from what the ledger says of it, look after look. */
#ifndef LIBHEADGATE_LIFE_H
#define LIBHEADGATE_LIFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "calls.h"

/* What comes first here is what is told when several are true. */
enum headgate_life_state {
	HEADGATE_LIFE_PAUSED,	/* frozen by a person */
	HEADGATE_LIFE_STUCK,	/* a job or a ticket does not get on */
	HEADGATE_LIFE_WORKING,	/* jobs with an engine, or queued to one */
	HEADGATE_LIFE_WAITING,	/* tickets at the gate, or stopped by pacing, and nothing of it runs */
	HEADGATE_LIFE_THINKING,	/* nothing now, but it comes back as a rule */
	HEADGATE_LIFE_IDLE,
	HEADGATE_LIFE_STATES
};

/* 1 s: looks are as far apart, and a pause that is shorter is part of the work. */
#define HEADGATE_LIFE_SETTLE_NS	1000000000ULL
/* 10 s: a program that asked nothing for so long waits for something else. */
#define HEADGATE_LIFE_IDLE_NS	10000000000ULL
/* 20 s: twice the default of max-wait, and of the time that drivers give a job of graphics. */
#define HEADGATE_LIFE_STUCK_NS	20000000000ULL

/* How an agent is stopped. */
enum headgate_life_stop { HEADGATE_LIFE_RUNS, HEADGATE_LIFE_PACED, HEADGATE_LIFE_STOPPED };

/* One lane of an agent: what it had at the last look, and since when that is so. */
struct headgate_life_lane {
	uint32_t id;
	uint64_t jobs;
	uint64_t tickets;
	uint64_t forced;
	uint64_t jobs_ns;	/* a job was done, or none was there to do */
	uint64_t tickets_ns;	/* a ticket was admitted, or none waited */
};

/**
 * struct headgate_life - of an agent; all 0 for one that was never looked at
 * @state: state, if @seen
 * @since_ns: since when
 * @active_ns: when it was last seen to do something; 0: never
 * @grown_ns: when its totals last grew, as far as is known
 * @forced_ns: when a ticket of it was last let through in debt; 0: never
 * @jobs: total at the last look
 * @tickets: the same
 * @returns: it came back from its last pause before HEADGATE_LIFE_IDLE_NS was over
 * @seen: it was looked at
 * @lanes: its lanes; freed by headgate_life_clear()
 * @n_lanes: their number
 */
struct headgate_life {
	enum headgate_life_state state;
	uint64_t since_ns;
	uint64_t active_ns;
	uint64_t grown_ns;
	uint64_t forced_ns;
	uint64_t jobs;
	uint64_t tickets;
	bool returns;
	bool seen;
	struct headgate_life_lane *lanes;
	size_t n_lanes;
};

/**
 * headgate_life_look - what an agent is doing now
 * @life: what was known of it at the last look; is brought up to date
 * @flows: its flows, one for each lane
 * @n_flows: their number
 * @stop: how it is stopped
 * @now_ns: now, of any clock that does not go back
 *
 * Return: 0, or -ENOMEM, @life is then as before.
 */
int headgate_life_look(struct headgate_life *life, const struct headgate_flow *const *flows,
		       size_t n_flows, enum headgate_life_stop stop, uint64_t now_ns);

void headgate_life_clear(struct headgate_life *life);

/* "working" */
const char *headgate_life_name(enum headgate_life_state state);

/* The reverse; 0 or -EINVAL. */
int headgate_life_parse(const char *name, enum headgate_life_state *state);

#endif
