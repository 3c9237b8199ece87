// SPDX-License-Identifier: GPL-2.0
/*
 * hoard: gets grants and does not come for them.
 *
 *   hoard [--tasks N] [--hold NS] [--spoil] [--seconds S]
 *
 * Each task submits jobs, and has a tracer. When the task was held at the gate and enters its
 * ioctl again, so that it was granted, the tracer keeps it there for NS, 0 for ever: what was
 * granted is neither used nor given back. --spoil: then the ioctl fails, for its argument is
 * taken away, and queues no job.
 *
 * SIGTERM ends it early. Prints "hoard" when a grant is kept for the first time; exit status 2
 * if it could not run.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <stddef.h>
#include <sys/user.h>

#include "tracer.h"

#define MAX_TASKS	64

#ifdef __x86_64__
#define ARGUMENT	offsetof(struct user, regs.rdx)
#else
#define ARGUMENT	offsetof(struct user, regs.edx)
#endif

static int64_t hold_ns;
static bool spoil;

static void on_term(int sig)
{
	(void)sig;
	_exit(0); /* tracers and tasks go with their parents */
}

static void keep(void)
{
	struct timespec ts = { hold_ns / NSEC_PER_SEC, hold_ns % NSEC_PER_SEC };
	static bool told;

	if (!told) {
		puts("hoard");
		fflush(stdout);
	}
	told = true;
	if (!hold_ns)
		pause();
	nanosleep(&ts, NULL);
}

static void trace(void)
{
	pid_t pid = tracer_start();
	unsigned int held = 0;

	while (tracer_next_call(pid))
		if (tracer_was_held(pid) && tracer_next_call(pid) && held++) {
			keep();
			if (spoil && ptrace(PTRACE_POKEUSER, pid, ARGUMENT, 0))
				die("poke: %m");
		}
	die("a task is gone");
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "tasks", required_argument, NULL, 't' },
		{ "hold", required_argument, NULL, 'h' },
		{ "spoil", no_argument, NULL, 'p' },
		{ "seconds", required_argument, NULL, 's' },
		{ }
	};
	unsigned int tasks = 1, seconds = 600;
	int c, status;
	pid_t pid;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 't')
			tasks = parse_number(optarg, MAX_TASKS);
		else if (c == 'h')
			hold_ns = parse_number(optarg, NSEC_PER_SEC);
		else if (c == 'p')
			spoil = true;
		else if (c == 's')
			seconds = parse_number(optarg, 3600);
		else
			die("see the head of hoard.c");
	}
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = on_term }, NULL);
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = on_term }, NULL);
	alarm(seconds);
	while (tasks--) {
		pid = fork();
		if (pid < 0)
			die("fork: %m");
		if (pid)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		trace();
	}
	wait(&status);
	die("a tracer is gone");
}
