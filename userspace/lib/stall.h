/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does not get on: which stalls begin and which end, from a look at the module after the other. */
#ifndef LIBHEADGATE_STALL_H
#define LIBHEADGATE_STALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <headgate/observe.h>

#include "calls.h"

/*
 * 20 s: twice the default of max-wait, and of the time that drivers give a job of graphics.  For
 * so long no ticket was admitted when they starve, and all is well when a stall is over.
 */
#define HEADGATE_STALL_QUIET_NS		20000000000ULL

/*
 * Bounds of deadlines: looks are a second apart, and after 10 minutes the module gives a job up
 * (kmod/job_table.c), so that nobody would see it overrun a longer one.
 */
#define HEADGATE_STALL_DEADLINE_MIN_NS	1000000000ULL
#define HEADGATE_STALL_DEADLINE_MAX_NS	540000000000ULL

/* Of a job: so many times what 99 of 100 take, and fewer jobs tell nothing of that. */
#define HEADGATE_STALL_P99_TIMES	20
#define HEADGATE_STALL_P99_JOBS		20

/* Jobs of an agent on a lane that are told at once: where each queue is served, it may make thousands hang. */
#define HEADGATE_STALL_JOBS_MAX		8

/**
 * struct headgate_stall - one stall
 * @kind: what does not get on
 * @agent_id: whose, 0: of no agent, or of all (WEDGED)
 * @lane_id: on which lane, 0: on all of the device (WEDGED)
 * @device_id: of which device
 * @pid: process, 0: not known
 * @error: FAILED: errno of the last job that failed
 * @since_ns: since when; CLOCK_MONOTONIC, as all times
 * @last_ns: when it was so last, of what is over some time after
 * @queued_at_ns: JOB: with lane and pid it tells the job from all others
 * @deadline_ns: JOB: what it has overrun
 * @total: FAILED, TICKET: the flow's count of these at the last look
 * @admitted: TICKET: the flow's count of tickets at the last look
 * @count: FAILED, TICKET: how many it has been
 * @waiting: tickets that wait behind it
 * @waiting_agents: of how many agents
 * @comm: name of the process when it began, "" if that cannot be told, or another is the last; printable
 */
struct headgate_stall {
	enum headgate_stall_kind kind;
	uint64_t agent_id;
	uint32_t lane_id;
	uint32_t device_id;
	uint32_t pid;
	uint32_t error;
	uint64_t since_ns;
	uint64_t last_ns;
	uint64_t queued_at_ns;
	uint64_t deadline_ns;
	uint64_t total;
	uint64_t admitted;
	uint64_t count;
	uint32_t waiting;
	uint32_t waiting_agents;
	char comm[16];
};

/* What was seen of a flow at the last look; the judge's own. */
struct headgate_stall_flow {
	uint64_t agent_id;
	uint32_t lane_id;
	uint32_t pid;		/* of the ticket that was let through in debt since, and */
	uint64_t wait_ns;	/* how long it has waited; 0: not known */
	uint64_t tickets;
	uint64_t forced;
	uint64_t failed;	/* jobs, but for those cancelled */
	uint64_t done;		/* jobs without an error */
	uint64_t tickets_ns;	/* a ticket was admitted, or none waited */
};

/* All 0 to begin with; freed by headgate_stalls_clear(). */
struct headgate_stalls {
	struct headgate_stall *items;
	size_t count;
	struct headgate_stall_flow *flows;
	size_t n_flows;
	uint64_t lost, lost_before;	/* of the last look, and the one before it */
	bool seen;		/* there was a look: what is new is new indeed */
};

/**
 * struct headgate_stall_look - what is there now, and who is asked and told
 * @jobs: with the engines
 * @flows: of all agents
 * @devices: all of them
 * @lost: jobs that the module has given up so far, read after @flows, which counts them as jobs
 * @now_ns: CLOCK_MONOTONIC
 * @deadline: that of a job which has run for @age_ns, at least HEADGATE_STALL_DEADLINE_MIN_NS
 * @stopped: whether an agent is frozen: its tickets wait for itself
 * @tell: a stall has begun, or is over; may fill in @stall->comm
 * @data: for these
 */
struct headgate_stall_look {
	const struct headgate_jobs *jobs;
	const struct headgate_flows *flows;
	const struct headgate_devices *devices;
	uint64_t lost;
	uint64_t now_ns;
	uint64_t (*deadline)(const struct headgate_job *job, uint64_t age_ns, void *data);
	bool (*stopped)(uint64_t agent_id, void *data);
	void (*tell)(struct headgate_stall *stall, bool end, void *data);
	void *data;
};

/**
 * headgate_stalls_look - what has begun, and what is over
 * @stalls: those that are open; is brought up to date
 * @look: what is there now
 *
 * Return: 0, or -ENOMEM: what could not be kept is not told, and is looked at again.
 */
int headgate_stalls_look(struct headgate_stalls *stalls, const struct headgate_stall_look *look);

/* A device says that it is wedged; told at the next look, if it is not known already.  0 or -ENOMEM. */
int headgate_stalls_wedged(struct headgate_stalls *stalls, uint32_t device_id, uint64_t now_ns);

/* Whose ticket was let through in debt; the next look sees that one was. */
void headgate_stalls_forced(struct headgate_stalls *stalls, uint64_t agent_id, uint32_t lane_id,
			    uint32_t pid, uint64_t wait_ns);

/* The open stalls and all that was seen are forgotten. */
void headgate_stalls_clear(struct headgate_stalls *stalls);

/* What 99 of 100 jobs take at most, by the upper edge of its bucket; 0: too few are known. */
uint64_t headgate_stall_p99(const struct headgate_observe_histogram *run);

/* max(@floor_ns, 20 times @p99_ns), but no longer than HEADGATE_STALL_DEADLINE_MAX_NS. */
uint64_t headgate_stall_deadline(uint64_t floor_ns, uint64_t p99_ns);

#endif
