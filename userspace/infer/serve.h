/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The service, without HTTP: jobs of agents to workers, one for each agent, born in its cgroup.
 *
 *   job ─► agent's queue ─► worker ─► tokens ─► job
 *             ▲                │
 *             └── it has ended ┘   with the tokens that have come
 *
 * One thread, which opens no device and loads no driver. It keeps of each job what was asked and all
 * that has come, so a worker can be killed at any time: the next one goes on after the last token that
 * came, by the same seed and positions, and no token is lost or told twice. A job under which workers
 * end again and again without a token in between fails; until it has a token it runs alone, so that it
 * takes no others with it.
 */
#ifndef INFER_SERVE_H
#define INFER_SERVE_H

#include "serve_agent.h"
#include "serve_health.h"
#include "serve_log.h"

/**
 * struct infer_service_policy - what was said on the command line
 * @model: a path that stays the same file, whatever is put in its place
 * @health: headgated's socket, or NULL
 * @own_cgroup_alone: agents' cgroups cannot be entered
 * @queue: jobs of one agent that may wait
 * @warm: workers that are kept ready for agents that have none
 * @workers: at once
 * @sequences: that one worker computes together
 * @idle_ns: after which a worker without jobs ends
 * @hang_ns: for which a worker may be silent while it has work
 * @retry_ns: for which a device that failed is passed over at first
 * @files: that a worker may have open, 0: as many as the service
 */
struct infer_service_policy {
	const char *model, *device, *health;
	bool own_cgroup_alone;
	uint32_t queue, warm, workers, sequences, context, threads;
	uint64_t idle_ns, hang_ns, retry_ns, files;
};

/**
 * struct infer_service - all there is
 * @ending: processes that are yet to be waited for
 * @n_workers: without those
 * @asked: how often a place for a worker was, and @given, by twos, one was: the orders of who waits and who was served
 * @told: of each device, ns; the end of the last pause, once the log was seen to; 0: none since it worked
 * @warm_at: ns; when the next worker may be started for nobody
 * @ticked: ns; when infer_service_tick() was called last
 * @ends: of workers that nobody had asked to, and @failures of requests, in the log
 * @closing: jobs fail, and no worker is started
 */
struct infer_service {
	struct infer_service_policy policy;
	int loop;
	struct infer_fleet fleet;
	struct infer_health health;
	struct infer_agent *agents;
	struct infer_user *users;
	struct infer_process *workers, *ending;
	uint32_t n_workers, n_ending;
	uint64_t asked, given;
	uint64_t warm_at, ticked, told[INFER_FLEET];
	struct infer_log ends, failures;
	bool closing;
};

/**
 * infer_service_open() - with no worker yet
 *
 * Return: 0; a negative errno, with a sentence in @problem.
 */
int infer_service_open(struct infer_service *service, const struct infer_service_policy *policy, int loop,
		       char problem[INFER_PROBLEM]);

/**
 * infer_service_ask() - a job to an agent's queue
 * @user: who asks
 *
 * Return: 0; -EAGAIN if the queue is full; -ENOMEM. The job stays the caller's, for infer_service_drop().
 */
int infer_service_ask(struct infer_service *service, const char *cgroup, uid_t user, struct infer_job *job);

/* infer_service_drop(): frees a job, and cancels it if it is not done. */
void infer_service_drop(struct infer_job *job);

/* infer_service_tick(): often, such as four times a second. */
void infer_service_tick(struct infer_service *service);

/* infer_service_close(): kills workers; jobs fail. Waits a little for the workers. */
void infer_service_close(struct infer_service *service);

#endif
