/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clients of DRM devices, followed with little work at a time: cgroup.procs of each cgroup
 * tells the processes, /proc/PID/fd which of their files may be clients, and /proc/PID/fdinfo
 * what these have got.  Each of that has a budget for a look, in number and in time, and who is
 * slow to read is read seldom, so that no process, whatever it opens, holds up the loop.
 */
#ifndef HEADGATE_DAEMON_CLIENTS_H
#define HEADGATE_DAEMON_CLIENTS_H

#include "tally.h"

/* Time between two looks at a cgroup's processes; who lives for less may go unseen. */
#define CLIENTS_PROCS_NS	(200 * PACE_NS_PER_MS)
/* The same for the files of an agent's process, once it is older than two seconds, ... */
#define CLIENTS_FILES_NS	(1000 * PACE_NS_PER_MS)
/* ... and for those of others. */
#define CLIENTS_OTHERS_NS	(5000 * PACE_NS_PER_MS)
/* A client that got nothing for two seconds is read ten times a second from then on. */
#define CLIENTS_PARK_NS		(2000 * PACE_NS_PER_MS)
#define CLIENTS_PARKED_NS	(100 * PACE_NS_PER_MS)

/* Budgets for a look each PACE_TICK_NS: cgroup.procs, files of processes, clients, parked ones. */
#define CLIENTS_PROCS_MAX	64
#define CLIENTS_FILES_MAX	128
#define CLIENTS_READS_MAX	128
#define CLIENTS_PARKED_MAX	32

/* Room: further ones are left out, and counted. */
#define CLIENTS_MAX		4096
#define CLIENTS_OF_ONE_MAX	1024
#define CLIENTS_PROCESSES_MAX	16384

struct clients;

/**
 * struct clients_cgroup - a cgroup whose processes are followed
 * @path: below the root of cgroups, "" for that itself
 * @agent_id: to which agent they belong, 0 for none
 */
struct clients_cgroup {
	char *path;
	uint64_t agent_id;
};

/**
 * struct clients_losses - what was not followed
 * @denied: files that may not be read
 * @clients: that there was no room for, of all or of one process
 * @processes: the same
 * @long_ones: files that tell too much before they come to their driver
 */
struct clients_losses {
	uint64_t denied;
	uint64_t clients;
	uint64_t processes;
	uint64_t long_ones;
};

/**
 * clients_new - begin to follow
 * @clients: receives it; it follows nobody until clients_set_cgroups()
 * @tally: where clients' engine time is added
 * @root: put before /proc and /sys; "" for this host
 * @cgroup_root: directory of the root cgroup
 * @wants: whether clients of a driver are to be followed
 * @data: for that
 *
 * Return: 0 or -ENOMEM.
 */
int clients_new(struct clients **clients, struct tally *tally, const char *root,
		const char *cgroup_root, bool (*wants)(const char *driver, const void *data),
		const void *data);
void clients_free(struct clients *clients);

/* Takes @cgroups over, and their paths. */
void clients_set_cgroups(struct clients *clients, struct clients_cgroup *cgroups, size_t count);

/* One look, at @now_ns; what memory is short for is seen later. */
void clients_look(struct clients *clients, int64_t now_ns);

const struct clients_losses *clients_losses(const struct clients *clients);

/* How many are followed. */
size_t clients_count(const struct clients *clients);

#endif /* HEADGATE_DAEMON_CLIENTS_H */
