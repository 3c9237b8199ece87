// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "fnv.h"
#include "freezer.h"
#include "serve.h"

/* Workers that were killed and have not ended, to those there may be: on a busy machine it takes a while. */
#define ENDING 4

/* What an agent's worker that has ended held is not free at once, such as its place under pids.max. */
#define LEFT_NS (10 * INFER_SECOND)

/* No error: the agent is frozen, its cgroup full of what is ending, or others come first. The next tick looks again. */
#define LATER (-EINPROGRESS)

struct infer_agent *infer_agent_find(struct infer_service *service, const char *cgroup, uid_t user)
{
	size_t length = strlen(cgroup) + 1;
	struct infer_agent *agent;

	for (agent = service->agents; agent; agent = agent->next)
		if (!strcmp(agent->cgroup, cgroup))
			return agent;
	agent = calloc(1, sizeof(*agent) + length);
	if (!agent)
		return NULL;
	agent->service = service;
	agent->user = infer_user_get(service, user);
	if (!agent->user) {
		free(agent);
		return NULL;
	}
	memcpy(agent->cgroup, cgroup, length);
	agent->next = service->agents;
	service->agents = agent;
	return agent;
}

uint64_t infer_agent_who(const struct infer_agent *agent)
{
	if (agent->service->policy.own_cgroup_alone)
		return 0;
	return infer_fnv(INFER_FNV, agent->cgroup, strlen(agent->cgroup)) | 1;
}

static void forget_unused(struct infer_agent *agent)
{
	struct infer_agent **at = &agent->service->agents;

	if (agent->worker || agent->retired || agent->queue.first)
		return;
	while (*at != agent)
		at = &(*at)->next;
	*at = agent->next;
	infer_user_put(agent->service, agent->user);
	free(agent);
}

/* ---- its worker ---- */

/*
 * Who has nothing to compute for anybody, and that for the longest time: first those at rest, then those whose clients
 * have all gone. Of the latter some are at a batch still, and answer the cancels in a moment; but one that is frozen, or
 * held at the gate, answers when it is let through, for which others are not to wait. Whoever has a job that somebody
 * waits for is none, whatever was cancelled beside it. @leaving: is none either.
 */
static struct infer_process *least_needed(struct infer_service *service, const struct infer_process *leaving)
{
	struct infer_process *least = NULL;

	for (struct infer_process *p = service->workers; p; p = p->next) {
		if (p->jobs.count || p == leaving || (least && !least->owed && p->owed))
			continue;
		if (!least || (least->owed && !p->owed) || p->idle_since < least->idle_since)
			least = p;
	}
	return least;
}

/* Those that hang in their drivers, in spite of SIGKILL, are not without bound either. */
static bool too_many_hang(const struct infer_service *service)
{
	return service->n_ending >= ENDING * service->policy.workers;
}

/* Makes room for one more worker: the one that is needed least ends. @leaving: NULL, or one that is to end then. */
static bool make_room(struct infer_service *service, const struct infer_process *leaving)
{
	struct infer_process *least;

	if (service->n_workers < service->policy.workers + (leaving && !infer_process_load(leaving)))
		return true;
	least = least_needed(service, leaving);
	/* One that was cancelled may not be able to end by itself. */
	if (least)
		infer_process_end(least, least->owed);
	/* Its agent may have taken the room again at once. */
	return least && service->n_workers < service->policy.workers;
}

/*
 * One that is kept ready for whoever comes first. Moving a process moves all its threads, and what is
 * charged to a cgroup is what its processes do while they are in it: batches are submitted, and the
 * cache's pages first written, after the move. What was done before it, loading and the upload of the
 * weights, and the memory for that, stay the service's.
 */
static struct infer_process *take_warm(struct infer_service *service, const char *cgroup, uint64_t who, uint32_t avoid)
{
	uint64_t now = infer_now_ns();

	for (struct infer_process *p = service->workers; p; p = p->next) {
		uint32_t device = infer_process_device(p);

		if (p->agent || p->retired || infer_fleet_tried(&service->fleet, device, who, now) ||
		    infer_fleet_better(&service->fleet, device, who, avoid, now))
			continue;
		if (!service->policy.own_cgroup_alone && headgate_cgroup_attach(cgroup, 0, p->pid))
			return NULL;
		return p;
	}
	return NULL;
}

