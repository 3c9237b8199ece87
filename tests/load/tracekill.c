// SPDX-License-Identifier: GPL-2.0
/*
 * tracekill: kills a submitter just when its turn has come.
 *
 *   tracekill [ROUNDS]
 *
 * A child submits more than the gate lets through at once, so that it is held. Its tracer sees
 * the ioctl leave with ERESTARTNOINTR, and enter again when it was granted: there, before the
 * gate is asked again, it kills the child. Nothing may stay of the ticket.
 *
 * Prints "tracekill killed=N"; exit status 2 if it could not run.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "simgpu.h"

#define ERESTARTNOINTR	513
/* The first hold is broken by the SIGCONT that is still pending. */
#define HELD		3
#define OPTIONS		(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)

static void submit_for_ever(void)
{
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	raise(SIGSTOP); /* until traced */
	fd = simgpu_open();
	for (;;)
		if (simgpu_submit(fd, 0, 20 * NSEC_PER_MSEC, 0))
			_exit(1);
}

/* Goes on to the next stop at a system call; false when the child is gone. */
static bool next_call(pid_t pid)
{
	int status, signal = 0;

	for (;;) {
		if (ptrace(PTRACE_SYSCALL, pid, 0, signal) || waitpid(pid, &status, 0) != pid ||
		    !WIFSTOPPED(status))
			return false;
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			return true;
		signal = status >> 16 ? 0 : WSTOPSIG(status);
	}
}

static bool was_held(pid_t pid)
{
	struct __ptrace_syscall_info info;

	return ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0 &&
	       info.op == PTRACE_SYSCALL_INFO_EXIT && info.exit.rval == -ERESTARTNOINTR;
}

static bool kill_when_granted(void)
{
	pid_t pid = fork();
	int status;
	bool killed = false;
	int held = 0;

	if (pid < 0)
		die("fork: %m");
	if (!pid)
		submit_for_ever();
	if (waitpid(pid, &status, WUNTRACED) != pid || ptrace(PTRACE_SEIZE, pid, 0, OPTIONS))
		die("trace: %m");
	kill(pid, SIGCONT);
	while (!killed && next_call(pid))
		if (was_held(pid) && ++held == HELD)
			killed = next_call(pid); /* enters again: it was granted */
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return killed;
}

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 1 ? parse_number(argv[1], 10000) : 10, killed = 0;

	for (unsigned int i = 0; i < rounds; i++)
		killed += kill_when_granted();
	printf("tracekill killed=%u\n", killed);
	return killed ? 0 : 2;
}
