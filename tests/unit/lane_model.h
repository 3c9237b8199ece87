/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A deterministic discrete-event model of one lane behind the gate: agents
 * with submitters in front, the queue under test, one engine that runs jobs in
 * the order in which they arrive. Times in ns. Same seed, same run.
 *
 *	submitter --ticket--> queue --grant--> latency --> engine FIFO --> done
 *	                                          |
 *	                                          +--> fence, if the job has one
 */
#ifndef HEADGATE_LANE_MODEL_H
#define HEADGATE_LANE_MODEL_H

#include "../../kmod/queue.h"

#define US	1000ULL
#define MS	1000000ULL
#define SEC	1000000000ULL
#define NEVER	U64_MAX

/* What tests use when it does not matter. */
#define SLICE_BATCH		(4 * MS)
#define SLICE_INTERACTIVE	(MS / 2)
#define SPAN			(10 * SEC)

#define MODEL_AGENTS	40	/* in the model of a test */

enum submitter_kind {
	SUBMIT_DEEP,		/* next ticket @think after the grant; 0: one always waits */
	SUBMIT_SYNC,		/* next ticket @think after the job is done */
	SUBMIT_PERIODIC,	/* a ticket each @think */
};

enum cost_kind {
	COST_FIXED,		/* always @cost */
	COST_UNIFORM,		/* 0 to 2 * @cost */
	COST_PARETO,		/* mean about @cost, up to 50 * @cost */
};

struct model;

struct model_agent {
	struct model *model;
	struct queue_flow flow;
	struct queue_cap cap;
	u64 service;		/* engine time of jobs done */
	u64 granted;		/* engine time of jobs granted */
	u64 largest;		/* job granted */
	u64 jobs;
	u64 *waits;		/* from the ticket to the engine */
	size_t nr_waits;
	size_t room;
	struct model_ticket *first;	/* waiting tickets, oldest first */
	struct model_ticket **last;
};

struct submitter {
	struct model_agent *agent;
	enum submitter_kind kind;
	enum cost_kind cost_kind;
	u64 cost;
	u64 think;
	u64 jitter;		/* added to @think, 0 to this */
	u64 fence;		/* 0: none, NEVER: does not come, else after how long */
	u64 stop;		/* submit nothing from then on; 0: go on */
};

struct model {
	struct queue_settings settings;
	struct queue queue;
	u64 now;
	u64 latency;		/* from grant to engine */
	u64 coalesce;		/* from the first end not told to when all are; 0: at once */
	u64 random;
	u64 next_pick;		/* what queue_pick() asked for */
	u64 busy;		/* engine time */
	u64 grants;
	u64 digest;		/* of all grants: equal runs have equal ones */
	u64 sequence;
	struct heap events;
	struct model_job *engine_first;
	struct model_job **engine_last;
	u64 engine_free;	/* when the last job was done */
	struct model_job *untold;	/* jobs done, oldest first */
	struct model_job **untold_last;
	struct model_job *fenced;	/* jobs whose fence does not come */
	struct model_agent *agents;
	unsigned int nr_agents;
	unsigned int room;	/* for so many agents */
	struct kept *kept;	/* submitters */
	bool draining;
	void (*after)(struct model *m);	/* called after each event; may be NULL */
	/* called after each grant, with the job's cost; may be NULL */
	void (*granted)(struct model_agent *a, u64 cost);
};

/* A model with room for MODEL_AGENTS. */
struct model *model_new(u64 seed);
struct model *model_new_for(u64 seed, unsigned int agents);
void model_free(struct model *m);
struct model_agent *model_agent(struct model *m, struct model_agent *parent, u32 weight,
				u64 slice);
/* Starts a submitter at @start. */
struct submitter *model_submit(struct model *m, struct submitter s, u64 start);
/* @threads that each submit again soon after each grant, without waiting for jobs. */
void model_submit_deep(struct model *m, struct model_agent *a, u64 cost, unsigned int threads);
void model_run(struct model *m, u64 until);
/* The next event. False: there is none until then. */
bool model_step(struct model *m, u64 until);
/* Lets the lane warm up; service and waits count from then on. */
void model_start_counting(struct model *m);
/* To be called after the queue's settings, weights or caps were changed. */
void model_poke(struct model *m);
/* Unfinished business: fences come, nobody submits, everything drains. */
void model_drain(struct model *m);
u64 model_wait(struct model_agent *a, double quantile);
u64 model_random(u64 *state);

#endif
