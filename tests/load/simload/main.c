// SPDX-License-Identifier: GPL-2.0
/*
 * simload: puts load on a simgpu device and says what came of it.
 *
 *   main ── worker (process, one open file) ── client (thread) ──jobs──> engine
 *     │        └─ …                             └─ …
 *     └── report <── results of all clients
 *
 * Results lie in shared memory, so that main can add them up however a worker
 * ended.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "../load.h"
#include "options.h"
#include "report.h"
#include "run.h"
#include "worker.h"

static void on_signal(int sig)
{
	(void)sig;
	run_stopped = 1;
}

/* Forks the workers, or fewer if it must. */
static void start_workers(pid_t *pid, struct result *results)
{
	pid_t parent = getpid();
	unsigned int i;

	for (i = 0; i < opt.processes; i++) {
		pid[i] = fork();
		if (pid[i] < 0) {
			perror("simload: fork");
			opt.processes = i;
			run_stopped = 1;
			return;
		}
		if (pid[i])
			continue;
		/* A killed parent must not leave load behind. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(getppid() == parent ? worker_main(i, results + i * opt.threads) :
					    EXIT_UNEXPECTED);
	}
}

/* Until a signal of @awaited, or @when: what polled would wake an idle processor for nothing. */
static void await(const sigset_t *awaited, int64_t when)
{
	int64_t left = when - now_ns();
	struct timespec ts;
	int sig;

	if (left < 0)
		left = 0;
	ts.tv_sec = left / NSEC_PER_SEC;
	ts.tv_nsec = left % NSEC_PER_SEC;
	sig = sigtimedwait(awaited, NULL, &ts);
	if (sig == SIGTERM || sig == SIGINT)
		run_stopped = 1;
}

/* Waits for all workers, with a report now and then; sends on a stop. */
static int wait_workers(const pid_t *pid, const struct result *results, int64_t start)
{
	int64_t next = start + opt.stats_interval;
	unsigned int i, left = opt.processes;
	bool told = false;
	struct result sum;
	int status, ret = 0;
	sigset_t awaited;
	pid_t done;

	sigemptyset(&awaited);
	sigaddset(&awaited, SIGCHLD);
	sigaddset(&awaited, SIGTERM);
	sigaddset(&awaited, SIGINT);
	sigprocmask(SIG_BLOCK, &awaited, NULL);
	while (left) {
		done = waitpid(-1, &status, WNOHANG);
		if (done > 0) {
			left--;
			if (!WIFEXITED(status) || WEXITSTATUS(status))
				ret = EXIT_UNEXPECTED;
			continue;
		}
		if (run_stopped && !told) {
			for (i = 0; i < opt.processes; i++)
				if (pid[i] > 0)
					kill(pid[i], SIGTERM);
			told = true;
		}
		if (opt.stats_interval && now_ns() >= next) {
			result_sum(&sum, results, opt.processes * opt.threads);
			report(false, &sum, now_ns() - start);
			next += opt.stats_interval;
		}
		await(&awaited, opt.stats_interval ? next : INT64_MAX);
	}
	return ret;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct result *results, sum;
	int64_t start;
	pid_t *pid;
	int ret;

	options_parse(argc, argv);
	results = mmap(NULL, sizeof(*results) * opt.processes * opt.threads,
		       PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid = calloc(opt.processes, sizeof(*pid));
	if (results == MAP_FAILED || !pid) {
		perror("simload");
		return EXIT_UNEXPECTED;
	}
	/* No SA_RESTART: a signal must end the waits. */
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);

	start = opt.begin ? opt.begin : now_ns();
	if (opt.seconds)
		run_deadline = start + opt.seconds;
	start_workers(pid, results);
	ret = wait_workers(pid, results, start);
	result_sum(&sum, results, opt.processes * opt.threads);
	report(true, &sum, now_ns() - start);
	if (sum.unexpected || sum.verify_failed)
		ret = EXIT_UNEXPECTED;
	free(pid);
	return ret;
}
