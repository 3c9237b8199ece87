// SPDX-License-Identifier: GPL-2.0
/*
 * torment: submitters that are disturbed while they are held at the gate.
 *
 *   torment [--workers N] [--seconds S] [--duration NS] MODE
 *
 *   kill            the parent kills a random worker (SIGKILL), starts another in its place
 *   stop            ... stops one (SIGSTOP), and lets it go on (SIGCONT) a little later
 *   alarm           each worker has a timer signal at 1 kHz, handled without SA_RESTART
 *   alarm-restart   ... with SA_RESTART
 *   longjmp         ... whose handler jumps out of the submit ioctl; the worker then does
 *                   something else: a job for another engine
 *   nested          ... whose handler submits a job itself, whatever it interrupted
 *   none            no disturbance; the parent's pid takes SIGTERM to end early
 *
 * Each worker has its own open file and up to DEPTH jobs in flight. No submission may fail,
 * with EINTR neither, and the device must have seen just those that succeeded, each ended
 * once. (Of one that was jumped out of nobody knows; it may be there or not.) Killed workers
 * cannot tell: for these look at the engine's own counts.
 *
 * Prints "torment MODE torments=N submitted=N nested=N jumped=N wrong=N"; exit status 1 if
 * anything was wrong, 2 if it could not run.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "simgpu.h"

#define DEPTH		3
#define MAX_WORKERS	64
#define JOB_TIMEOUT	(60 * NSEC_PER_SEC) /* far beyond what a held job may take */

enum mode { KILL, STOP, ALARM, ALARM_RESTART, LONGJMP, NESTED, NONE, MODES };

static const char *const mode_names[MODES] = {
	"kill", "stop", "alarm", "alarm-restart", "longjmp", "nested", "none",
};

/* Shared with the parent; one writer, the worker. */
struct result {
	uint64_t submitted;
	uint64_t nested;
	uint64_t jumped;
	uint64_t signals;
	uint64_t wrong;
};

static enum mode mode;
static uint64_t duration_ns = NSEC_PER_MSEC;
static struct result *results, *mine;
static struct result before; /* what predecessors in the same place have done */
static int64_t deadline;
static int fd;
static volatile sig_atomic_t stop, in_submit, handler_errno;
static sigjmp_buf before_submit;

static void wrong(const char *what, int err)
{
	mine->wrong++;
	fprintf(stderr, "torment: %s: %s (errno %d)\n", what, strerror(err), err);
}

static void arm(void)
{
	/* One shot in nested mode: the main line must come on too. */
	struct itimerval timer = {
		.it_value.tv_usec = 1000,
		.it_interval.tv_usec = mode == NESTED ? 0 : 1000,
	};

	setitimer(ITIMER_REAL, &timer, NULL);
}

static void on_alarm(int sig)
{
	int saved = errno, err;

	(void)sig;
	mine->signals++;
	if (mode == NESTED) {
		err = simgpu_submit(fd, 0, duration_ns, 0);
		if (err)
			handler_errno = err;
		else
			mine->nested++;
	}
	errno = saved;
	if (mode == LONGJMP && in_submit)
		siglongjmp(before_submit, 1);
}

static void on_term(int sig)
{
	(void)sig;
	stop = 1;
}

/* Return: whether the job is known to be there. */
static bool submit(uint32_t sync)
{
	int err;

	if (sigsetjmp(before_submit, 1)) {
		in_submit = 0;
		mine->jumped++;
		/* Other work, while the ticket of the first is neither used nor closed. */
		err = simgpu_submit(fd, 1, duration_ns / 4, 0);
		if (err)
			wrong("submit after a jump", err);
		else
			mine->submitted++;
		return false;
	}
	in_submit = 1;
	err = simgpu_submit(fd, 0, duration_ns, sync);
	in_submit = 0;
	if (err) {
		wrong("submit", err);
		return false;
	}
	mine->submitted++;
	return true;
}

static void disturb(bool on)
{
	struct itimerval off = { };

	if (mode < ALARM || mode > NESTED)
		return;
	if (on)
		arm();
	else
		setitimer(ITIMER_REAL, &off, NULL);
}

static void check_counts(void)
{
	uint64_t sure = mine->submitted + mine->nested - before.submitted - before.nested;
	uint64_t jumped = mine->jumped - before.jumped;
	struct drm_simgpu_counts counts;

	if (!simgpu_drain(fd, 20, &counts))
		wrong("jobs that do not end", ETIMEDOUT);
	if (counts.submitted >= sure && counts.submitted <= sure + jumped &&
	    simgpu_ended(&counts) == counts.submitted && !counts.cancelled && !counts.failed)
		return;
	mine->wrong++;
	fprintf(stderr, "torment: %llu submitted, %llu jumped out of; the device says %llu submitted, %llu completed, %llu failed, %llu cancelled\n",
		(unsigned long long)sure, (unsigned long long)jumped,
		(unsigned long long)counts.submitted, (unsigned long long)counts.completed,
		(unsigned long long)counts.failed, (unsigned long long)counts.cancelled);
}

