// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * By a pidfd: between looking whose process it is and the signal another may have got its number.
 */
#include "killer.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <time.h>
#include <unistd.h>

#include "acts.h"
#include "cgroup.h"
#include "cleanup.h"

#define NS_PER_S	INT64_C(1000000000)

struct killer_job {
	uint64_t queued_at_ns;
	uint32_t pid;
};

static void freep(char **text)
{
	free(*text);
}

static bool is_done(const struct killer *killer, const struct headgate_stall *stall)
{
	for (size_t i = 0; i < killer->n_jobs; i++)
		if (killer->jobs[i].pid == stall->pid && killer->jobs[i].queued_at_ns == stall->queued_at_ns)
			return true;
	return false;
}

static void remember(struct killer *killer, const struct headgate_stall *stall)
{
	struct killer_job *jobs = reallocarray(killer->jobs, killer->n_jobs + 1, sizeof(*jobs));

	if (!jobs)
		return;
	killer->jobs = jobs;
	jobs[killer->n_jobs++] = (struct killer_job){ stall->queued_at_ns, stall->pid };
}

static void forget(struct killer *killer, const struct headgate_stalls *stalls)
{
	size_t kept = 0;

	for (size_t i = 0; i < killer->n_jobs; i++) {
		bool open = false;

		for (size_t j = 0; j < stalls->count && !open; j++)
			open = stalls->items[j].pid == killer->jobs[i].pid &&
			       stalls->items[j].queued_at_ns == killer->jobs[i].queued_at_ns;
		if (open)
			killer->jobs[kept++] = killer->jobs[i];
	}
	killer->n_jobs = kept;
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Since when it lives, by CLOCK_MONOTONIC, to a tick; negative errno. */
static int64_t started_ns(uint32_t pid)
{
	unsigned long long ticks;
	char path[32], text[1024];
	FILE *file;
	size_t length;
	const char *rest;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[length] = '\0';
	/* Its name may have anything in it, but comes before this. */
	rest = strrchr(text, ')');
	if (!rest || sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
			    &ticks) != 1)
		return -EPROTO;
	return (int64_t)(ticks * (uint64_t)(NS_PER_S / sysconf(_SC_CLK_TCK))) -
	       (clock_ns(CLOCK_BOOTTIME) - clock_ns(CLOCK_MONOTONIC));
}

/* Whether it is the process that queued the job, and in the agent still. */
static bool is_owner(const struct headgate_stall *stall)
{
	headgate_cleanup(freep) char *agent = NULL, *own = NULL;
	int64_t started;

	if (headgate_cgroup_path(stall->agent_id, &agent) || headgate_cgroup_of((pid_t)stall->pid, &own))
		return false;
	started = started_ns(stall->pid);
	return *own && headgate_cgroup_covers(agent, own) && started >= 0 && started <= (int64_t)stall->queued_at_ns;
}

static int kill_owner(const struct headgate_stall *stall)
{
	int fd = pidfd_open((pid_t)stall->pid, 0), ret;

	if (fd < 0)
		return -errno;
	ret = !is_owner(stall) ? -ESRCH : pidfd_send_signal(fd, SIGKILL, NULL, 0) ? -errno : 0;
	close(fd);
	return ret;
}

static void tell_of(const struct headgate_stall *stall, int err,
		    void (*tell)(const char *sentence, const struct headgate_agent *agent, bool over,
			      void *data), void *data)
{
	char text[256];

	if (err)
		snprintf(text, sizeof(text), "process %" PRIu32 " (%s), whose job hangs, is not killed: %s", stall->pid,
			 stall->comm, err == -ESRCH ? "it is gone, or in another agent" : strerror(-err));
	else
		snprintf(text, sizeof(text), "process %" PRIu32 " (%s) was killed: its job hangs, [brownout] says kill-after",
			 stall->pid, stall->comm);
	tell(text, NULL, false, data);
}

void killer_look(struct killer *killer, const struct headgate_stalls *stalls,
		 const struct headgate_config_brownout *config, uint64_t now_ns,
		 void (*tell)(const char *sentence, const struct headgate_agent *agent, bool over,
			      void *data), void *data)
{
	forget(killer, stalls);
	for (size_t i = 0; i < stalls->count; i++) {
		const struct headgate_stall *stall = &stalls->items[i];

		if (!acts_kills(config, stall, now_ns) || is_done(killer, stall))
			continue;
		remember(killer, stall);
		tell_of(stall, kill_owner(stall), tell, data);
	}
}

void killer_free(struct killer *killer)
{
	free(killer->jobs);
	*killer = (struct killer){ 0 };
}
