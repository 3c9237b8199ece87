// SPDX-License-Identifier: GPL-2.0
/*
 * scrape SOCKET [HEADER]...  asks the unix socket for /metrics; prints the answer, with its head
 * scrape --hold N SOCKET     N clients that never end their question, until it is killed; says
 *                            "all" once they are there
 *
 * The exit status is 0 when the answer is 200.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"

static int ask(const char *path, char **headers)
{
	int fd = dial(path);

	say(fd, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n");
	for (; *headers; headers++) {
		say(fd, *headers);
		say(fd, "\r\n");
	}
	say(fd, "\r\n");
	return !print_answer(fd);
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
