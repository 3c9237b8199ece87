/* SPDX-License-Identifier: GPL-2.0 */
/* For those who stop a submitter by ptrace() just when its turn has come. */
#ifndef LOAD_TRACER_H
#define LOAD_TRACER_H

#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "simgpu.h"

#define ERESTARTNOINTR	513
#define TRACER_OPTIONS	(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)

/* A traced child that does nothing but submit jobs of 20 ms, unless the tracer spoils them. */
static inline pid_t tracer_start(void)
{
	pid_t pid = fork();
	int fd, status;

	if (pid < 0)
		die("fork: %m");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		raise(SIGSTOP); /* until traced */
		fd = simgpu_open();
		while (!simgpu_submit(fd, 0, 20 * NSEC_PER_MSEC, 0) || errno == EFAULT)
			;
		_exit(1);
	}
	if (waitpid(pid, &status, WUNTRACED) != pid ||
	    ptrace(PTRACE_SEIZE, pid, 0, TRACER_OPTIONS))
		die("trace: %m");
	kill(pid, SIGCONT);
	return pid;
}

/* Goes on to the next stop at a system call; false when the child is gone. */
static inline bool tracer_next_call(pid_t pid)
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

/*
 * Stopped on the way out of an ioctl that the gate held? When it enters the next time, it was
 * granted. But the first hold is broken by the SIGCONT that is still pending.
 */
static inline bool tracer_was_held(pid_t pid)
{
	struct __ptrace_syscall_info info;

	return ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0 &&
	       info.op == PTRACE_SYSCALL_INFO_EXIT && info.exit.rval == -ERESTARTNOINTR;
}

#endif
