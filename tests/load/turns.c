// SPDX-License-Identifier: GPL-2.0
/*
 * turns: jobs for engine 0 and 1 in turn, through one open file. The gate tells them apart by
 * their argument, if it can.
 *
 *   turns [--seconds S] [--jobs N] [--threads N] [--duration NS] MODE
 *
 *   plain     the argument is where programs have it, on the stack
 *   unread    it is paged out before each call, so the gate cannot read it
 *   flip      another thread, of higher priority, rewrites the engine during each call: the gate
 *             may have read another than the driver
 *   deaf      it cannot be written, so the driver's answer fails, and with it the ioctl: its job
 *             is queued all the same, but the gate does not learn from calls that failed
 *   bad       no load: 20 rounds of arguments that cannot be read, or not whole; each has to
 *             fail, or not, as the driver says
 *
 * --jobs: of each thread. SIGTERM ends it early. Prints "turns MODE submitted=N wrong=N" at the
 * end; exit status 1 if a call did what it should not.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>

#include "unread.h"

#define RING		8 /* jobs in flight of each thread */
#define MAX_THREADS	64
#define BAD_ROUNDS	20
#define JOB_TIMEOUT	(60 * NSEC_PER_SEC)
#define FLIP_NS		40000

enum mode { PLAIN, UNREAD, FLIP, DEAF, BAD, MODES };

static const char *const mode_names[MODES] = { "plain", "unread", "flip", "deaf", "bad" };

static enum mode mode;
static uint64_t duration_ns = NSEC_PER_MSEC, jobs = UINT64_MAX;
/* Of FLIP: an argument, and the thread that rewrites it. */
struct flipped {
	struct drm_simgpu_submit submit;
	pthread_t thread;
	sem_t called;
	unsigned int seed;
};

static struct flipped flipped[MAX_THREADS];
static volatile int64_t deadline;
static volatile bool done;
static int fd;
static uint64_t submitted, wrong; /* atomic */

static void on_term(int sig)
{
	(void)sig;
	deadline = 0;
}

static void count(const char *what, int err, int expected)
{
	if (!err)
		__atomic_add_fetch(&submitted, 1, __ATOMIC_RELAXED);
	if (err == expected)
		return;
	__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
	fprintf(stderr, "turns: %s: %s\n", what, strerror(err));
}

static void wait_for(uint32_t sync)
{
	int err = simgpu_wait(fd, sync, JOB_TIMEOUT);

	if (err)
		die("wait: %s", strerror(err));
}

static int submit_at(void *at)
{
	return ioctl(fd, DRM_IOCTL_SIMGPU_SUBMIT, at) ? errno : 0;
}

/* The job has no other error than that of the answer. */
static int submit_deaf(uint32_t engine, uint32_t sync)
{
	static __thread struct drm_simgpu_submit *s;
	long size = sysconf(_SC_PAGESIZE);
	int err;

	if (!s)
		s = unread_map(size);
	*s = (struct drm_simgpu_submit){
		.engine = engine, .duration_ns = duration_ns, .out_sync = sync,
	};
	mprotect(s, size, PROT_READ);
	err = submit_at(s);
	mprotect(s, size, PROT_READ | PROT_WRITE);
	return err == EFAULT ? 0 : err ?: EIO;
}

static int submit(struct flipped *mine, uint32_t engine, uint32_t sync)
{
	if (mode == UNREAD)
		return unread_submit(fd, engine, duration_ns, sync);
	if (mode == DEAF)
		return submit_deaf(engine, sync);
	if (mode != FLIP)
		return simgpu_submit(fd, engine, duration_ns, sync);
	mine->submit.engine = engine;
	mine->submit.duration_ns = duration_ns;
	mine->submit.out_sync = sync;
	sem_post(&mine->called);
	return submit_at(&mine->submit);
}

static void *take_turns(void *arg)
{
	struct flipped *mine = arg;
	uint32_t sync[RING];
	uint64_t i, k;

	for (k = 0; k < RING; k++)
		sync[k] = simgpu_syncobj(fd);
	for (i = 0; i < jobs && now_ns() < deadline; i++) {
		k = i % RING;
		if (i >= RING)
			wait_for(sync[k]);
		count("submit", submit(mine, i % 2, sync[k]), 0);
	}
	for (k = 0; k < RING && k < i; k++)
		wait_for(sync[k]);
	return NULL;
}

/* Somewhere in the call that is about to be made, which takes some 20 us. */
static void *flip(void *arg)
{
	struct flipped *mine = arg;
	struct timespec soon = { };

	for (;;) {
		sem_wait(&mine->called);
		if (done)
			return NULL;
		soon.tv_nsec = rand_r(&mine->seed) % FLIP_NS;
		nanosleep(&soon, NULL);
		__atomic_xor_fetch(&mine->submit.engine, 1, __ATOMIC_RELAXED);
	}
}

