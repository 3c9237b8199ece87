// SPDX-License-Identifier: GPL-2.0-or-later
/*
 *   hooks_run ──► fork ──► exec ──► ends ──────────► pidfd is readable ──► reaped
 *                            └────► time is up ──► its process group is killed ┘
 */
#include "hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "units.h"

/* For those that headgated leaves behind: one that sleeps in a driver of a wedged device stays. */
#define END_MS 1000

struct hook {
	struct hooks *hooks;
	pid_t pid;			/* 0: none */
	int pidfd;
	sd_event_source *end;
	sd_event_source *timer;
	uint64_t timeout_ns;
};

struct hooks {
	sd_event *event;
	struct hook items[HOOKS_MAX];
	unsigned long left_out;		/* since there was room last */
};

int hooks_new(struct hooks **hooks, sd_event *event)
{
	struct hooks *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	h->event = sd_event_ref(event);
	/* Where it is ignored, which exec hands down, the kernel reaps, and numbers are used again. */
	signal(SIGCHLD, SIG_DFL);
	*hooks = h;
	return 0;
}

/* It is not reaped yet: the number is its own.  A program may have left its group. */
static void end(pid_t pid)
{
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
}

/* Reaped it was, or it is init's to be. */
static void release(struct hook *hook)
{
	sd_event_source_disable_unref(hook->end);
	sd_event_source_disable_unref(hook->timer);
	if (hook->pidfd >= 0)
		close(hook->pidfd);
	*hook = (struct hook){ 0 };
}

void hooks_free(struct hooks *hooks)
{
	int wait_ms = END_MS;

	if (!hooks)
		return;
	for (size_t i = 0; i < HOOKS_MAX; i++)
		if (hooks->items[i].pid)
			end(hooks->items[i].pid);
	for (size_t i = 0; i < HOOKS_MAX; i++) {
		struct hook *hook = &hooks->items[i];
		struct pollfd ends = { .fd = hook->pidfd, .events = POLLIN };

		if (!hook->pid)
			continue;
		if (!poll(&ends, 1, wait_ms))
			wait_ms = 0; /* for all of them */
		waitpid(hook->pid, NULL, WNOHANG);
		release(hook);
	}
	sd_event_unref(hooks->event);
	free(hooks);
}

/* In the child, which nothing of headgated is to reach. */
static _Noreturn void run(const char *program, char *const environment[])
{
	char *const argv[] = { (char *)program, NULL };
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	setpgid(0, 0);
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    close_range(STDERR_FILENO + 1, ~0U, 0) || chdir("/"))
		_exit(126);
	execve(program, argv, environment);
	log_warning("cannot run %s: %s", program, strerror(errno));
	_exit(127);
}

static int on_end(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct hook *hook = data;
	int status;

	(void)source;
	(void)fd;
	(void)revents;
	if (waitpid(hook->pid, &status, WNOHANG) != hook->pid)
		return 0;
	log_debug("program %d ended with status %#x", (int)hook->pid, status);
	release(hook);
	return 0;
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *data)
{
	struct hook *hook = data;
	char time[32];

	(void)source;
	(void)usec;
	log_warning("the program of an event, process %d, ran for %s, and is killed", (int)hook->pid,
		    headgate_duration_format(hook->timeout_ns, time, sizeof(time)));
	end(hook->pid);
	return 0;
}

static int follow(struct hook *hook)
{
	int err;

	hook->pidfd = pidfd_open(hook->pid, 0);
	if (hook->pidfd < 0)
		return -errno;
	err = sd_event_add_io(hook->hooks->event, &hook->end, hook->pidfd, EPOLLIN, on_end, hook);
	if (err < 0)
		return err;
	err = sd_event_add_time_relative(hook->hooks->event, &hook->timer, CLOCK_MONOTONIC,
					 hook->timeout_ns / 1000, 1000, on_timeout, hook);
	return err < 0 ? err : 0;
}

static struct hook *find_room(struct hooks *hooks, const char *program)
{
	for (size_t i = 0; i < HOOKS_MAX; i++) {
		if (hooks->items[i].pid)
			continue;
		if (hooks->left_out)
			log_warning("%s was not run for %lu events, since others took its places", program,
				    hooks->left_out);
		hooks->left_out = 0;
		return &hooks->items[i];
	}
	if (!hooks->left_out++)
		log_warning("%s is not run for further events until one of the %d that run has ended", program,
			    HOOKS_MAX);
	return NULL;
}

int hooks_run(struct hooks *hooks, const char *program, char *const environment[],
	      uint64_t timeout_ns)
{
	struct hook *hook = find_room(hooks, program);
	pid_t pid;
	int err;

	if (!hook)
		return -EBUSY;
	pid = fork();
	if (!pid)
		run(program, environment);
	if (pid < 0) {
		err = -errno;
		log_warning("cannot run %s: %s", program, strerror(-err));
		return err;
	}
	/* Both do: whoever is first, the group is there when it is to be killed. */
	setpgid(pid, pid);
	*hook = (struct hook){ .hooks = hooks, .pid = pid, .pidfd = -1, .timeout_ns = timeout_ns };
	err = follow(hook);
	if (!err)
		return 0;
	log_warning("cannot follow %s: %s", program, strerror(-err));
	end(pid);
	waitpid(pid, NULL, 0);
	release(hook);
	return err;
}
