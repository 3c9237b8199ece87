/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The socket on which probes say how devices are, and others ask how these are. */
#ifndef HEADGATE_DAEMON_PROBES_H
#define HEADGATE_DAEMON_PROBES_H

#include <systemd/sd-event.h>

#include "probe_message.h"

/* At once; whoever may connect is root. */
#define PROBES_CONNECTIONS_MAX	64

struct probes;

/**
 * struct probes_calls - what is called from the loop
 * @message: peer number @peer, a process of that pid, says something; 0, or a negative errno and why in @error
 * @subscribed: a peer wants to be told: say all by probes_say()
 * @left: that peer has hung up
 * @data: for these
 */
struct probes_calls {
	int (*message)(uint64_t peer, uint32_t pid, const struct headgate_probe_message *message, char *error,
		       size_t size, void *data);
	void (*subscribed)(struct probes *probes, int fd, void *data);
	void (*left)(uint64_t peer, void *data);
	void *data;
};

/* Listens at @path; -ENOMEM, or another errno after a message: there is none then. */
int probes_new(struct probes **probes, sd_event *event, const char *path, const struct probes_calls *calls);

/* @probes may be NULL. */
void probes_free(struct probes *probes);

/* A line to one subscriber, or to all (-1).  Who does not read is hung up on. */
void probes_say(struct probes *probes, int fd, const char *line);

#endif
