/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files clients*.c share among themselves and with nobody else. */
#ifndef HEADGATE_DAEMON_CLIENTS_INTERNAL_H
#define HEADGATE_DAEMON_CLIENTS_INTERNAL_H

#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "clients.h"

/* Of processes by pid, and of clients by number. */
#define BUCKETS		1024

/* By the clock, and what the thread had had of the processor and how often it had slept. */
struct time_from {
	int64_t clock_ns;
	struct rusage usage;
};

/**
 * struct process - a process of a cgroup that is followed
 * @bucket: of its pid
 * @entry: in @processes, who was looked at last at the end
 * @clients: those that are read by its files
 * @n_clients: their number
 * @pid: process
 * @agent_id: its agent, 0 for none
 * @lap: the last lap over cgroups that found it
 * @met_ns: when it was found
 * @new: it was not there when the lap before began
 * @scanned_ns: when the last scan of its files began that is complete, 0 for none
 * @scan_ns: when the one under way began
 * @due_ns: when to look at its files again
 * @slow_ns: not before then, whatever is due: its files are slow to read
 * @position: in /proc/PID/fd, where the scan under way goes on; 0: there is none
 */
struct process {
	LIST_ENTRY(process) bucket;
	TAILQ_ENTRY(process) entry;
	LIST_HEAD(, client) clients;
	unsigned int n_clients;
	pid_t pid;
	uint64_t agent_id;
	unsigned int lap;
	int64_t met_ns;
	bool new;
	int64_t scanned_ns;
	int64_t scan_ns;
	int64_t due_ns;
	int64_t slow_ns;
	off_t position;
};

/**
 * struct client - a client
 * @bucket: of its number
 * @entry: in @all, who was read last at the end
 * @of_holder: in the holder's @clients
 * @holder: the process by whose file it is read, NULL: none is known any more
 * @fd: that file
 * @file: its fdinfo, open, or -1
 * @seen: what was told last
 * @device: name of its device
 * @grew_ns: when it was last seen to get something
 * @due_ns: when to read it again, or without a holder to forget it
 */
struct client {
	LIST_ENTRY(client) bucket;
	TAILQ_ENTRY(client) entry;
	LIST_ENTRY(client) of_holder;
	struct process *holder;
	int fd;
	int file;
	struct tally_client seen;
	char device[TALLY_NAME_LEN];
	int64_t grew_ns;
	int64_t due_ns;
};

LIST_HEAD(process_bucket, process);
LIST_HEAD(client_bucket, client);

/**
 * struct clients - all that is followed
 * @lap: number of the lap over @cgroups that is under way
 * @lap_ns: when it began
 * @lap_before_ns: when the one before began, 0: this is the first
 * @next_cgroup: where it goes on; @n_cgroups: it is done
 * @looked_ns: when the last look was
 * @ticks: that have passed since
 * @part: when the part of a look that is under way began
 * @text: room to read a file
 */
struct clients {
	struct tally *tally;
	char *root;
	char *cgroup_root;
	bool (*wants)(const char *driver, const void *data);
	const void *data;
	struct clients_cgroup *cgroups;
	size_t n_cgroups;
	size_t next_cgroup;
	unsigned int lap;
	int64_t lap_ns;
	int64_t lap_before_ns;
	TAILQ_HEAD(process_list, process) processes;
	size_t n_processes;
	struct process_bucket by_pid[BUCKETS];
	TAILQ_HEAD(client_list, client) all;
	size_t n_clients;
	struct client_bucket by_id[BUCKETS];
	struct clients_losses losses;
	int64_t looked_ns;
	int ticks;
	struct time_from part;
	char text[8192];
};

/* clients_time.c */

void time_start(struct time_from *from);
/* Of a part of a look, since time_start() of @c->part. */
bool time_is_spent(const struct clients *c);
/*
 * What was begun at @from has taken so long, of itself, that it is not to be done again before the
 * time that is returned, by the caller's @now; 0: any time.
 */
int64_t time_pause(const struct time_from *from, int64_t now);

/* clients_processes.c */
void processes_look(struct clients *c, int64_t now);
void process_free(struct clients *c, struct process *p);

/* clients_files.c: which files of processes are clients */
void files_look(struct clients *c, int64_t now);

/* clients.c */

/* A file of @p that may be a client's. */
void client_meet(struct clients *c, struct process *p, int fd, int64_t now);
/* Nobody is known any more by whose file it could be read. */
void client_lose(struct client *client, int64_t now);

#endif
