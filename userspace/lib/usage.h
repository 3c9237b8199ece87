/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clients of DRM devices that are open on this host, each once, and whose they are. */
#ifndef LIBHEADGATE_USAGE_H
#define LIBHEADGATE_USAGE_H

#include <sys/types.h>

#include "fdinfo.h"

/**
 * struct headgate_drm_client - an open file of a DRM device
 * @info: what its driver tells
 * @node: path of the device's node that it is open by
 * @cgroup: path of the cgroup of its process, of the first of several
 */
struct headgate_drm_client {
	struct headgate_fdinfo info;
	char node[64];
	char *cgroup;
};

struct headgate_drm_clients {
	struct headgate_drm_client *items;
	size_t count;
};

/**
 * headgate_drm_clients_read - all clients that are open
 * @root: put before /proc; "" for this host
 * @clients: filled in, to be freed by headgate_drm_clients_free()
 *
 * Needs the right to read other users' /proc/PID/fdinfo: those that it cannot
 * read are left out, and so are clients without a number, which cannot be told
 * from one another.
 *
 * Return: 0, or a negative errno.
 */
int headgate_drm_clients_read(const char *root, struct headgate_drm_clients *clients);
void headgate_drm_clients_free(struct headgate_drm_clients *clients);

/**
 * headgate_usage_agent - to which agent a cgroup belongs
 * @agents: paths of the agents' cgroups
 * @count: how many there are
 * @cgroup: path
 *
 * Return: index of the lowest of @agents that is @cgroup or above it, or
 * @count: to none.
 */
size_t headgate_usage_agent(const char *const *agents, size_t count, const char *cgroup);

#endif
