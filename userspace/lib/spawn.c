// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "freezer.h"

/* A command begins sooner, unless it is kept from it: then it is looked at why, so often. */
#define LOOK_MS 100

/* @cgroup: -1: the caller's */
static pid_t clone_into(int cgroup)
{
	struct clone_args arguments = {
		.flags = cgroup < 0 ? 0 : CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = cgroup < 0 ? 0 : cgroup,
	};
	pid_t pid = syscall(SYS_clone3, &arguments, sizeof(arguments));

	if (pid < 0)
		return errno == ENODEV ? -ENOENT : -errno; /* the cgroup went */
	return pid;
}

/* A child that was killed, or has ended by itself. */
static void wait_for(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static int attach(int cgroup, pid_t pid)
{
	int fd = openat(cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC), error;
	char text[16];

	if (fd < 0)
		return -errno;
	snprintf(text, sizeof(text), "%d", pid);
	error = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return error == -ENODEV ? -ENOENT : error;
}

/*
 * Where clone3() is ENOSYS, since no filter of calls can see its flags (RestrictNamespaces= of systemd; of
 * containers the newer profiles, while EPERM of older ones is left to be the answer): the child, which waits, is
 * moved before it may exec.  It has done nothing yet that is anybody's but ours.  pids.max does not hold up a move.
 */
static int move_into(int cgroup, pid_t pid)
{
	int error = cgroup < 0 ? 0 : attach(cgroup, pid);

	if (error) {
		kill(pid, SIGKILL);
		wait_for(pid);
	}
	return error;
}

/*
 * In the child: wait for the word, exec, or tell @talk why not.  It closes by itself on success, and
 * on the other side when the parent ends or gives it up.
 */
static _Noreturn void run(char *const argv[], const sigset_t *mask, int talk)
{
	ssize_t got;
	int error;
	char go;

	do
		got = recv(talk, &go, sizeof(go), 0);
	while (got < 0 && errno == EINTR);
	if (got != sizeof(go))
		_exit(126);
	if (mask)
		sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(argv[0], argv);
	error = errno;
	got = send(talk, &error, sizeof(error), MSG_NOSIGNAL);
	_exit(got == sizeof(error) ? 127 : 126);
}

static int open_cgroup(const char *path)
{
	char *absolute;
	int cgroup, ret = headgate_cgroup_absolute(path, &absolute);

	if (ret)
		return ret;
	cgroup = open(absolute, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ret = -errno;
	free(absolute);
	return cgroup < 0 ? ret : cgroup;
}

int headgate_spawn_hold(const char *path, char *const argv[], const sigset_t *mask,
			struct headgate_spawn *spawn)
{
	int cgroup = path ? open_cgroup(path) : -1, talk[2];
	bool born_there = true;
	pid_t pid;

	if (path && cgroup < 0)
		return cgroup;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, talk)) {
		pid = -errno;
	} else {
		pid = clone_into(cgroup);
		born_there = pid != -ENOSYS;
		if (!born_there)
			pid = fork();
		if (!born_there && pid < 0)
			pid = -errno;
		if (!pid) {
			close(talk[0]);
			run(argv, mask, talk[1]);
		}
		close(talk[1]);
		if (!born_there && pid > 0)
			pid = move_into(cgroup, pid) ?: pid;
		if (pid < 0)
			close(talk[0]);
	}
	if (cgroup >= 0)
		close(cgroup);
	if (pid < 0)
		return pid;
	*spawn = (struct headgate_spawn){ .pid = pid, .talk = talk[0] };
	return 0;
}

/* By a person's will, or a budget's: pacing lets go by itself. */
static bool stands_still(pid_t pid)
{
	bool still;
	char *path;

	if (headgate_cgroup_of(pid, &path))
		return false;
	still = headgate_freezer_stop(path) == HEADGATE_LIFE_STOPPED;
	free(path);
	return still;
}

/* Until it says something, or has begun: 0, or -EBUSY. */
static int await_word(const struct headgate_spawn *spawn)
{
	struct pollfd word = { .fd = spawn->talk, .events = POLLIN };

	while (poll(&word, 1, LOOK_MS) <= 0)
		if (stands_still(spawn->pid))
			return -EBUSY;
	return 0;
}

pid_t headgate_spawn_go(struct headgate_spawn *spawn)
{
	pid_t pid = spawn->pid;
	int error;
	ssize_t got = send(spawn->talk, "", 1, MSG_NOSIGNAL);

	if (got >= 0 && await_word(spawn)) {
		headgate_spawn_drop(spawn);
		return -EBUSY;
	}
	/* A child that was killed meanwhile says nothing, as one that has begun. */
	while (got >= 0) {
		got = recv(spawn->talk, &error, sizeof(error), 0);
		if (got >= 0 || errno != EINTR)
			break;
		got = 0;
	}
	close(spawn->talk);
	if (got == sizeof(error)) {
		wait_for(pid);
		pid = -error;
	}
	*spawn = (struct headgate_spawn){ 0 };
	return pid;
}

pid_t headgate_spawn_let(struct headgate_spawn *spawn)
{
	pid_t pid = send(spawn->talk, "", 1, MSG_NOSIGNAL) < 0 ? -errno : spawn->pid;

	if (pid < 0) {
		headgate_spawn_drop(spawn);
		return pid;
	}
	close(spawn->talk);
	*spawn = (struct headgate_spawn){ 0 };
	return pid;
}

void headgate_spawn_drop(struct headgate_spawn *spawn)
{
	if (!spawn->pid)
		return;
	close(spawn->talk);
	kill(spawn->pid, SIGKILL);
	wait_for(spawn->pid);
	*spawn = (struct headgate_spawn){ 0 };
}

pid_t headgate_cgroup_spawn(const char *path, char *const argv[], const sigset_t *mask)
{
	struct headgate_spawn spawn;
	int ret = headgate_spawn_hold(path, argv, mask, &spawn);

	return ret ? ret : headgate_spawn_go(&spawn);
}
