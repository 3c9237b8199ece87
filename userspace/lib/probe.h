/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other end of headgated's probe socket. */
#ifndef LIBHEADGATE_PROBE_H
#define LIBHEADGATE_PROBE_H

#include "probe_message.h"

/* A connected socket, or a negative errno: -ENOENT, -ECONNREFUSED: headgated does not run. */
int headgate_probe_connect(const char *path);

/* The same of a socket that waits no longer than @ms milliseconds, here and for each answer: then -EAGAIN. 0: for ever. */
int headgate_probe_connect_within(const char *path, unsigned int ms);

/**
 * headgate_probe_tell - say something, and await the answer
 * @fd: of headgate_probe_connect()
 * @message: message
 * @error: receives what headgated has against it
 * @size: of @error
 *
 * Return: 0; -EINVAL: see @error; -EPIPE: headgated is gone; another errno of the socket.
 */
int headgate_probe_tell(int fd, const struct headgate_probe_message *message, char *error, size_t size);

#endif
