// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

int headgate_probe_connect(const char *path)
{
	return headgate_probe_connect_within(path, 0);
}

int headgate_probe_connect_within(const char *path, unsigned int ms)
{
	struct timeval patience = { ms / 1000, ms % 1000 * 1000 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, err;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	/* connect() waits too, while the backlog is full; for as long as sending may take. */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

int headgate_probe_tell(int fd, const struct headgate_probe_message *message, char *error, size_t size)
{
	char line[HEADGATE_PROBE_MESSAGE_MAX];
	int length = headgate_probe_format(message, line, sizeof(line));
	ssize_t got;

	if (length < 0)
		return length;
	if (send(fd, line, length, MSG_NOSIGNAL) < 0)
		return -errno;
	do {
		got = recv(fd, line, sizeof(line) - 1, 0);
		if (got < 0 && errno != EINTR)
			return -errno;
		if (!got)
			return -EPIPE;
		line[got < 0 ? 0 : got] = '\0';
		/* A subscriber is told other things in between. */
	} while (got < 0 || (strcmp(line, "ok") && strncmp(line, "error ", 6)));
	if (!strcmp(line, "ok"))
		return 0;
	snprintf(error, size, "%s", line + 6);
	return -EINVAL;
}
