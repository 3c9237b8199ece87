// SPDX-License-Identifier: GPL-2.0-or-later
/* Events have a socket of their own, so that none can come between the messages of a reply. */
#include <errno.h>
#include <stdlib.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "client.h"

/* Room for some thousand events of about 100 bytes each while the reader is busy. */
#define RECEIVE_BUFFER (1 << 20)

struct headgate_events {
	struct nl_sock *socket;
	headgate_event_fn function;
	void *data;
	int handled;
	int error;	/* first malformed event of a round */
};

static int on_event(struct nl_msg *message, void *data)
{
	struct headgate_events *events = data;
	struct headgate_event event;
	int ret = message_get_event(nlmsg_hdr(message), &event);

	if (!ret) {
		events->function(&event, events->data);
		events->handled++;
		message_clear(&message_event, &event);
	} else if (ret != -ENOMSG && !events->error) {
		events->error = ret;
	}
	return NL_OK;
}

static int subscribe(struct headgate_events *events)
{
	int group = genl_ctrl_resolve_grp(events->socket, HEADGATE_FAMILY_NAME,
					  HEADGATE_MCGRP_EVENTS);
	int ret;

	if (group < 0)
		return client_errno(group);
	nl_socket_disable_seq_check(events->socket);
	ret = nl_socket_modify_cb(events->socket, NL_CB_VALID, NL_CB_CUSTOM, on_event, events);
	if (!ret)
		ret = nl_socket_set_buffer_size(events->socket, RECEIVE_BUFFER, 0);
	if (!ret)
		ret = nl_socket_set_nonblocking(events->socket);
	if (!ret)
		ret = nl_socket_add_membership(events->socket, group);
	return client_errno(ret);
}

int headgate_events_open(struct headgate_events **result, headgate_event_fn function, void *data)
{
	struct headgate_events *events = calloc(1, sizeof(*events));
	int family, ret;

	if (!events)
		return -ENOMEM;
	events->function = function;
	events->data = data;
	ret = client_connect(&events->socket, &family);
	if (!ret)
		ret = subscribe(events);
	if (ret)
		headgate_events_free(&events);
	else
		*result = events;
	return ret;
}

void headgate_events_free(struct headgate_events **events)
{
	if (!*events)
		return;
	nl_socket_free((*events)->socket);
	free(*events);
	*events = NULL;
}

int headgate_events_fd(const struct headgate_events *events)
{
	return nl_socket_get_fd(events->socket);
}

int headgate_events_process(struct headgate_events *events)
{
	static const struct headgate_event lost = { .type = HEADGATE_EVENT_LOST, .path = "" };
	int ret;

	events->handled = 0;
	events->error = 0;
	do {
		errno = 0;
		ret = nl_recvmsgs_default(events->socket);
		/* libnl folds ENOBUFS, the overflow, into NLE_NOMEM; errno keeps it. */
		if (ret == -NLE_NOMEM && errno == ENOBUFS) {
			events->function(&lost, events->data);
			events->handled++;
			ret = 0;
		}
	} while (ret >= 0);
	if (ret != -NLE_AGAIN)
		return client_errno(ret);
	return events->error ? events->error : events->handled;
}
