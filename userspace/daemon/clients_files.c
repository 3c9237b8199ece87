// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Scans of processes' files.  The directory is read some 60 entries at a time, since the kernel
 * makes each of them up: a process of many thousand files takes its turn with the others, and
 * several looks.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clients_internal.h"

/* include/linux/kdev_t.h, include/drm/drm_accel.h of the kernel */
#define DRM_MAJOR	226
#define ACCEL_MAJOR	261
/* A process that is younger is likely to be about to open its device. */
#define YOUNG_NS	(2000 * PACE_NS_PER_MS)
/* 24 bytes each, and at most so many. */
#define ENTRIES_SIZE	1536
#define ENTRY_MAX	32
/* To read a file's fdinfo takes as long as some links. */
#define READ_COST	4

static bool is_followed(const struct process *p, int fd)
{
	const struct client *client;

	LIST_FOREACH(client, &p->clients, of_holder)
		if (client->fd == fd)
			return true;
	return false;
}

/* It surely is none; a file system that does not answer is not asked. */
static bool is_no_node(int folder, const char *name)
{
	struct statx file;

	if (statx(folder, name, AT_STATX_DONT_SYNC, STATX_TYPE, &file))
		return false;
	return !S_ISCHR(file.stx_mode) ||
	       (file.stx_rdev_major != DRM_MAJOR && file.stx_rdev_major != ACCEL_MAJOR);
}

/* Sockets, pipes and their like have no path. Returns what that took of the budget. */
static int look_at(struct clients *c, struct process *p, int folder, const char *name, int64_t now)
{
	char target[128];
	ssize_t length;
	int fd;

	if (*name == '.')
		return 0;
	fd = atoi(name);
	if (is_followed(p, fd))
		return 1;
	length = readlinkat(folder, name, target, sizeof(target) - 1);
	if (length < 0)
		c->losses.denied += errno == EACCES || errno == EPERM;
	if (length < 1 || *target != '/')
		return 1;
	target[length] = '\0';
	/*
	 * An agent may have a node under another name, by a mount of its own.  That is found out;
	 * of others only what they say is known.
	 */
	if (strncmp(target, "/dev/dri/", 9) && strncmp(target, "/dev/accel/", 11) &&
	    (!p->agent_id || is_no_node(folder, name)))
		return 1;
	client_meet(c, p, fd, now);
	return READ_COST;
}

static void scan_ended(struct process *p, int64_t now)
{
	int64_t interval = CLIENTS_OTHERS_NS;

	if (p->agent_id)
		interval = now - p->met_ns < YOUNG_NS ? CLIENTS_PROCS_NS : CLIENTS_FILES_NS;
	p->position = 0;
	p->scanned_ns = p->scan_ns;
	p->due_ns = now + interval;
}

/* Returns what is left of @budget. */
static int scan(struct clients *c, struct process *p, int budget, int64_t now)
{
	_Alignas(struct dirent64) char entries[ENTRIES_SIZE];
	char path[PATH_MAX];
	ssize_t length = 0, at = 0;
	int folder;

	if (!p->position)
		p->scan_ns = now;
	snprintf(path, sizeof(path), "%s/proc/%d/fd", c->root, (int)p->pid);
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		c->losses.denied += errno == EACCES || errno == EPERM;
	if (folder >= 0 && p->position)
		lseek(folder, p->position, SEEK_SET);
	if (folder >= 0)
		length = getdents64(folder, entries, sizeof(entries));
	do {
		const struct dirent64 *entry = (void *)(entries + at);

		if (at >= length)
			break;
		budget -= look_at(c, p, folder, entry->d_name, now);
		p->position = entry->d_off;
		at += entry->d_reclen;
	} while (!time_is_spent(c));
	/* What does not fill the room is the end. */
	if (at >= length && length < ENTRIES_SIZE - ENTRY_MAX)
		scan_ended(p, now);
	if (folder >= 0)
		close(folder);
	return budget - READ_COST;
}

void files_look(struct clients *c, int64_t now)
{
	struct process *p, *next, *last;
	int budget = CLIENTS_FILES_MAX * c->ticks, left;

	time_start(&c->part);
	do {
		left = budget;
		last = TAILQ_LAST(&c->processes, process_list);
		for (p = TAILQ_FIRST(&c->processes); p && budget > 0; p = next) {
			next = p == last ? NULL : TAILQ_NEXT(p, entry);
			if (p->slow_ns > now || (!p->position && p->due_ns > now))
				continue;
			TAILQ_REMOVE(&c->processes, p, entry);
			TAILQ_INSERT_TAIL(&c->processes, p, entry);
			budget = scan(c, p, budget, now);
		}
	} while (budget > 0 && budget < left && !time_is_spent(c));
}
