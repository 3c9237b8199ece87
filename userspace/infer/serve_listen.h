/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the service listens: a unix socket, or a port of loopback. */
#ifndef INFER_SERVE_LISTEN_H
#define INFER_SERVE_LISTEN_H

#include <stdbool.h>
#include <sys/types.h>

#include "gguf.h"

/**
 * struct infer_listen - a socket that listens
 * @fd: -1: none
 * @is_port: of loopback, so nobody's credentials come with a connection
 * @lock: of a unix socket, PATH.lock, which is locked as long as this process lives; -1: none
 * @path: of a unix socket, or ""; ours as long as it is the file of @dev and @ino
 */
struct infer_listen {
	int fd, lock;
	bool is_port;
	char path[108];
	dev_t dev;
	ino_t ino;
};

/**
 * infer_listen_open() - "unix:/run/headgate/infer.sock", "127.0.0.1:8080" or "[::1]:8080"
 *
 * A unix socket that nobody listens at is replaced, and so is one that a service has left behind, which PATH.lock
 * says: a child of it may have that open still. Everybody may connect who gets to its folder: each pays for what
 * they ask.
 *
 * Return: 0; -EINVAL for what is no such address, or another errno, with a sentence in @problem.
 */
int infer_listen_open(const char *address, struct infer_listen *listen, char problem[INFER_PROBLEM]);

/* infer_listen_close(): and removes it; @fd too, if it is none of a server's yet. */
void infer_listen_close(struct infer_listen *listen);

#endif
