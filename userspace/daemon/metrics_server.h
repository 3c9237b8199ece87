/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Serves metrics by HTTP, in a thread of its own. Whoever scrapes may be slow or worse: there are 16
 * connections, each for 10 s at most and for one answer, four texts in memory, and a look no more
 * often than once a second for each format.
 */
#ifndef HEADGATE_DAEMON_METRICS_SERVER_H
#define HEADGATE_DAEMON_METRICS_SERVER_H

#include <stdbool.h>

#include "metrics_model.h"

/**
 * struct metrics_source - where snapshots come from
 * @snapshot: makes one, in the server's thread; 0 or a negative errno
 * @data: for it
 */
struct metrics_source {
	int (*snapshot)(struct metrics_snapshot *snapshot, void *data);
	void *data;
};

struct metrics_server;

/**
 * metrics_server_new - begin to serve
 * @server: receives it
 * @fd: listens; is closed with the server, or if this fails
 * @is_port: of the internet: only who calls it by a name of this machine is served
 * @source: is copied
 *
 * Return: 0 or a negative errno.
 */
int metrics_server_new(struct metrics_server **server, int fd, bool is_port, const struct metrics_source *source);

/*
 * Who is being served is cut off. Waits for a look under way, but not for ever: false, it goes on, and
 * the source must stay.
 */
bool metrics_server_free(struct metrics_server *server);

#endif
