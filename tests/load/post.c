// SPDX-License-Identifier: GPL-2.0
/*
 * post SOCKET PATH BODY  a unix socket's HTTP server is sent that; prints the answer, with its head
 *
 * The exit status is 0 when the answer is 200.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "load.h"

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	static char buffer[1 << 16];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), ok = 0;
	ssize_t size, all = 0;
	char *question;

	if (argc != 4)
		die("usage: post SOCKET PATH BODY");
	if (fd < 0 || strlen(argv[1]) >= sizeof(address.sun_path))
		die("%s: %m", argv[1]);
	strcpy(address.sun_path, argv[1]);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		die("%s: %m", argv[1]);
	if (asprintf(&question, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n"
		     "Content-Length: %zu\r\n\r\n%s", argv[2], strlen(argv[3]), argv[3]) < 0)
		die("%m");
	if (send(fd, question, strlen(question), MSG_NOSIGNAL) < 0)
		die("send: %m");
	while ((size = recv(fd, buffer, sizeof(buffer), 0)) > 0) {
		if (!all)
			ok = size > 12 && !memcmp(buffer, "HTTP/1.1 200", 12);
		all += size;
		fwrite(buffer, 1, size, stdout);
	}
	return !ok;
}
