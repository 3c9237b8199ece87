/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connection, for calls.c and events.c. */
#ifndef LIBHEADGATE_CLIENT_H
#define LIBHEADGATE_CLIENT_H

#include <netlink/socket.h>

#include "message.h"

/* Open and set up a generic netlink socket, and find the family; as headgate_client_open(). */
int client_connect(struct nl_sock **socket, int *family);

/* errno (negative) of a libnl error (negative). */
int client_errno(int nle);

/*
 * A request of command @command, to be handed to client_transact(), which
 * frees it; NULL when memory is short.
 */
struct nl_msg *client_request(struct headgate_client *client, int command, int flags);

/* Called for each reply; a negative errno fails the call, which still reads to the end. */
typedef int (*client_reply_fn)(struct nlmsghdr *header, void *data);

/*
 * Send @request and read replies up to the ack or the end of the dump.
 * -EAGAIN: a dump was interrupted by a change and is inconsistent.
 */
int client_transact(struct headgate_client *client, struct nl_msg *request,
		    const struct message_set *set, client_reply_fn function, void *data);

/* A failure outside the socket: sets the text of headgate_client_error(). */
int client_fail(struct headgate_client *client, int error, const char *text);

#endif
