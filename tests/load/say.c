// SPDX-License-Identifier: GPL-2.0
/*
 * say [--stay] SOCKET LINE...: says each line to a SOCK_SEQPACKET socket, and prints each answer;
 * --stay: and what else comes, until the other end hangs up.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "load.h"

static int hear(int fd)
{
	char line[4096];
	ssize_t len = recv(fd, line, sizeof(line) - 1, 0);

	if (len <= 0)
		return -1;
	printf("%.*s\n", (int)len, line);
	fflush(stdout);
	return 0;
}

int main(int argc, char **argv)
{
	int stay = argc > 1 && !strcmp(argv[1], "--stay");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	if (argc < 2 + stay)
		die("which socket?");
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", argv[1 + stay]);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		die("%s: %m", argv[1 + stay]);
	for (int i = 2 + stay; i < argc; i++)
		if (send(fd, argv[i], strlen(argv[i]), MSG_NOSIGNAL) < 0 || hear(fd))
			die("it hung up");
	while (stay && !hear(fd))
		;
	return 0;
}
