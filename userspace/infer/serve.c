// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "serve.h"

/* For workers to be gone after SIGKILL; one that hangs in its driver is left to init. */
#define CLOSE_NS INFER_SECOND

int infer_service_open(struct infer_service *service, const struct infer_service_policy *policy, int loop,
		       char problem[INFER_PROBLEM])
{
	int error;

	*service = (struct infer_service){ .policy = *policy, .loop = loop };
	service->ends.of = "workers that ended";
	service->failures.of = "requests that failed";
	infer_health_open(&service->health, policy->health, loop, &service->fleet);
	error = infer_fleet_read(&service->fleet, policy->device, policy->retry_ns, problem);
	service->fleet.hang_ns = policy->hang_ns;
	return error;
}

int infer_service_ask(struct infer_service *service, const char *cgroup, uid_t user, struct infer_job *job)
{
	struct infer_agent *agent = infer_agent_find(service, cgroup, user);

	if (!agent)
		return -ENOMEM;
	if (agent->queue.count >= service->policy.queue)
		return -EAGAIN;
	job->agent = agent;
	infer_jobs_append(&agent->queue, job);
	infer_agent_dispatch(agent);
	return 0;
}

void infer_service_drop(struct infer_job *job)
{
	struct infer_agent *agent = job->agent;

	if (agent) {
		struct infer_service *service = agent->service;
		struct infer_process *worker = job->worker;

		if (!worker)
			infer_jobs_remove(&agent->queue, job);
		if (worker && infer_process_cancel(worker, job))
			infer_process_end(worker, true);
		else
			infer_agent_dispatch(agent);
		infer_share_settle(service);
	}
	infer_job_free(job);
}

/* Each worker once, though each may end any other meanwhile. */
static void tick_workers(struct infer_service *service, uint64_t now)
{
	bool late = service->ticked && now - service->ticked > service->policy.hang_ns / 2;
	struct infer_process *process;

	service->ticked = now;
	/* Who was kept from reading, by a freezer, say, does not know what they have said. */
	for (process = service->workers; process && late; process = process->next) {
		process->heard = now;
		process->kept = 0;
	}
	process = service->workers;
	while (process) {
		if (process->ticked == now) {
			process = process->next;
			continue;
		}
		process->ticked = now;
		infer_process_tick(process, now);
		process = service->workers;
	}
}

static void keep_warm(struct infer_service *service, uint64_t now)
{
	struct infer_process *process;
	uint32_t warm = 0;

	for (process = service->workers; process; process = process->next)
		warm += !process->agent && !process->retired;
	if (warm >= service->policy.warm || service->n_workers >= service->policy.workers || now < service->warm_at)
		return;
	/* Where it fails for want of something it fails for agents too, who are told. */
	if (infer_process_start(service, NULL, 0, 0, &process))
		service->warm_at = now + INFER_SECOND;
}

/* What all workers have found; what one agent's have is said to nobody. */
static void tell_of_devices(struct infer_service *service)
{
	for (uint32_t i = 0; i < service->fleet.count; i++) {
		const struct infer_fleet_device *device = &service->fleet.devices[i];
		char why[INFER_PROBLEM + 8] = "";

		if (*device->why)
			snprintf(why, sizeof(why), " (%s)", device->why);
		if (device->pause && device->until != service->told[i]) {
			if (device->opened)
				infer_log_line("%s failed: it is passed over for %.0f s%s", device->name,
					       (double)device->pause / INFER_SECOND, why);
			else if (!service->told[i])
				infer_log_line("%s cannot be opened: new workers try it now and then%s", device->name, why);
			service->told[i] = device->until;
		} else if (service->told[i] && !device->pause) {
			infer_log_line("%s computes answers again", device->name);
			service->told[i] = 0;
		}
	}
}

void infer_service_tick(struct infer_service *service)
{
	uint64_t now = infer_now_ns();

	infer_health_tick(&service->health, now);
	infer_processes_reap(service, now);
	tick_workers(service, now);
	infer_agents_tick(service, now);
	infer_share_tick(service, now);
	tell_of_devices(service);
	infer_log_tick(&service->ends, now);
	infer_log_tick(&service->failures, now);
	if (!service->closing)
		keep_warm(service, now);
}

void infer_service_close(struct infer_service *service)
{
	const struct timespec moment = { .tv_nsec = 10000000 };
	uint64_t until = infer_now_ns() + CLOSE_NS;

	service->closing = true;
	infer_health_close(&service->health);
	while (service->workers)
		infer_process_end(service->workers, true);
	/* Those that wait without a worker fail as well. */
	infer_agents_tick(service, UINT64_MAX);
	for (infer_processes_reap(service, 0); service->ending && infer_now_ns() < until;
	     infer_processes_reap(service, 0))
		nanosleep(&moment, NULL);
}