static void start_flipping(struct flipped *mine)
{
	struct sched_param param = { .sched_priority = 10 };
	pthread_attr_t attr;

	mine->seed = mine - flipped;
	sem_init(&mine->called, 0, 0);
	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &param);
	if (pthread_create(&mine->thread, &attr, flip, mine))
		die("thread");
}

static void load(unsigned int threads)
{
	pthread_t thread[MAX_THREADS];
	unsigned int i;

	if (mode == DEAF) /* of a lane that most jobs are not for */
		count("submit", simgpu_submit(fd, 1, duration_ns, 0), 0);
	for (i = 0; i < threads; i++) {
		if (mode == FLIP)
			start_flipping(&flipped[i]);
		if (pthread_create(&thread[i], NULL, take_turns, &flipped[i]))
			die("thread");
	}
	for (i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	done = true;
	for (i = 0; mode == FLIP && i < threads; i++) {
		sem_post(&flipped[i].called);
		pthread_join(flipped[i].thread, NULL);
	}
}

/* @pages: two, the second out of bounds. Return: memory for @s, @there bytes of it in the first. */
static void *at_the_edge(char *pages, size_t there, const struct drm_simgpu_submit *s)
{
	char *at = pages + sysconf(_SC_PAGESIZE) - there;

	memcpy(at, s, there < sizeof(*s) ? there : sizeof(*s));
	return at;
}

static void bad_round(char *pages, char *open_pages, const struct drm_simgpu_submit *s)
{
	long page = sysconf(_SC_PAGESIZE);
	uintptr_t high = (uintptr_t)LONG_MIN; /* not canonical; the kernel's for 32 bit */
	void *at;

	count("NULL", submit_at(NULL), EFAULT);
	count("no address", submit_at((void *)(high | 0x1000)), EFAULT);
	count("the kernel's address", submit_at((void *)(-2 * page)), EFAULT);
	count("the last address", submit_at((void *)-2), EFAULT);
	count("unmapped", submit_at(pages + page), EFAULT);
	count("engine alone", submit_at(at_the_edge(pages, sizeof(s->engine), s)), EFAULT);
	count("half an engine", submit_at(at_the_edge(pages, sizeof(s->engine) / 2, s)), EFAULT);
	count("all but a byte", submit_at(at_the_edge(pages, sizeof(*s) - 1, s)), EFAULT);
	count("up to the edge", submit_at(at_the_edge(pages, sizeof(*s), s)), 0);
	at = open_pages + page - sizeof(s->engine) / 2;
	memcpy(at, s, sizeof(*s));
	count("across an edge", submit_at(at), 0);
	/* The job is queued all the same: what fails is the answer. */
	memcpy(open_pages, s, sizeof(*s));
	mprotect(open_pages, page, PROT_READ);
	count("no room for the answer", submit_at(open_pages), EFAULT);
	mprotect(open_pages, page, PROT_READ | PROT_WRITE);
}

static void bad(void)
{
	struct drm_simgpu_submit s = { .duration_ns = duration_ns };
	long page = sysconf(_SC_PAGESIZE);
	char *pages = unread_map(2 * page), *open_pages = unread_map(2 * page);
	struct drm_simgpu_counts counts;
	unsigned int i;

	if (mprotect(pages + page, page, PROT_NONE))
		die("mprotect: %m");
	/* It takes turns, so that the gate reads arguments. */
	for (i = 0; i < 4; i++)
		count("submit", simgpu_submit(fd, i % 2, duration_ns, 0), 0);
	for (i = 0; i < BAD_ROUNDS; i++) {
		s.engine = i % 2;
		bad_round(pages, open_pages, &s);
	}
	if (!simgpu_drain(fd, 60, &counts) || counts.submitted != submitted + BAD_ROUNDS) {
		fprintf(stderr, "turns: %llu jobs\n", (unsigned long long)counts.submitted);
		wrong++;
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 's' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "threads", required_argument, NULL, 't' },
		{ "duration", required_argument, NULL, 'd' },
		{ }
	};
	unsigned int threads = 1, seconds = 60;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's')
			seconds = parse_number(optarg, 3600);
		else if (c == 'j')
			jobs = parse_number(optarg, UINT64_MAX);
		else if (c == 't')
			threads = parse_number(optarg, MAX_THREADS);
		else if (c == 'd')
			duration_ns = parse_number(optarg, SIMGPU_MAX_DURATION_NS);
		else
			die("see the head of turns.c");
	}
	for (mode = 0; mode < MODES; mode++)
		if (optind == argc - 1 && !strcmp(argv[optind], mode_names[mode]))
			break;
	if (mode == MODES)
		die("see the head of turns.c");
	fd = simgpu_open();
	sigaction(SIGTERM,
		  &(struct sigaction){ .sa_handler = on_term, .sa_flags = SA_RESTART }, NULL);
	deadline = now_ns() + seconds * NSEC_PER_SEC;
	if (mode == BAD)
		bad();
	else
		load(threads);
	printf("turns %s submitted=%llu wrong=%llu\n", mode_names[mode],
	       (unsigned long long)submitted, (unsigned long long)wrong);
	return !!wrong;
}
