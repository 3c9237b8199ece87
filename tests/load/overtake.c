// SPDX-License-Identifier: GPL-2.0
/*
 * overtake: a job that was queued later comes to the engine first, and hangs there.
 *
 * Engine 0 serves a job of 2 s. Another of the same process is queued behind it, and waits for
 * engine 1, which takes 1 s. Meanwhile a second process queues its job, which hangs and is with
 * the engine at once: so that is next, not the one that was queued before it.
 *
 * Prints the numbers of both processes, that of the second last, and ends when all jobs have.
 */
#define _GNU_SOURCE
#include <sys/prctl.h>
#include <sys/wait.h>

#include "simgpu.h"

#define PATIENCE	120 /* s */

static void submit(int fd, struct drm_simgpu_submit *job)
{
	if (ioctl(fd, DRM_IOCTL_SIMGPU_SUBMIT, job))
		die("submit: %m");
}

static void drain(int fd)
{
	struct drm_simgpu_counts counts;

	if (!simgpu_drain(fd, PATIENCE, &counts))
		die("jobs do not end");
}

static void hang(void)
{
	struct drm_simgpu_submit job = {
		.duration_ns = NSEC_PER_MSEC,
		.flags = SIMGPU_SUBMIT_HANG,
	};
	int fd = simgpu_open();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	submit(fd, &job);
	printf("%d %d\n", getppid(), getpid());
	fflush(stdout);
	drain(fd);
	_exit(0);
}

int main(void)
{
	struct drm_simgpu_submit other = { .engine = 1, .duration_ns = NSEC_PER_SEC };
	struct drm_simgpu_submit first = { .duration_ns = 2 * NSEC_PER_SEC };
	struct drm_simgpu_submit late = { .duration_ns = NSEC_PER_MSEC, .in_count = 1 };
	int fd = simgpu_open(), status;
	struct drm_simgpu_sync in;
	pid_t pid;

	in = (struct drm_simgpu_sync){ .handle = simgpu_syncobj(fd) };
	other.out_sync = in.handle;
	late.in_syncs = (uintptr_t)&in;
	submit(fd, &other);
	submit(fd, &first);
	submit(fd, &late);
	pid = fork();
	if (pid < 0)
		die("fork: %m");
	if (!pid)
		hang();
	drain(fd);
	if (waitpid(pid, &status, 0) != pid || status)
		die("the other process failed");
	return 0;
}
