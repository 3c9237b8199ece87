// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"

static pid_t clone_into(int cgroup)
{
	struct clone_args arguments = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = cgroup,
	};
	pid_t pid = syscall(SYS_clone3, &arguments, sizeof(arguments));

	return pid < 0 ? -errno : pid;
}

/* In the child: exec, or tell @report why not.  The pipe closes by itself on success. */
static _Noreturn void run(char *const argv[], const sigset_t *mask, int report)
{
	ssize_t written;
	int error;

	if (mask)
		sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(argv[0], argv);
	error = errno;
	written = write(report, &error, sizeof(error));
	_exit(written == sizeof(error) ? 127 : 126);
}

pid_t headgate_cgroup_spawn(const char *path, char *const argv[], const sigset_t *mask)
{
	char *absolute;
	int report[2];
	int cgroup, error;
	ssize_t got;
	pid_t pid = headgate_cgroup_absolute(path, &absolute);

	if (pid)
		return pid;
	cgroup = open(absolute, O_PATH | O_DIRECTORY | O_CLOEXEC);
	pid = -errno;
	free(absolute);
	if (cgroup < 0)
		return pid;
	if (pipe2(report, O_CLOEXEC)) {
		pid = -errno;
		close(cgroup);
		return pid;
	}
	pid = clone_into(cgroup);
	if (!pid)
		run(argv, mask, report[1]);
	close(report[1]);
	close(cgroup);
	if (pid > 0) {
		do
			got = read(report[0], &error, sizeof(error));
		while (got < 0 && errno == EINTR);
		if (got == sizeof(error)) {
			waitpid(pid, NULL, 0);
			pid = -error;
		}
	}
	close(report[0]);
	return pid;
}
