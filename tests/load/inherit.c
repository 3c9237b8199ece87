// SPDX-License-Identifier: GPL-2.0
/*
 * inherit: goes on with the open file of a process that was killed.
 *
 *   inherit [DURATION-NS]
 *
 * A child submits a job to the file that it shares with its parent, and is killed. A simgpu
 * with flush=1 then runs nothing more for this file, but takes what the parent submits: jobs
 * that never run. It submits as many as it can, until SIGTERM.
 *
 * Prints "inherit" when the first of these is queued; exit status 2 if it could not run.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "simgpu.h"

#define JOB_TIMEOUT	(60 * NSEC_PER_SEC)

static void on_term(int sig)
{
	(void)sig;
	_exit(0); /* also out of a submission that is held */
}

/* Its job is done, so what a job costs is known. */
static void submit_and_die(int fd, uint64_t duration_ns)
{
	uint32_t sync = simgpu_syncobj(fd);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (simgpu_submit(fd, 0, duration_ns, sync) || simgpu_wait(fd, sync, JOB_TIMEOUT))
		_exit(1);
	raise(SIGKILL);
}

int main(int argc, char **argv)
{
	uint64_t duration_ns = 2 * NSEC_PER_MSEC;
	int fd = simgpu_open(), status;
	pid_t pid;

	if (argc > 1)
		duration_ns = parse_number(argv[1], SIMGPU_MAX_DURATION_NS);
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = on_term }, NULL);
	pid = fork();
	if (pid < 0)
		die("fork: %m");
	if (!pid)
		submit_and_die(fd, duration_ns);
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		die("the child could not run");
	for (bool first = true;; first = false) {
		if (simgpu_submit(fd, 0, duration_ns, 0))
			die("submit: %m");
		if (first) {
			puts("inherit");
			fflush(stdout);
		}
	}
}
