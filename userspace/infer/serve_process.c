// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "freezer.h"
#include "serve.h"
#include "serve_files.h"
#include "serve_gate.h"

/* From being asked to end to SIGKILL. */
#define END_NS (5 * INFER_SECOND)

/* From the end of a worker that was kept ready to the next such: it may end at once. */
#define WARM_AGAIN_NS (5 * INFER_SECOND)

/* A job's worker may end so often without a token in between, and so often in all. */
#define DEATHS 3
#define ALL_DEATHS 32

static void on_ready(struct infer_watch *watch, uint32_t events);

static struct infer_process *process_of(struct infer_watch *watch)
{
	return (struct infer_process *)((char *)watch - offsetof(struct infer_process, watch));
}

uint64_t infer_process_who(const struct infer_process *process)
{
	return process->agent ? infer_agent_who(process->agent) : 0;
}

uint32_t infer_process_device(const struct infer_process *process)
{
	return process->ready ? process->device : process->order.of[0];
}

/* ---- start ---- */

/* The child's copy of @fd stays open over exec; no other thread forks meanwhile, there is none. */
static pid_t spawn(struct infer_service *service, const char *cgroup, const char *devices, int fd)
{
	const struct infer_service_policy *policy = &service->policy;
	char number[16], sequences[16], context[16], threads[16];
	char *const argv[] = { "/proc/self/exe", "worker", "--fd", number, "--model", (char *)policy->model,
			       "--device", (char *)devices, "--sequences", sequences, "--context", context,
			       "--threads", threads, NULL };
	struct headgate_spawn held;
	sigset_t none;
	int error;

	snprintf(number, sizeof(number), "%d", fd);
	snprintf(sequences, sizeof(sequences), "%u", policy->sequences);
	snprintf(context, sizeof(context), "%u", policy->context);
	snprintf(threads, sizeof(threads), "%u", policy->threads);
	sigemptyset(&none);
	if (fcntl(fd, F_SETFD, 0))
		return -errno;
	error = headgate_spawn_hold(cgroup, argv, &none, &held);
	if (error)
		return error;
	/* One that was killed already is noticed by its socket; with more files than it needs it works as well. */
	infer_files_give(held.pid, policy->files);
	return headgate_spawn_let(&held);
}

static int connect_to(struct infer_process *process, const char *cgroup, uint64_t who, uint32_t avoid)
{
	struct infer_service *service = process->service;
	int fds[2], error;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return -errno;
	infer_fleet_order(&service->fleet, who, avoid, infer_now_ns(), &process->order);
	process->pid = spawn(service, cgroup, process->order.text, fds[1]);
	close(fds[1]);
	if (process->pid < 0) {
		close(fds[0]);
		return process->pid;
	}
	error = infer_loop_watch(service->loop, &process->watch, fds[0], EPOLLIN);
	if (error) {
		close(fds[0]);
		kill(process->pid, SIGKILL);
		waitpid(process->pid, NULL, 0);
	}
	return error;
}

int infer_process_start(struct infer_service *service, const char *cgroup, uint64_t who, uint32_t avoid,
			struct infer_process **process)
{
	struct infer_process *p = calloc(1, sizeof(*p));
	int error;

	if (!p)
		return -ENOMEM;
	p->service = service;
	p->watch = (struct infer_watch){ .ready = on_ready, .fd = -1 };
	p->heard = infer_now_ns();
	p->idle_since = p->heard;
	error = connect_to(p, cgroup, who, avoid);
	if (error) {
		free(p);
		return error;
	}
	p->next = service->workers;
	service->workers = p;
	service->n_workers++;
	*process = p;
	return 0;
}

/* ---- end ---- */

static void leave_agent(struct infer_process *process)
{
	struct infer_agent *agent = process->agent;

	if (!agent)
		return;
	if (agent->worker == process)
		agent->worker = NULL;
	else
		agent->retired--;
	process->agent = NULL;
	agent->left = infer_now_ns();
}

/* Each device may hang under a job once: after all of them come the processors, which do not. */
static void count_death(struct infer_process *process, struct infer_agent *agent, struct infer_job *job)
{
	uint32_t bit = 1u << infer_process_device(process);

	job->all_deaths++;
	if (process->hangs && !(job->avoid & bit)) {
		job->avoid |= bit;
		return;
	}
	job->deaths++;
	/* A driver that takes its process with it looks like this; the last attempt is on another, and says nothing of that. */
	if (job->deaths < DEATHS - 1 || !process->ready)
		return;
	job->avoid |= bit;
	if (job->deaths == DEATHS - 1) {
		infer_fleet_note(&process->service->fleet, process->device, "workers end while they compute on it");
		infer_fleet_suspect(&process->service->fleet, process->device, infer_agent_who(agent), infer_now_ns());
	}
}

