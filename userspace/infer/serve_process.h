/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A worker as the service sees it: a process, its end of the socket, and the jobs it computes.
 *
 * The service never waits for one. Bytes that a worker does not read stay here, as many as the jobs it
 * has take; one that says nothing while it has work is killed, and its jobs go on elsewhere.
 */
#ifndef INFER_SERVE_PROCESS_H
#define INFER_SERVE_PROCESS_H

#include <sys/types.h>

#include "serve_fleet.h"
#include "serve_job.h"
#include "serve_loop.h"
#include "worker_message.h"

struct infer_service;

/**
 * struct infer_process - in the service's list of workers, or of those that are ending
 * @agent: whom it works for; NULL: nobody yet
 * @owed: cancels that it has not answered: until then it may have those jobs still
 * @order: of devices, as it was given
 * @at: of which the first that is not told of as lost
 * @device: index into the fleet, once it is @ready
 * @retired: takes no more jobs, and ends after those it has
 * @hangs: it was found to, which is why it ends
 * @yields: its place to another, which is why it ends
 * @lost: negative errno, why it is given up; 0: it was asked to end
 * @name: of one that is ending by itself, for the log, or NULL; @went_on: of its jobs
 * @heard: ns; when it said something last, got work after a rest, or was seen to be kept from working
 * @kept: ns; since when it is kept from it, as was seen; 0: it is not
 * @given: ns; when its agent was given its place
 * @idle_since: ns, of when its load is none
 * @kill_at: ns; of one that is ending
 * @ticked: ns; when infer_process_tick() was called last
 */
struct infer_process {
	struct infer_process *next;
	struct infer_service *service;
	struct infer_agent *agent;
	pid_t pid;
	struct infer_watch watch;
	struct infer_bytes in, out;
	struct infer_jobs jobs;
	uint32_t owed, went_on;
	struct infer_fleet_order order;
	uint32_t at, device;
	char device_name[INFER_PROBLEM];
	bool ready, retired, hangs, yields;
	int lost;
	char *name;
	uint64_t heard, kept, given, idle_since, kill_at, ticked;
};

/**
 * infer_process_start() - a worker that is born in a cgroup
 * @cgroup: its path, or NULL for the service's own
 * @who: its agent, for the fleet
 * @avoid: devices of the fleet, as bits, that are to be its last ones
 *
 * It makes its device ready at once, and takes jobs meanwhile.
 *
 * Return: 0 and *process, in the service's list; a negative errno, -ENOENT if the cgroup is gone, -EACCES or -EPERM if
 * this user may not start processes there.
 */
int infer_process_start(struct infer_service *service, const char *cgroup, uint64_t who, uint32_t avoid,
			struct infer_process **process);

/* infer_process_who(): a number of its agent's, for the fleet; 0 if it has none. */
uint64_t infer_process_who(const struct infer_process *process);

/* infer_process_device(): of the fleet, the one that it has, or opens first. */
uint32_t infer_process_device(const struct infer_process *process);

/* infer_process_give(): a job to compute: 0; -ENOMEM or -E2BIG, with the job as it was. */
int infer_process_give(struct infer_process *process, struct infer_job *job);

/* infer_process_forget(): a job that it has not any more. */
void infer_process_forget(struct infer_process *process, struct infer_job *job);

/**
 * infer_process_hear() - one message of the worker's
 *
 * Return: 0; -ETIMEDOUT, -ENODEV, -EBADMSG or -ENOMEM if the worker is to be given up.
 */
int infer_process_hear(struct infer_process *process, const struct infer_worker_message *message);

/* infer_process_load(): jobs that it may be computing. */
uint32_t infer_process_load(const struct infer_process *process);

/* infer_process_cancel(): a job that it has; it is in no queue then. -ENOMEM: the worker is to be given up. */
int infer_process_cancel(struct infer_process *process, struct infer_job *job);

/**
 * infer_process_end() - gives it up; its jobs go back to their agent's queue
 * @kill: at once; else it is asked to, and killed if it takes long
 */
void infer_process_end(struct infer_process *process, bool kill);

/**
 * infer_process_better_elsewhere() - whether its device is better left for another
 * @avoid: as for infer_fleet_order()
 */
bool infer_process_better_elsewhere(const struct infer_process *process, uint32_t avoid, uint64_t now);

/**
 * infer_process_retire() - it takes no more jobs
 *
 * Those it has end where they are, or move when its device fails under them. It ends if it has none.
 */
void infer_process_retire(struct infer_process *process);

/* infer_process_tick(): what time has come for. */
void infer_process_tick(struct infer_process *process, uint64_t now);

/* infer_processes_reap(): of those that are ending, forgets those that have, and kills those that do not. */
void infer_processes_reap(struct infer_service *service, uint64_t now);

#endif
