// SPDX-License-Identifier: GPL-2.0-or-later
#include "infer_canary_server.h"

#include <assert.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PEERS 8

static void take(struct server *server, int peer, const char *line)
{
	if (server->n < SERVER_LINES)
		snprintf(server->lines[server->n++], sizeof(server->lines[0]), "%.127s", line);
	/* Before the answer: who waits for that begins nothing more. */
	if (server->stop_at && strstr(line, server->stop_at) && !--server->stop_after)
		kill(getpid(), SIGTERM);
	if (server->answer)
		send(peer, server->answer, strlen(server->answer), MSG_NOSIGNAL);
}

static void *serve(void *data)
{
	struct server *server = data;
	struct pollfd polls[2 + PEERS] = {
		{ server->wake[0], POLLIN, 0 }, { server->listener, POLLIN, 0 },
	};
	nfds_t n = 2;

	while (poll(polls, n, -1) > 0 && !polls[0].revents) {
		if (polls[1].revents && n < 2 + PEERS) {
			int peer = accept(server->listener, NULL, NULL);

			polls[n++] = (struct pollfd){ peer, POLLIN, 0 };
		}
		for (nfds_t i = 2; i < n; i++) {
			char line[128];
			ssize_t got = -1;

			if (polls[i].revents)
				got = recv(polls[i].fd, line, sizeof(line) - 1, 0);
			if (got > 0) {
				line[got] = '\0';
				take(server, polls[i].fd, line);
			} else if (polls[i].revents) {
				close(polls[i].fd);
				polls[i--] = polls[--n];
			}
		}
	}
	while (n > 2)
		close(polls[--n].fd);
	return NULL;
}

void server_begin(struct server *server)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (!*server->path)
		snprintf(server->path, sizeof(server->path), "/tmp/canary-test.%d", (int)getpid());
	unlink(server->path);
	strcpy(address.sun_path, server->path);
	server->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert(server->listener >= 0);
	assert(!bind(server->listener, (struct sockaddr *)&address, sizeof(address)));
	assert(!listen(server->listener, PEERS));
	assert(!pipe(server->wake));
	assert(!pthread_create(&server->thread, NULL, serve, server));
}

void server_end(struct server *server)
{
	/* Not by closing it: children of the test have it open. */
	assert(write(server->wake[1], "", 1) == 1);
	close(server->wake[1]);
	pthread_join(server->thread, NULL);
	close(server->wake[0]);
	close(server->listener);
	unlink(server->path);
}
