// SPDX-License-Identifier: GPL-2.0
/*
 * sneak: submitters that look for a way round the gate. All keep engine 0 of the device busy.
 *
 *   sneak [--seconds S] [--threads N] [--duration NS] MODE
 *
 *   reopen          a new open file for each job: no lane was learned for it
 *   fresh           200 open files, a job to each, and that is all: no lane was learned, nor
 *                   could one be by a file at the same address
 *   prepared        the same, but for each of them the lane of engine 1 was learned before;
 *                   says "prepared" then and goes on at SIGUSR1
 *   alternate       one file, jobs for engine 0 and 1 in turn: which one, the gate has to read
 *   decoy           like alternate, but the jobs for engine 1 are next to nothing
 *   mixed           a file for each thread, three jobs of next to nothing and a long one in turn,
 *                   never waited for: what a job costs cannot be told beforehand
 *   fork            a new process for each job
 *   thread          a new thread for each job
 *   both-nodes      render node and card node in turn
 *   send PATH       no jobs: opens the device, sends the open file to whoever connects to the
 *                   socket PATH
 *   use PATH        jobs to the open file that comes from the socket
 *
 * SIGTERM ends it early. Prints "sneak MODE submitted=N wrong=N" at the end; exit status 1 if a submission failed.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "unread.h"

#define RING		4	/* jobs in flight of each thread */
#define FRESH		200
#define MAX_THREADS	256
#define JOB_TIMEOUT	(60 * NSEC_PER_SEC)

static uint64_t duration_ns = NSEC_PER_MSEC;
static volatile int64_t deadline;
static const char *mode;
static int passed_fd = -1;
static sigset_t start_signal;
static uint64_t *submitted, *failed; /* shared with forked children; atomic */

static void on_term(int sig)
{
	(void)sig;
	deadline = 0; /* the jobs in flight are waited for */
}

static void count(int err)
{
	if (!err) {
		__atomic_add_fetch(submitted, 1, __ATOMIC_RELAXED);
		return;
	}
	__atomic_add_fetch(failed, 1, __ATOMIC_RELAXED);
	fprintf(stderr, "sneak: submit: %s\n", strerror(err));
}

static void wait_for(int fd, uint32_t sync)
{
	int err = simgpu_wait(fd, sync, JOB_TIMEOUT);

	if (err)
		die("wait: %s", strerror(err));
}

/* Each slot of the ring is an open file with one job. */
static void reopen(void)
{
	int fd[RING];
	uint32_t sync[RING];
	unsigned int i;

	for (i = 0; i < RING; i++)
		fd[i] = -1;
	for (i = 0; now_ns() < deadline; i = (i + 1) % RING) {
		if (fd[i] >= 0) {
			wait_for(fd[i], sync[i]);
			close(fd[i]);
		}
		fd[i] = simgpu_open();
		sync[i] = simgpu_syncobj(fd[i]);
		count(simgpu_submit(fd[i], 0, duration_ns, sync[i]));
	}
	for (i = 0; i < RING; i++)
		if (fd[i] >= 0)
			wait_for(fd[i], sync[i]);
}

/*
 * A lane is learned when a job lands on another than it waited for: one of the first two does.
 * It is that of all queues, since the gate cannot read for which one this is.
 */
static void prepare(int fd, uint32_t sync)
{
	count(unread_submit(fd, 1, 1000, 0));
	count(unread_submit(fd, 0, 1000, 0));
	count(unread_submit(fd, 1, 1000, sync));
	wait_for(fd, sync);
}

static void wait_for_start(void)
{
	int sig;

	puts("prepared");
	fflush(stdout);
	sigwait(&start_signal, &sig);
}

static void fresh(bool prepared)
{
	uint32_t sync[FRESH];
	int fd[FRESH];
	unsigned int i;

	for (i = 0; i < FRESH; i++) {
		fd[i] = simgpu_open();
		sync[i] = simgpu_syncobj(fd[i]);
		if (prepared)
			prepare(fd[i], sync[i]);
	}
	if (prepared)
		wait_for_start();
	for (i = 0; i < FRESH; i++) {
		count(simgpu_submit(fd[i], 0, duration_ns, sync[i]));
		if (i >= RING)
			wait_for(fd[i - RING], sync[i - RING]);
	}
	for (i -= RING; i < FRESH; i++)
		wait_for(fd[i], sync[i]);
}

/* Jobs of @fd, @n of them, for the engine and the time that the mode says. */
static void stream(const int *fd, unsigned int n)
{
	bool twins = !strcmp(mode, "alternate") || !strcmp(mode, "decoy");
	uint64_t other_ns = !strcmp(mode, "decoy") ? 1000 : duration_ns;
	uint32_t sync[RING * 2];
	uint64_t i, k;

	for (i = 0; i < RING; i++)
		sync[i] = simgpu_syncobj(fd[i % n]);
	for (i = 0; now_ns() < deadline; i++) {
		k = i % RING;
		if (i >= RING)
			wait_for(fd[k % n], sync[k]);
		if (twins)
			count(simgpu_submit(fd[0], 1, other_ns, 0));
		count(simgpu_submit(fd[k % n], 0, duration_ns, sync[k]));
	}
	for (k = 0; k < RING && k < i; k++)
		wait_for(fd[k % n], sync[k]);
}

