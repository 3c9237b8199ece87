// SPDX-License-Identifier: GPL-2.0
/*
 * squat: an open file of a simgpu at the address where another driver's was just before.
 *
 *   squat OTHER-NODE NODE [ROUNDS]
 *
 * Each round opens OTHER-NODE, makes an ioctl there that has the number of simgpu's submission
 * (and is none for that driver), closes it, opens NODE, and submits a job. The kernel gives the
 * second file the memory of the first, unless something else takes it in between, each time: so
 * the rounds have one file of each node, two, three, four, and one again.
 *
 * Prints "squat submitted=N"; exit status 2 if it could not run.
 */
#define _GNU_SOURCE
#include <sched.h>

#include "simgpu.h"

#define JOB_TIMEOUT	(60 * NSEC_PER_SEC)

#define FILES		4

static void leave_traces(const char *node, unsigned int files)
{
	struct drm_simgpu_submit s = { };
	int fds[FILES];

	for (unsigned int i = 0; i < files; i++) {
		fds[i] = open(node, O_RDWR | O_CLOEXEC);
		if (fds[i] < 0)
			die("%s: %m", node);
		if (!ioctl(fds[i], DRM_IOCTL_SIMGPU_SUBMIT, &s))
			die("%s takes the ioctl", node);
	}
	for (unsigned int i = 0; i < files; i++)
		close(fds[i]);
}

static void submit(int fd)
{
	uint32_t sync = simgpu_syncobj(fd);
	int err = simgpu_submit(fd, 0, NSEC_PER_MSEC, sync) ?: simgpu_wait(fd, sync, JOB_TIMEOUT);

	if (err)
		die("submit: %s", strerror(err));
}

static void submit_from_each(const char *node, unsigned int files)
{
	int fds[FILES];

	for (unsigned int i = 0; i < files; i++)
		fds[i] = simgpu_open_node(node);
	for (unsigned int i = 0; i < files; i++)
		submit(fds[i]);
	for (unsigned int i = 0; i < files; i++)
		close(fds[i]);
}

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 3 ? parse_number(argv[3], 100000) : 100;
	unsigned int submitted = 0;
	cpu_set_t cpu;

	if (argc < 3)
		die("see the head of squat.c");
	/* Free memory is kept by processor. */
	CPU_ZERO(&cpu);
	CPU_SET(0, &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu))
		die("affinity: %m");
	for (unsigned int i = 0; i < rounds; i++) {
		unsigned int files = i % FILES + 1;

		leave_traces(argv[1], files);
		submit_from_each(argv[2], files);
		submitted += files;
	}
	printf("squat submitted=%u\n", submitted);
	return 0;
}
