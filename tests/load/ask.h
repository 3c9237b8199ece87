/* SPDX-License-Identifier: GPL-2.0 */
/* Asking an HTTP server that listens on a unix socket. */
#ifndef LOAD_ASK_H
#define LOAD_ASK_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "load.h"

static inline int dial(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
		die("%s: %m", path);
	strcpy(address.sun_path, path);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		die("%s: %m", path);
	return fd;
}

static inline void say(int fd, const char *text)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		die("send: %m");
}

/* Prints what comes until the server closes. Whether it begins with a 200. */
static inline bool print_answer(int fd)
{
	static char buffer[1 << 16];
	ssize_t size, all = 0;
	bool ok = false;

	while ((size = recv(fd, buffer, sizeof(buffer), 0)) > 0) {
		if (!all)
			ok = size > 12 && !memcmp(buffer, "HTTP/1.1 200", 12);
		all += size;
		fwrite(buffer, 1, size, stdout);
	}
	return ok;
}

#endif
