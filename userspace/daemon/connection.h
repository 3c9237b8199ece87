/* SPDX-License-Identifier: GPL-2.0-or-later */
/* To the module that is loaded: requests, its events, and what it has counted. */
#ifndef HEADGATE_DAEMON_CONNECTION_H
#define HEADGATE_DAEMON_CONNECTION_H

#include <systemd/sd-event.h>

#include "events.h"
#include "look.h"

/**
 * struct connection - zeroed to begin with
 * @client: NULL where there is none
 * @events: NULL where they cannot be read
 * @event: the loop; @function and @data: who is told of events
 * @seen: at the last look
 * @blind: it was said that it cannot be read
 */
struct connection {
	struct headgate_client *client;
	struct headgate_events *events;
	sd_event_source *source;
	sd_event *event;
	headgate_event_fn function;
	void *data;
	struct look seen;
	bool blind;
};

/*
 * Anew. Without its events it goes on, which is logged, as errors are, and each look tries to have them;
 * @function is told HEADGATE_EVENT_LOST then.
 * Return: 0, or a negative errno if the module does not answer.
 */
int connection_open(struct connection *connection, sd_event *event, headgate_event_fn function, void *data);
void connection_close(struct connection *connection);

/* Reads @seen. A negative errno: it is as it was, which is logged once; what cannot be read is looked at the next time. */
int connection_look(struct connection *connection);

#endif
