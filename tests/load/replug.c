// SPDX-License-Identifier: GPL-2.0
/*
 * replug: threads that submit to a simgpu whatever becomes of it. When the device goes they
 * open the next one. A thread lives as long as the program, and so does its ticket.
 *
 * Usage: replug [--threads N] [--duration NS] [--jobs N] [--never] --seconds S
 * Each opens the first simgpu, submits N jobs (8), waits for each, and closes it; over and over.
 * With --never it submits one that waits for a fence that does not signal, and keeps the file open.
 * Prints: replug submitted=N ended=N gone=N unexpected=N
 * gone: calls that said that there is no such device. Exit status: 0; 1 for any other error.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "simgpu.h"

static int64_t deadline;
static uint64_t duration = 2000000;
static unsigned long jobs = 8;
static atomic_ulong submitted, ended, gone, unexpected;
static bool never;
static volatile sig_atomic_t stopped;

static bool over(void)
{
	return stopped || now_ns() >= deadline;
}

static void on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

/* Whether @err is none; ENODEV says that the device went. */
static bool fine(int err, const char *what)
{
	if (!err)
		return true;
	if (err == ENODEV) {
		gone++;
		return false;
	}
	unexpected++;
	fprintf(stderr, "replug: %s: %s\n", what, strerror(err));
	return false;
}

/* A job that is there as long as the file, whatever becomes of the device. */
static void stay(int fd)
{
	struct drm_simgpu_fence fence = { .sync = simgpu_syncobj(fd) };
	struct drm_simgpu_sync in = { .handle = fence.sync };
	struct drm_simgpu_submit s = { .in_syncs = (uintptr_t)&in, .in_count = 1 };

	if (!fine(ioctl(fd, DRM_IOCTL_SIMGPU_FENCE, &fence) ? errno : 0, "fence") ||
	    !fine(ioctl(fd, DRM_IOCTL_SIMGPU_SUBMIT, &s) ? errno : 0, "submit"))
		return;
	submitted++;
	while (!over())
		usleep(10000);
}

/* One open file. */
static void visit(int fd)
{
	struct drm_syncobj_create create = { .flags = 0 };
	unsigned long i;
	int err;

	if (!fine(ioctl(fd, DRM_IOCTL_SYNCOBJ_CREATE, &create) ? errno : 0, "syncobj"))
		return;
	for (i = 0; i < jobs && !over(); i++) {
		err = simgpu_submit(fd, 0, duration, create.handle);
		/* A signal of ours may break the sleep for room in the file. */
		if (err == EINTR)
			continue;
		if (!fine(err, "submit"))
			return;
		submitted++;
		if (!fine(simgpu_wait(fd, create.handle, 60 * NSEC_PER_SEC), "wait"))
			return;
		ended++;
	}
}

static void *run(void *unused)
{
	int fd;

	(void)unused;
	while (!over()) {
		fd = simgpu_find(false);
		if (fd < 0) {
			/* There is none, or none yet, or none any more. */
			if (fd != -ENOENT && fd != -ENODEV && fd != -ENXIO)
				fine(-fd, "open");
			usleep(1000);
			continue;
		}
		if (never)
			stay(fd);
		else
			visit(fd);
		close(fd);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "threads", required_argument, NULL, 't' },
		{ "duration", required_argument, NULL, 'd' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "never", no_argument, NULL, 'n' },
		{ "seconds", required_argument, NULL, 's' },
		{ }
	};
	struct sigaction sa = { .sa_handler = on_signal };
	unsigned long threads = 4, i;
	int64_t seconds = 0;
	pthread_t *thread;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 't':
			threads = strtoul(optarg, NULL, 0);
			break;
		case 'd':
			duration = strtoull(optarg, NULL, 0);
			break;
		case 'j':
			jobs = strtoul(optarg, NULL, 0);
			break;
		case 'n':
			never = true;
			break;
		case 's':
			seconds = strtoll(optarg, NULL, 0);
			break;
		default:
			return 2;
		}
	}
	if (!seconds || !threads || optind < argc)
		die("usage: replug [--threads N] [--duration NS] [--jobs N] [--never] --seconds S");
	sigaction(SIGTERM, &sa, NULL);
	deadline = now_ns() + seconds * NSEC_PER_SEC;
	thread = calloc(threads, sizeof(*thread));
	for (i = 0; i < threads; i++)
		if (!thread || pthread_create(&thread[i], NULL, run, NULL))
			die("no threads");
	for (i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	printf("replug submitted=%lu ended=%lu gone=%lu unexpected=%lu\n", submitted, ended, gone,
	       unexpected);
	return unexpected ? 1 : 0;
}