/* One that the agent has not: kept ready, or new. One that has none waits for a place until this is called again. */
static int another_worker(struct infer_agent *agent, const struct infer_job *job, struct infer_process **worker)
{
	struct infer_service *service = agent->service;
	uint64_t who = infer_agent_who(agent);
	int error;

	/* A child that is frozen before exec has all that is open here, and keeps it open. */
	if (!service->policy.own_cgroup_alone && headgate_freezer_frozen(agent->cgroup) > 0) {
		infer_share_leave(agent);
		return LATER;
	}
	if (!agent->worker && !infer_share_ask(agent))
		return LATER;
	*worker = take_warm(service, agent->cgroup, who, job->avoid);
	if (*worker)
		return 0;
	if (too_many_hang(service))
		return -EUSERS;
	if (!make_room(service, agent->worker))
		return agent->worker ? -EUSERS : LATER;
	infer_share_leave(agent);
	error = infer_process_start(service, service->policy.own_cgroup_alone ? NULL : agent->cgroup, who, job->avoid,
				    worker);
	if (error == -EAGAIN && !agent->worker && (agent->retired || infer_now_ns() < agent->left + LEFT_NS))
		return LATER;
	return error;
}

static int get_worker(struct infer_agent *agent, const struct infer_job *job)
{
	struct infer_process *old = agent->worker, *worker;
	int error;

	if (old && !infer_process_better_elsewhere(old, job->avoid, infer_now_ns()))
		return 0;
	error = another_worker(agent, job, &worker);
	/* One that there is does better than none. */
	if (error)
		return old && error != LATER ? 0 : error;
	if (old)
		infer_process_retire(old);
	worker->agent = agent;
	agent->worker = worker;
	infer_share_give(agent, worker, old);
	infer_fleet_try(&agent->service->fleet, infer_process_device(worker), infer_agent_who(agent), infer_now_ns());
	return 0;
}

/* ---- its jobs ---- */

static void fail_all(struct infer_agent *agent, int error)
{
	while (agent->queue.first) {
		struct infer_job *job = agent->queue.first;

		infer_jobs_remove(&agent->queue, job);
		if (agent->service->closing)
			infer_job_fail(job, 503, "ending", "The service is ending.");
		else if (error == -EUSERS)
			infer_job_fail(job, 503, "no_worker",
				       "No worker can be started: %u that were killed have not ended, as if their devices hung; try again later.",
				       agent->service->n_ending);
		else if (error == -EBUSY)
			infer_job_fail(job, 503, "no_worker",
				       "No worker can be started in the agent's cgroup %s: it has cgroups below it among which it divides what it has, so no process can be in itself.",
				       agent->cgroup);
		else if (error == -EAGAIN)
			infer_job_fail(job, 503, "no_worker",
				       "No worker can be started in the agent's cgroup %s: it, or a cgroup above it, has as many processes as its pids.max allows.",
				       agent->cgroup);
		else
			infer_job_fail(job, 503, "no_worker", "No worker can be started in the agent's cgroup %s: %s.",
				       agent->cgroup, strerror(-error));
	}
}

static bool has_trouble(const struct infer_job *job)
{
	return job->deaths || job->avoid;
}

/* Until it has a token, one whose worker has ended runs alone: what it does to workers it does to no other job. */
static bool may_begin(const struct infer_process *worker, const struct infer_job *job)
{
	const struct infer_job *first = worker->jobs.first;
	uint32_t load = infer_process_load(worker);

	if (load >= worker->service->policy.sequences)
		return false;
	return !load || (!has_trouble(job) && (!first || !has_trouble(first)));
}

void infer_agent_dispatch(struct infer_agent *agent)
{
	if (agent->dispatching)
		return;
	agent->dispatching = true;
	while (agent->queue.first) {
		struct infer_job *job = agent->queue.first;
		int error = agent->service->closing ? -ESHUTDOWN : get_worker(agent, job);

		if (error == LATER)
			break;
		if (error) {
			fail_all(agent, error);
			break;
		}
		if (!may_begin(agent->worker, job))
			break;
		infer_jobs_remove(&agent->queue, job);
		error = infer_process_give(agent->worker, job);
		if (error)
			infer_job_fail(job, error == -E2BIG ? 413 : 500, NULL, "The request cannot be passed on: %s.",
				       strerror(-error));
	}
	agent->dispatching = false;
	if (!agent->queue.first)
		infer_share_leave(agent);
	forget_unused(agent);
}

/* Each once, though each may free any other meanwhile. */
void infer_agents_tick(struct infer_service *service, uint64_t now)
{
	struct infer_agent *agent = service->agents;

	while (agent) {
		if (agent->ticked == now || !agent->queue.first) {
			agent = agent->next;
			continue;
		}
		agent->ticked = now;
		infer_agent_dispatch(agent);
		agent = service->agents;
	}
}

void infer_agent_take_back(struct infer_agent *agent, struct infer_job *job)
{
	infer_jobs_put_back(&agent->queue, job);
	job->news(job);
}
