// SPDX-License-Identifier: GPL-2.0-or-later
#include "connection.h"

#include <string.h>

#include "log.h"

void connection_close(struct connection *connection)
{
	connection->source = sd_event_source_disable_unref(connection->source);
	headgate_events_free(&connection->events);
	headgate_client_free(&connection->client);
	look_clear(&connection->seen);
}

static int on_events(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct connection *connection = data;
	int err = headgate_events_process(connection->events);

	(void)fd;
	(void)revents;
	if (err >= 0)
		return 0;
	log_warning("cannot read events of the module: %s", strerror(-err));
	return sd_event_source_set_enabled(source, SD_EVENT_OFF);
}

int connection_open(struct connection *connection, sd_event *event, headgate_event_fn function, void *data)
{
	int err;

	connection_close(connection);
	err = headgate_client_open(&connection->client);
	if (err) {
		log_error("cannot talk to headgate.ko: %s", strerror(-err));
		return err;
	}
	err = headgate_events_open(&connection->events, function, data);
	if (!err)
		err = sd_event_add_io(event, &connection->source, headgate_events_fd(connection->events),
				      EPOLLIN, on_events, connection);
	if (err < 0)
		log_warning("events of the module will not be logged: %s", strerror(-err));
	return 0;
}

int connection_look(struct connection *connection)
{
	int err = look_read(&connection->seen, connection->client);

	if (err && !connection->blind)
		log_warning("cannot read what the module has counted: %s; it is tried again each second",
			    headgate_client_error(connection->client));
	connection->blind = err;
	return err;
}
