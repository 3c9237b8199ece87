/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is at the other end of a unix socket. */
#ifndef INFER_SERVE_PEER_H
#define INFER_SERVE_PEER_H

#include <sys/types.h>

/* Who comes by what tells of no user. */
#define INFER_PEER_NOBODY ((uid_t)-1)

/**
 * infer_peer_cgroup() - the cgroup of the process that connected
 * @cgroup: a path as cgroup.h has them, for free()
 *
 * It is asked for when the connection comes. Who connects and hands the socket on is billed for what comes over it.
 *
 * Return: 0; -ENOENT if it is the root, which is nobody's; -ESRCH if it cannot be told: a process that has ended, or
 * is in another PID namespace; -ENOMEM.
 */
int infer_peer_cgroup(int fd, char **cgroup);

/* infer_peer_user(): the uid of the process that connected, when it did, or INFER_PEER_NOBODY. */
uid_t infer_peer_user(int fd);

#endif
