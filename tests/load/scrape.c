// SPDX-License-Identifier: GPL-2.0
/*
 * scrape SOCKET [HEADER]...  asks the unix socket for /metrics; prints the answer, with its head
 * scrape --hold N SOCKET     N clients that never end their question, until it is killed; says
 *                            "all" once they are there
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

static int dial(const char *path)
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

static void say(int fd, const char *text)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		die("send: %m");
}

static int ask(const char *path, char **headers)
{
	static char buffer[1 << 16];
	ssize_t size, all = 0;
	int fd = dial(path), ok = 0;

	say(fd, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n");
	for (; *headers; headers++) {
		say(fd, *headers);
		say(fd, "\r\n");
	}
	say(fd, "\r\n");
	while ((size = recv(fd, buffer, sizeof(buffer), 0)) > 0) {
		if (!all)
			ok = size > 12 && !memcmp(buffer, "HTTP/1.1 200", 12);
		all += size;
		fwrite(buffer, 1, size, stdout);
	}
	return !ok;
}

static void __attribute__((noreturn)) hold(int count, const char *path)
{
	for (int i = 0; i < count; i++) {
		int fd = dial(path);

		say(fd, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n");
	}
	puts("all");
	fflush(stdout);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "--hold"))
		hold(atoi(argv[2]), argv[3]);
	if (argc < 2)
		die("usage: scrape [--hold N] SOCKET [HEADER]...");
	return ask(argv[1], argv + 2);
}
