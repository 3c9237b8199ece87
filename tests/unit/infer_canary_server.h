/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A headgated that has nothing but its probe socket. */
#ifndef INFER_CANARY_SERVER_H
#define INFER_CANARY_SERVER_H

#include <pthread.h>
#include <stdbool.h>

/* What is told each 10 ms, for as long as a test may take. */
#define SERVER_LINES 4096

/**
 * struct server - writes down what it is told
 * @answer: to each line; NULL: none
 * @stop_at: a line that has it within has this process sent SIGTERM, the @stop_after-th time; NULL
 * @lines: what it was told, @n of them; to be read when the server has ended
 */
struct server {
	const char *answer, *stop_at;
	int stop_after;
	char path[64];
	char lines[SERVER_LINES][128];
	int n;
	int listener;
	int wake[2];
	pthread_t thread;
};

/* At @server->path, which it makes up unless there is one. SIGTERM must be blocked. */
void server_begin(struct server *server);
void server_end(struct server *server);

#endif
