/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where metrics are served: a port of loopback, or a unix socket that its group may use. */
#ifndef HEADGATE_DAEMON_METRICS_SOCKET_H
#define HEADGATE_DAEMON_METRICS_SOCKET_H

#include <sys/types.h>

#include "config.h"

/**
 * struct metrics_socket - it listens
 * @fd: -1: it does not
 * @path: of a unix socket, or ""
 * @dev: and @ino: that path is ours as long as it is this file
 */
struct metrics_socket {
	int fd;
	char path[108];
	dev_t dev;
	ino_t ino;
};

/* Bytes of a sentence that says what to do about it. */
#define METRICS_WHY_MAX 512

/*
 * A unix socket is there whole, with its mode and group, or not at all; one that nobody listens at
 * is replaced. 0, or a negative errno and @why.
 */
int metrics_socket_open(struct metrics_socket *listener, const struct headgate_config_metrics *config,
			char why[METRICS_WHY_MAX]);

void metrics_socket_close(struct metrics_socket *listener);

#endif
