// SPDX-License-Identifier: GPL-2.0
/*
 * post SOCKET PATH BODY  a unix socket's HTTP server is sent that; prints the answer, with its head
 *
 * The exit status is 0 when the answer is 200.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "ask.h"

int main(int argc, char **argv)
{
	char *question;
	int fd;

	if (argc != 4)
		die("usage: post SOCKET PATH BODY");
	if (asprintf(&question, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n"
		     "Content-Length: %zu\r\n\r\n%s", argv[2], strlen(argv[3]), argv[3]) < 0)
		die("%m");
	fd = dial(argv[1]);
	say(fd, question);
	return !print_answer(fd);
}