static void work(void)
{
	struct sigaction sa = {
		.sa_handler = on_alarm,
		.sa_flags = mode == ALARM_RESTART ? SA_RESTART : 0,
	};
	uint32_t sync[DEPTH];
	bool there[DEPTH] = { };
	unsigned int i;
	int err;

	fd = simgpu_open();
	for (i = 0; i < DEPTH; i++)
		sync[i] = simgpu_syncobj(fd);
	sigaction(SIGALRM, &sa, NULL);
	disturb(true);
	for (i = 0; !stop && now_ns() < deadline; i = (i + 1) % DEPTH) {
		if (there[i]) {
			err = simgpu_wait(fd, sync[i], JOB_TIMEOUT);
			if (err)
				wrong("wait", err);
		}
		there[i] = submit(sync[i]);
		if (mode == NESTED)
			arm();
	}
	disturb(false);
	if (handler_errno)
		wrong("submit in a handler", handler_errno);
	check_counts();
	_exit(0);
}

static pid_t start(unsigned int index)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		die("fork: %m");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(2);
	mine = &results[index];
	before = *mine;
	work();
	_exit(0);
}

static void nap(int64_t ns)
{
	struct timespec ts = { .tv_sec = ns / NSEC_PER_SEC, .tv_nsec = ns % NSEC_PER_SEC };

	nanosleep(&ts, NULL);
}

/* Return: torments. */
static uint64_t torment(pid_t *pid, unsigned int workers)
{
	uint64_t count = 0;
	unsigned int i;
	int status;

	while (!stop && now_ns() < deadline) {
		i = rand() % workers;
		nap(rand() % (20 * NSEC_PER_MSEC));
		if (mode == KILL) {
			kill(pid[i], SIGKILL);
			waitpid(pid[i], &status, 0);
			if (WIFEXITED(status) && WEXITSTATUS(status))
				die("a worker could not run");
			pid[i] = start(i);
			count++;
		} else if (mode == STOP) {
			kill(pid[i], SIGSTOP);
			/* Longer than a grant lasts, now and then. */
			nap(rand() % (60 * NSEC_PER_MSEC));
			kill(pid[i], SIGCONT);
			count++;
		}
	}
	return count;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "workers", required_argument, NULL, 'w' },
		{ "seconds", required_argument, NULL, 's' },
		{ "duration", required_argument, NULL, 'd' },
		{ }
	};
	unsigned int workers = 4, seconds = 5, i;
	struct sigaction sa = { .sa_handler = on_term };
	struct result sum = { };
	pid_t pid[MAX_WORKERS];
	uint64_t torments;
	int c, status;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'w')
			workers = parse_number(optarg, MAX_WORKERS);
		else if (c == 's')
			seconds = parse_number(optarg, 3600);
		else if (c == 'd')
			duration_ns = parse_number(optarg, SIMGPU_MAX_DURATION_NS);
		else
			die("see the head of torment.c");
	}
	for (mode = 0; mode < MODES; mode++)
		if (optind == argc - 1 && !strcmp(argv[optind], mode_names[mode]))
			break;
	if (mode == MODES || !workers)
		die("see the head of torment.c");
	results = mmap(NULL, sizeof(*results) * workers, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (results == MAP_FAILED)
		die("mmap: %m");
	sigaction(SIGTERM, &sa, NULL);
	deadline = now_ns() + seconds * NSEC_PER_SEC;
	for (i = 0; i < workers; i++)
		pid[i] = start(i);
	torments = torment(pid, workers);
	for (i = 0; i < workers; i++) {
		kill(pid[i], SIGTERM);
		while (waitpid(pid[i], &status, 0) < 0 && errno == EINTR)
			;
		if (!WIFEXITED(status) || WEXITSTATUS(status)) {
			fprintf(stderr, "torment: a worker ended with status %#x\n", status);
			sum.wrong++;
		}
		sum.submitted += results[i].submitted;
		sum.nested += results[i].nested;
		sum.jumped += results[i].jumped;
		sum.wrong += results[i].wrong;
		torments += results[i].signals;
	}
	printf("torment %s torments=%llu submitted=%llu nested=%llu jumped=%llu wrong=%llu\n",
	       mode_names[mode], (unsigned long long)torments,
	       (unsigned long long)sum.submitted, (unsigned long long)sum.nested,
	       (unsigned long long)sum.jumped, (unsigned long long)sum.wrong);
	return !!sum.wrong;
}