static void log_end(struct infer_process *process, const char *name, const char *how)
{
	static const char none[] = "it had no request", one[] = "its request goes on", many[] = "its %u requests go on";
	char then[64];

	snprintf(then, sizeof(then), process->went_on > 1 ? many : process->went_on ? one : none, process->went_on);
	infer_log(&process->service->ends, infer_now_ns(), "%s %s; %s", name, how, then);
}

/* Once its jobs are elsewhere. How one has ended that nobody killed is known when it is waited for. */
static void note_end(struct infer_process *process, const struct infer_agent *agent)
{
	const struct infer_service_policy *policy = &process->service->policy;
	char how[INFER_PROBLEM + 64], *name;

	/* Of what nobody had asked for, the devices are told of, and it is tried again and again. */
	if (!process->lost || (process->lost == -ENODEV && !agent))
		return;
	if (asprintf(&name, "worker %d of %s%s", process->pid, agent ? "agent " : "no agent yet",
			     agent ? agent->cgroup : "") < 0)
		return;
	switch (process->lost) {
	case -ETIME:
		snprintf(how, sizeof(how), "said nothing for %.0f s and was killed",
			 (double)policy->hang_ns * (process->ready ? 1 : INFER_FLEET_OPENING) / INFER_SECOND);
		break;
	case -ETIMEDOUT:
		snprintf(how, sizeof(how), "was killed, as its device %s does not answer", process->device_name);
		break;
	case -ENODEV:
		snprintf(how, sizeof(how), "ended, as it could use no device");
		break;
	case -EBADMSG:
		snprintf(how, sizeof(how), "said what no worker says and was killed");
		break;
	case -ENOMEM:
		snprintf(how, sizeof(how), "was killed, as there is no memory for what it says");
		break;
	default:
		process->name = name;
		return;
	}
	log_end(process, name, how);
	free(name);
}

static void log_status(struct infer_process *process, int status)
{
	char how[64];

	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(how, sizeof(how), "ended with status %d", WEXITSTATUS(status));
	log_end(process, process->name, how);
	free(process->name);
}

/* A job whose worker has ended: to the queue again, or enough is enough. */
static void take_back(struct infer_process *process, struct infer_agent *agent, struct infer_job *job)
{
	infer_jobs_remove(&process->jobs, job);
	job->worker = NULL;
	job->moves++;
	if (!process->yields)
		count_death(process, agent, job);
	if (job->deaths >= DEATHS || job->all_deaths >= ALL_DEATHS) {
		infer_job_fail(job, 500, "worker_died",
			       "The worker ended %u times while it computed this answer, %u tokens of which are done.",
			       job->all_deaths, job->n_tokens);
	} else {
		process->went_on++;
		infer_agent_take_back(agent, job);
	}
}

void infer_process_end(struct infer_process *process, bool kill_it)
{
	struct infer_service *service = process->service;
	struct infer_agent *agent = process->agent;
	struct infer_process **at = &service->workers;
	int fd = process->watch.fd;

	while (*at != process)
		at = &(*at)->next;
	*at = process->next;
	service->n_workers--;
	infer_loop_forget(service->loop, &process->watch);
	close(fd);
	infer_bytes_free(&process->in);
	infer_bytes_free(&process->out);
	if (kill_it)
		kill(process->pid, SIGKILL);
	process->kill_at = infer_now_ns() + END_NS;
	leave_agent(process);
	while (process->jobs.first)
		take_back(process, agent, process->jobs.first);
	note_end(process, agent);
	process->next = service->ending;
	service->ending = process;
	service->n_ending++;
	if (agent)
		infer_agent_dispatch(agent);
	else
		service->warm_at = infer_now_ns() + WARM_AGAIN_NS;
}

void infer_processes_reap(struct infer_service *service, uint64_t now)
{
	struct infer_process **at = &service->ending;

	while (*at) {
		struct infer_process *process = *at;
		int status = 0;

		/* One that hangs in its driver is not gone until the driver lets it. */
		if (waitpid(process->pid, &status, WNOHANG)) {
			if (process->name)
				log_status(process, status);
			*at = process->next;
			service->n_ending--;
			free(process);
			continue;
		}
		if (now >= process->kill_at) {
			kill(process->pid, SIGKILL);
			process->kill_at = UINT64_MAX;
		}
		at = &process->next;
	}
}

/* ---- jobs ---- */

static int send_out(struct infer_process *process)
{
	int error = infer_bytes_send(&process->out, process->watch.fd);

	if (error)
		return error;
	return infer_loop_watch(process->service->loop, &process->watch, process->watch.fd,
				EPOLLIN | (infer_bytes_left(&process->out) ? EPOLLOUT : 0));
}

