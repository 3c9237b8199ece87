// SPDX-License-Identifier: GPL-2.0
/*
 * squat: an open file of a simgpu at the address where another driver's was just before.
 *
 *   squat OTHER-NODE NODE [ROUNDS]
 *
 * Each round opens OTHER-NODE, makes an ioctl there that has the number of simgpu's submission
 * (and is none for that driver), closes it, opens NODE, and submits a job. The kernel gives the
 * second file the memory of the first.
 *
 * Prints "squat submitted=N"; exit status 2 if it could not run.
 */
#define _GNU_SOURCE
#include <sched.h>

#include "simgpu.h"

#define JOB_TIMEOUT	(60 * NSEC_PER_SEC)

static void leave_a_trace(const char *node)
{
	struct drm_simgpu_submit s = { };
	int fd = open(node, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die("%s: %m", node);
	if (!ioctl(fd, DRM_IOCTL_SIMGPU_SUBMIT, &s))
		die("%s takes the ioctl", node);
	close(fd);
}

static void submit(const char *node)
{
	int fd = simgpu_open_node(node), err;
	uint32_t sync = simgpu_syncobj(fd);

	err = simgpu_submit(fd, 0, NSEC_PER_MSEC, sync) ?: simgpu_wait(fd, sync, JOB_TIMEOUT);
	if (err)
		die("submit: %s", strerror(err));
	close(fd);
}

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 3 ? parse_number(argv[3], 100000) : 100;
	cpu_set_t cpu;

	if (argc < 3)
		die("see the head of squat.c");
	/* Free memory is kept by processor. */
	CPU_ZERO(&cpu);
	CPU_SET(0, &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu))
		die("affinity: %m");
	for (unsigned int i = 0; i < rounds; i++) {
		leave_a_trace(argv[1]);
		submit(argv[2]);
	}
	printf("squat submitted=%u\n", rounds);
	return 0;
}
