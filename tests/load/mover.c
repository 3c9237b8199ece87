// SPDX-License-Identifier: GPL-2.0
/*
 * mover: jobs that use buffers of another device, which that device has to move first.
 *
 *   mover [--seconds S] [--jobs N] [--threads N] NODE…
 *
 * Each thread submits to one of the nodes, and waits for each job; N jobs each, or until the
 * time is over. A simgpu with two devices queues a job on the other one in the same call.
 *
 * SIGTERM ends it early. Prints "mover submitted=N wrong=N"; exit status 1 if a submission failed.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <pthread.h>
#include <signal.h>

#include "simgpu.h"

#define MAX_THREADS	64
#define DURATION_NS	(2 * NSEC_PER_MSEC)
#define JOB_TIMEOUT	(60 * NSEC_PER_SEC)

static volatile int64_t deadline;
static uint64_t most = UINT64_MAX;
static uint64_t submitted, wrong; /* atomic */

static void on_term(int sig)
{
	(void)sig;
	deadline = 0;
}

static void *run(void *node)
{
	int fd = simgpu_open_node(node);
	struct drm_simgpu_submit s = {
		.flags = SIMGPU_SUBMIT_MOVE,
		.duration_ns = DURATION_NS,
		.out_sync = simgpu_syncobj(fd),
	};
	int err;

	for (uint64_t i = 0; i < most && now_ns() < deadline; i++) {
		err = ioctl(fd, DRM_IOCTL_SIMGPU_SUBMIT, &s) ? errno : 0;
		if (err) {
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
			fprintf(stderr, "mover: submit: %s\n", strerror(err));
			break;
		}
		__atomic_add_fetch(&submitted, 1, __ATOMIC_RELAXED);
		err = simgpu_wait(fd, s.out_sync, JOB_TIMEOUT);
		if (err)
			die("wait: %s", strerror(err));
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 's' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "threads", required_argument, NULL, 't' },
		{ }
	};
	unsigned int threads = 1, seconds = 600, i;
	pthread_t thread[MAX_THREADS];
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's')
			seconds = parse_number(optarg, 3600);
		else if (c == 'j')
			most = parse_number(optarg, UINT64_MAX);
		else if (c == 't')
			threads = parse_number(optarg, MAX_THREADS);
		else
			die("see the head of mover.c");
	}
	if (optind == argc)
		die("see the head of mover.c");
	deadline = now_ns() + seconds * NSEC_PER_SEC;
	sigaction(SIGTERM,
		  &(struct sigaction){ .sa_handler = on_term, .sa_flags = SA_RESTART }, NULL);
	for (i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, run, argv[optind + i % (argc - optind)]))
			die("thread");
	for (i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	printf("mover submitted=%llu wrong=%llu\n", (unsigned long long)submitted,
	       (unsigned long long)wrong);
	return !!wrong;
}
