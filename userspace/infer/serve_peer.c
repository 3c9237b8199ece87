// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cgroup.h"
#include "serve_peer.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 /* Linux 6.5 */
#endif

/*
 * On older kernels, which do not know the option, of the number alone: who ended before this, and whose
 * number was given to another already, is taken for that one.
 */
static int open_peer(int fd, pid_t pid)
{
	socklen_t size = sizeof(int);
	int pidfd;

	if (!getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size))
		return pidfd;
	if (errno != ENOPROTOOPT)
		return -errno;
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	return pidfd < 0 ? -errno : pidfd;
}

/* While it has not ended, its number is nobody else's. */
static bool has_ended(int pidfd)
{
	struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };

	return poll(&poll_fd, 1, 0);
}

int infer_peer_cgroup(int fd, char **cgroup)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	int pidfd, error;
	char *path;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) || peer.pid <= 0)
		return -ESRCH;
	pidfd = open_peer(fd, peer.pid);
	if (pidfd < 0)
		return -ESRCH;
	error = headgate_cgroup_of(peer.pid, &path);
	if (error) {
		close(pidfd);
		return error;
	}
	if (has_ended(pidfd) || !*path)
		error = -ESRCH;
	else if (!strcmp(path, "/"))
		error = -ENOENT;
	close(pidfd);
	if (error)
		free(path);
	else
		*cgroup = path;
	return error;
}

uid_t infer_peer_user(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) ? INFER_PEER_NOBODY : peer.uid;
}
