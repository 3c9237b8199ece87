/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An agent: a cgroup whose requests wait in one queue, for one worker. */
#ifndef INFER_SERVE_AGENT_H
#define INFER_SERVE_AGENT_H

#include "serve_process.h"
#include "serve_share.h"

/**
 * struct infer_agent - as long as it has jobs or a worker
 * @worker: who takes its jobs, or NULL; retired ones, which finish what they have, are @retired more
 * @user: who asked first
 * @waits: for a place for a worker, and in the order of those who do, since when; 0: it does not
 * @counted: while places are promised, whether it has one or cannot
 * @left: ns; when a worker of its ended last
 * @ticked: ns; when infer_agents_tick() was called last
 * @dispatching: in infer_agent_dispatch(), which ends workers, and so is called again in its midst
 * @cgroup: its path
 */
struct infer_agent {
	struct infer_agent *next;
	struct infer_service *service;
	struct infer_user *user;
	struct infer_process *worker;
	uint32_t retired;
	struct infer_jobs queue;
	uint64_t waits, left, ticked;
	bool counted, dispatching;
	char cgroup[];
};

/* infer_agent_find(): of that cgroup, made if need be, and then that user's; NULL without memory. */
struct infer_agent *infer_agent_find(struct infer_service *service, const char *cgroup, uid_t user);

/* infer_agent_who(): a number of its own, for the fleet: 0 if it is everybody. */
uint64_t infer_agent_who(const struct infer_agent *agent);

/**
 * infer_agent_dispatch() - gives its worker jobs, and starts one if there is none
 *
 * Jobs fail if none can be had. May free the agent.
 */
void infer_agent_dispatch(struct infer_agent *agent);

/* infer_agents_tick(): of all, those that have jobs that wait. */
void infer_agents_tick(struct infer_service *service, uint64_t now);

/* infer_agent_take_back(): a job whose worker has ended. */
void infer_agent_take_back(struct infer_agent *agent, struct infer_job *job);

#endif
