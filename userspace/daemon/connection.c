// SPDX-License-Identifier: GPL-2.0-or-later
#include "connection.h"

#include <string.h>

#include "log.h"

static void events_close(struct connection *connection)
{
	connection->source = sd_event_source_disable_unref(connection->source);
	headgate_events_free(&connection->events);
}

void connection_close(struct connection *connection)
{
	events_close(connection);
	headgate_client_free(&connection->client);
	look_clear(&connection->seen);
}

static int on_events(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct connection *connection = data;
	int err = headgate_events_process(connection->events);

	(void)source;
	(void)fd;
	(void)revents;
	if (err >= 0)
		return 0;
	/* It may not have been taken from the socket, and come again at once for ever. */
	log_warning("cannot read events of the module: %s; they are listened to anew at the next look", strerror(-err));
	events_close(connection);
	return 0;
}

static int events_open(struct connection *connection)
{
	int err = headgate_events_open(&connection->events, connection->function, connection->data);

	if (!err)
		err = sd_event_add_io(connection->event, &connection->source, headgate_events_fd(connection->events),
				      EPOLLIN, on_events, connection);
	if (err < 0)
		events_close(connection);
	return err < 0 ? err : 0;
}

int connection_open(struct connection *connection, sd_event *event, headgate_event_fn function, void *data)
{
	int err;

	connection_close(connection);
	connection->event = event;
	connection->function = function;
	connection->data = data;
	err = headgate_client_open(&connection->client);
	if (err) {
		log_error("cannot talk to headgate.ko: %s", strerror(-err));
		return err;
	}
	err = events_open(connection);
	if (err)
		log_warning("cannot listen to events of the module: %s; it is tried again at each look", strerror(-err));
	return 0;
}

/* What has happened meanwhile was told to nobody. */
static void listen_again(struct connection *connection)
{
	static const struct headgate_event lost = { .type = HEADGATE_EVENT_LOST, .path = "" };

	if (!events_open(connection))
		connection->function(&lost, connection->data);
}

int connection_look(struct connection *connection)
{
	int err;

	if (!connection->events)
		listen_again(connection);
	err = look_read(&connection->seen, connection->client);
	if (err && !connection->blind)
		log_warning("cannot read what the module has counted: %s; it is tried again each second",
			    headgate_client_error(connection->client));
	connection->blind = err;
	return err;
}