uint32_t infer_process_load(const struct infer_process *process)
{
	return process->jobs.count + process->owed;
}

int infer_process_give(struct infer_process *process, struct infer_job *job)
{
	int error = infer_worker_put_ask(&process->out, job->id, &job->what.ask, job->tokens, job->n_tokens);

	if (error)
		return error;
	if (!infer_process_load(process))
		process->heard = infer_now_ns();
	infer_jobs_append(&process->jobs, job);
	job->worker = process;
	/* A worker that has ended is noticed when its socket is read. */
	send_out(process);
	return 0;
}

void infer_process_forget(struct infer_process *process, struct infer_job *job)
{
	infer_jobs_remove(&process->jobs, job);
	job->worker = NULL;
	if (!process->jobs.count)
		process->idle_since = infer_now_ns();
}

int infer_process_cancel(struct infer_process *process, struct infer_job *job)
{
	struct infer_worker_ended cancel = { .id = job->id };
	int error = infer_worker_put(&process->out, INFER_WORKER_CANCEL, &cancel, sizeof(cancel), NULL);

	infer_process_forget(process, job);
	if (error)
		return error;
	process->owed++;
	send_out(process);
	return 0;
}

/* ---- what it says ---- */

static int read_in(struct infer_process *process)
{
	ptrdiff_t got = infer_bytes_read(&process->in, process->watch.fd);
	struct infer_worker_message message;
	int whole, error = 0;

	if (got == -EAGAIN)
		return 0;
	if (got <= 0)
		return got ? (int)got : -ECONNRESET;
	process->heard = infer_now_ns();
	process->kept = 0;
	while (!error && (whole = infer_worker_next(&process->in, &message))) {
		if (whole < 0)
			return whole;
		error = infer_process_hear(process, &message);
		infer_worker_done(&process->in, &message);
	}
	return error;
}

static void on_ready(struct infer_watch *watch, uint32_t events)
{
	struct infer_process *process = process_of(watch);
	int error = events & ~(uint32_t)EPOLLOUT ? read_in(process) : 0;

	if (!error && events & EPOLLOUT)
		error = send_out(process);
	process->hangs = error == -ETIMEDOUT;
	process->lost = error;
	if (error)
		infer_process_end(process, true);
	else if (process->retired && !infer_process_load(process))
		infer_process_end(process, false);
	else if (process->agent)
		infer_agent_dispatch(process->agent);
	infer_share_settle(process->service);
}

/* ---- time ---- */

bool infer_process_better_elsewhere(const struct infer_process *process, uint32_t avoid, uint64_t now)
{
	return process->ready && infer_fleet_better(&process->service->fleet, process->device,
						    infer_process_who(process), avoid, now);
}

void infer_process_retire(struct infer_process *process)
{
	process->retired = true;
	if (process->agent && process->agent->worker == process) {
		process->agent->worker = NULL;
		process->agent->retired++;
	}
	if (!infer_process_load(process))
		infer_process_end(process, false);
}

/* A frozen agent's worker is as still as it is, and one at the gate waits for what its policy leaves it. */
static bool is_kept(const struct infer_process *process)
{
	if (process->agent && headgate_freezer_frozen(process->agent->cgroup) > 0)
		return true;
	return infer_gate_holds("/proc", process->pid);
}

void infer_process_tick(struct infer_process *process, uint64_t now)
{
	struct infer_service *service = process->service;
	bool busy = infer_process_load(process) || !process->ready;
	uint64_t patience = service->policy.hang_ns * (process->ready ? 1 : INFER_FLEET_OPENING);

	/* Looked at often: at the end of its patience it may be between two waits. */
	if (busy && now > process->heard + patience / 4) {
		process->kept = !is_kept(process) ? 0 : process->kept ?: now;
		process->heard = process->kept ? now : process->heard;
	}
	/* One that was started since @now was read has been heard of after it. */
	if (busy && now > process->heard + patience) {
		infer_fleet_note(&service->fleet, infer_process_device(process), "a worker on it said nothing for %.0f s",
				 (double)patience / INFER_SECOND);
		infer_fleet_suspect(&service->fleet, infer_process_device(process), infer_process_who(process), now);
		process->hangs = true;
		process->lost = -ETIME;
		infer_process_end(process, true);
		return;
	}
	if (!busy && process->agent && now > process->idle_since + service->policy.idle_ns) {
		infer_process_end(process, false);
		return;
	}
	/* An agent's goes when its next request has another. */
	if (!process->agent && !process->retired && infer_process_better_elsewhere(process, 0, now))
		infer_process_retire(process);
}