static void mixed(void)
{
	int fd = simgpu_open();
	uint32_t sync = simgpu_syncobj(fd);
	uint64_t i;

	for (i = 1; now_ns() < deadline; i++)
		count(simgpu_submit(fd, 0, i % 4 ? 1000 : duration_ns, sync));
	wait_for(fd, sync);
}

static void *one_job(void *arg)
{
	int fd = arg ? *(int *)arg : simgpu_open();
	uint32_t sync = simgpu_syncobj(fd);

	count(simgpu_submit(fd, 0, duration_ns, sync));
	wait_for(fd, sync);
	return NULL;
}

static void fork_each(void)
{
	pid_t pid;

	while (now_ns() < deadline) {
		pid = fork();
		if (pid < 0)
			die("fork: %m");
		if (!pid) {
			one_job(NULL);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
}

static void thread_each(void)
{
	int fd = simgpu_open();
	pthread_t thread;

	while (now_ns() < deadline) {
		if (pthread_create(&thread, NULL, one_job, &fd))
			die("thread");
		pthread_join(thread, NULL);
	}
}

static int open_card(void)
{
	int fd = simgpu_find(true);

	if (fd < 0)
		die("no card node of a simgpu");
	return fd;
}

static void *run(void *arg)
{
	int fd[2];

	(void)arg;
	if (!strcmp(mode, "reopen")) {
		reopen();
	} else if (!strcmp(mode, "fresh") || !strcmp(mode, "prepared")) {
		fresh(!strcmp(mode, "prepared"));
	} else if (!strcmp(mode, "mixed")) {
		mixed();
	} else if (!strcmp(mode, "fork")) {
		fork_each();
	} else if (!strcmp(mode, "thread")) {
		thread_each();
	} else {
		fd[0] = passed_fd >= 0 ? passed_fd : simgpu_open();
		fd[1] = strcmp(mode, "both-nodes") ? -1 : open_card();
		stream(fd, fd[1] < 0 ? 1 : 2);
	}
	return NULL;
}

static struct sockaddr_un address(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(a.sun_path))
		die("%s is too long for a socket", path);
	strcpy(a.sun_path, path);
	return a;
}

union control {
	char buffer[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

static void send_file(const char *path)
{
	struct sockaddr_un a = address(path);
	int s = socket(AF_UNIX, SOCK_STREAM, 0), fd = simgpu_open(), to;
	struct iovec iov = { .iov_base = "x", .iov_len = 1 };
	union control control;
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.buffer, .msg_controllen = sizeof(control.buffer),
	};
	struct cmsghdr *c;

	memset(&control, 0, sizeof(control));
	c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	if (s < 0 || bind(s, (struct sockaddr *)&a, sizeof(a)) || listen(s, 4))
		die("%s: %m", path);
	while ((to = accept(s, NULL, NULL)) >= 0) {
		if (sendmsg(to, &m, 0) < 0)
			die("sendmsg: %m");
		close(to);
	}
}

static int take_file(const char *path)
{
	struct sockaddr_un a = address(path);
	int s = socket(AF_UNIX, SOCK_STREAM, 0), fd;
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	union control control;
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.buffer, .msg_controllen = sizeof(control.buffer),
	};
	struct cmsghdr *c;

	if (s < 0 || connect(s, (struct sockaddr *)&a, sizeof(a)) || recvmsg(s, &m, 0) != 1)
		die("%s: %m", path);
	c = CMSG_FIRSTHDR(&m);
	if (!c || c->cmsg_type != SCM_RIGHTS)
		die("no open file came");
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	close(s);
	return fd;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 's' },
		{ "threads", required_argument, NULL, 't' },
		{ "duration", required_argument, NULL, 'd' },
		{ }
	};
	static const char *const modes[] = {
		"reopen", "fresh", "prepared", "alternate", "decoy", "mixed", "fork", "thread", "both-nodes",
		"send", "use",
	};
	unsigned int threads = 4, seconds = 5, i;
	pthread_t thread[MAX_THREADS];
	bool known = false;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's')
			seconds = parse_number(optarg, 3600);
		else if (c == 't')
			threads = parse_number(optarg, MAX_THREADS);
		else if (c == 'd')
			duration_ns = parse_number(optarg, SIMGPU_MAX_DURATION_NS);
		else
			die("see the head of sneak.c");
	}
	mode = optind < argc ? argv[optind++] : "";
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		known |= !strcmp(mode, modes[i]);
	if (!known || optind + (!strcmp(mode, "send") || !strcmp(mode, "use")) != argc)
		die("see the head of sneak.c");
	if (!strcmp(mode, "send")) {
		sigaction(SIGTERM, &(struct sigaction){ .sa_handler = on_term }, NULL);
		send_file(argv[optind]); /* until SIGTERM */
		return 0;
	}
	if (!strcmp(mode, "use"))
		passed_fd = take_file(argv[optind]);
	submitted = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (submitted == MAP_FAILED)
		die("mmap: %m");
	failed = submitted + 1;
	deadline = now_ns() + seconds * NSEC_PER_SEC;
	sigaction(SIGTERM,
		  &(struct sigaction){ .sa_handler = on_term, .sa_flags = SA_RESTART }, NULL);
	sigemptyset(&start_signal);
	sigaddset(&start_signal, SIGUSR1);
	sigprocmask(SIG_BLOCK, &start_signal, NULL); /* in all threads */
	for (i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, run, NULL))
			die("thread");
	for (i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	printf("sneak %s submitted=%llu wrong=%llu\n", mode,
	       (unsigned long long)*submitted, (unsigned long long)*failed);
	return !!*failed;
}
