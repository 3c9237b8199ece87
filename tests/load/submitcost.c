// SPDX-License-Identifier: GPL-2.0
/*
 * submitcost: what one uncontended submission to a simgpu costs the processor.
 *
 * For the deterministic guest, where a nanosecond is an instruction and there
 * is one processor. Each round submits one short job, and then spins for a
 * fixed number of iterations, long enough for the job to be done. It prints
 *
 *   ioctl   nanoseconds in the ioctl, the median of all rounds
 *   round   nanoseconds of a round, the median (so without the timer ticks):
 *           all that runs on the processor for the job, in whatever context,
 *           and the spinning, which is the same each time. The difference of
 *           two runs is what the one adds to the other.
 *
 * With --fifo nothing else runs until the ioctl has returned, so that "ioctl"
 * is the caller's own path alone; the default is SCHED_IDLE: what the
 * submission wakes runs at once. --info and --version make another ioctl
 * instead: one that is a driver's but no submission, and one of DRM's own.
 * With --turns the jobs are for engine 0 and 1 in turn.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <sched.h>

#include "simgpu.h"

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void spin(unsigned int n)
{
	while (n--)
		__asm__ volatile("");
}

/* SPIN: iterations of two instructions, 300 us; WARM_UP: allocated and learnt once. */
enum { SPIN = 150000, WARM_UP = 50, JOB_NS = 20000 };
enum call { SUBMIT, TURNS, INFO, VERSION };

static int make_call(int fd, enum call call, uint32_t engine)
{
	struct drm_simgpu_submit submit = { .engine = engine, .duration_ns = JOB_NS };
	struct drm_simgpu_info info = { 0 };
	struct drm_version version = { 0 };

	switch (call) {
	case SUBMIT:
	case TURNS:
		return ioctl(fd, DRM_IOCTL_SIMGPU_SUBMIT, &submit);
	case INFO:
		return ioctl(fd, DRM_IOCTL_SIMGPU_INFO, &info);
	default:
		return ioctl(fd, DRM_IOCTL_VERSION, &version);
	}
}

static int64_t median(int64_t *times, unsigned int n)
{
	qsort(times, n, sizeof(*times), compare);
	return times[n / 2];
}

static int measure(int fd, enum call call, bool fifo, unsigned int rounds)
{
	int64_t *ioctls = calloc(rounds + WARM_UP, sizeof(*ioctls));
	int64_t *whole = calloc(rounds + WARM_UP, sizeof(*whole));
	int64_t start, now = now_ns();
	unsigned int i;

	if (!ioctls || !whole)
		return -1;
	/* No page fault in a round: calloc() has promised memory, not given it. */
	memset(ioctls, 1, (rounds + WARM_UP) * sizeof(*ioctls));
	memset(whole, 1, (rounds + WARM_UP) * sizeof(*whole));
	for (i = 0; i < rounds + WARM_UP; i++) {
		start = now;
		if (make_call(fd, call, call == TURNS ? i % 2 : 0))
			return -1;
		ioctls[i] = now_ns() - start;
		if (fifo)
			usleep(SPIN / 500);
		else
			spin(SPIN);
		now = now_ns();
		whole[i] = now - start;
	}
	printf("submitcost ioctl=%" PRId64 " round=%" PRId64 "\n",
	       median(ioctls + WARM_UP, rounds), median(whole + WARM_UP, rounds));
	return 0;
}

int main(int argc, char **argv)
{
	struct sched_param param = { 0 };
	unsigned int rounds = 1000;
	enum call call = SUBMIT;
	bool fifo = false;
	int i, fd;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--fifo")) {
			fifo = true;
		} else if (!strcmp(argv[i], "--turns")) {
			call = TURNS;
		} else if (!strcmp(argv[i], "--info")) {
			call = INFO;
		} else if (!strcmp(argv[i], "--version")) {
			call = VERSION;
		} else if (atoi(argv[i]) > 0) {
			rounds = atoi(argv[i]);
		} else {
			fputs("usage: submitcost [--fifo] [--turns|--info|--version] [ROUNDS]\n", stderr);
			return 2;
		}
	}
	fd = simgpu_find(false);
	param.sched_priority = fifo ? 50 : 0;
	if (fd < 0 || sched_setscheduler(0, fifo ? SCHED_FIFO : SCHED_IDLE, &param) ||
	    measure(fd, call, fifo, rounds)) {
		perror("submitcost");
		return 1;
	}
	return 0;
}
