// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client is read by one file of one process, although others may share it; when that goes,
 * the next scan finds another.  Its number tells it from another client whose file got the
 * same descriptor.
 */
#include "clients.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "clients_internal.h"

/* A client that nobody is known to hold is remembered for three scans. */
#define ORPHAN_NS	(3 * CLIENTS_FILES_NS)
/* At most that of what a new client has got is counted: a scan may come late, but not that much. */
#define NEW_MAX_NS	(2000 * PACE_NS_PER_MS)
/* A look may take so many times the budget, when that many ticks have passed: none is busy then. */
#define TICKS_MAX	(PACE_IDLE_TICK_NS / PACE_TICK_NS)
/* Some 15,000 locks. */
#define FDINFO_MAX	(1024 * 1024)
/* Beyond that many clients fdinfo is not kept open. */
#define FILES_OPEN_MAX	512

static struct client_bucket *bucket_of(struct clients *c, uint64_t id)
{
	return &c->by_id[id % BUCKETS];
}

static struct client *client_find(struct clients *c, const struct headgate_fdinfo *info)
{
	struct client *client;

	LIST_FOREACH(client, bucket_of(c, info->id), bucket)
		if (headgate_fdinfo_same(&client->seen.info, info))
			return client;
	return NULL;
}

void client_lose(struct client *client, int64_t now)
{
	if (client->file >= 0)
		close(client->file);
	client->file = -1;
	client->holder->n_clients--;
	client->holder = NULL;
	LIST_REMOVE(client, of_holder);
	client->due_ns = now + ORPHAN_NS;
}

static void client_free(struct clients *c, struct client *client)
{
	if (client->holder)
		client_lose(client, 0);
	LIST_REMOVE(client, bucket);
	TAILQ_REMOVE(&c->all, client, entry);
	c->n_clients--;
	free(client);
}

static int open_fdinfo(const struct clients *c, const struct process *p, int fd)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/proc/%d/fdinfo/%d", c->root, (int)p->pid, fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Of @length bytes: drops what comes before the driver's keys, but for what may be half of one. */
static size_t drop_before_keys(char *text, size_t length, bool *begun)
{
	static const char first[] = "drm-driver:";
	const char *keys = strstr(text, first);
	size_t kept = length < sizeof(first) ? length : sizeof(first);

	*begun = keys;
	if (keys)
		kept = length - (keys - text);
	memmove(text, text + length - kept, kept + 1);
	return kept;
}

/*
 * The driver's keys come last, behind a line for each lock on the file, of which there may be
 * as many as its process likes.
 */
static void read_keys(struct clients *c, int file)
{
	size_t length = 0, total = 0, room;
	bool begun = false;
	ssize_t more;

	c->text[0] = '\0';
	if (lseek(file, 0, SEEK_SET))
		return;
	do {
		room = sizeof(c->text) - 1 - length;
		more = read(file, c->text + length, room);
		if (more <= 0)
			return;
		length += more;
		total += more;
		c->text[length] = '\0';
		if (!begun)
			length = drop_before_keys(c->text, length, &begun);
		if (!begun && total > FDINFO_MAX) {
			c->losses.long_ones++;
			return;
		}
	} while ((size_t)more == room && length < sizeof(c->text) - 1);
}

/* -ENOENT: it is gone, or not of a DRM device, or has no number. */
static int read_fdinfo(struct clients *c, int file, struct headgate_fdinfo *info)
{
	read_keys(c, file);
	return headgate_fdinfo_parse_text(c->text, info) || !info->has_id ? -ENOENT : 0;
}

/* The name that the module has for it, too: its PCI address, or that of its node's parent. */
static void name_device(const struct clients *c, struct client *client, const struct process *p,
			int fd)
{
	const struct headgate_fdinfo *info = &client->seen.info;
	char link[PATH_MAX], target[PATH_MAX];
	ssize_t length = -1;
	const char *node;
	struct stat file;

	/* By its number: by what name it was opened is the process' affair. */
	snprintf(link, sizeof(link), "%s/proc/%d/fd/%d", c->root, (int)p->pid, fd);
	if (!*info->pdev && !stat(link, &file) && S_ISCHR(file.st_mode)) {
		snprintf(link, sizeof(link), "%s/sys/dev/char/%u:%u/device", c->root,
			 major(file.st_rdev), minor(file.st_rdev));
		length = readlink(link, target, sizeof(target) - 1);
	}
	target[length < 0 ? 0 : length] = '\0';
	node = strrchr(target, '/');
	snprintf(client->device, sizeof(client->device), "%.63s",
		 *info->pdev ? info->pdev : node ? node + 1 : info->driver);
}

/* How long it may have been there at most without our knowing. */
static int64_t age_of(const struct clients *c, const struct process *p, int64_t now)
{
	int64_t since = p->scanned_ns;

	if (!since && p->new)
		since = c->lap_before_ns;
	if (!since)
		return 0;
	return now - since > NEW_MAX_NS ? NEW_MAX_NS : now - since;
}

static bool is_parked(const struct client *client, int64_t now)
{
	return now - client->grew_ns >= CLIENTS_PARK_NS;
}

static void see(struct clients *c, struct client *client, const struct headgate_fdinfo *info,
		int64_t now)
{
	const struct process *p = client->holder;

	if (tally_see(c->tally, &client->seen, info, client->device, p->agent_id, now,
		      age_of(c, p, now)))
		client->grew_ns = now;
	client->due_ns = is_parked(client, now) ? now + CLIENTS_PARKED_NS : now;
}

static void hold(struct clients *c, struct client *client, struct process *p, int fd, int file)
{
	if (c->n_clients > FILES_OPEN_MAX) {
		close(file);
		file = -1;
	}
	client->holder = p;
	client->fd = fd;
	client->file = file;
	p->n_clients++;
	LIST_INSERT_HEAD(&p->clients, client, of_holder);
}

static struct client *client_make(struct clients *c, const struct process *p,
				  const struct headgate_fdinfo *info, int fd, int64_t now)
{
	struct client *client = NULL;

	if (c->n_clients < CLIENTS_MAX && p->n_clients < CLIENTS_OF_ONE_MAX)
		client = calloc(1, sizeof(*client));
	if (!client) {
		c->losses.clients++;
		return NULL;
	}
	client->file = -1;
	client->seen.info = *info;
	client->grew_ns = now;
	name_device(c, client, p, fd);
	LIST_INSERT_HEAD(bucket_of(c, info->id), client, bucket);
	TAILQ_INSERT_TAIL(&c->all, client, entry);
	c->n_clients++;
	return client;
}

/* @file is of @p's descriptor @fd, and says @info: takes it over. */
static void take(struct clients *c, struct process *p, int fd, int file,
		 const struct headgate_fdinfo *info, int64_t now)
{
	struct client *client = client_find(c, info);

	if (!client && c->wants(info->driver, c->data))
		client = client_make(c, p, info, fd, now);
	if (!client || client->holder) {
		close(file);
		return;
	}
	hold(c, client, p, fd, file);
	see(c, client, info, now);
}

void client_meet(struct clients *c, struct process *p, int fd, int64_t now)
{
	int file = open_fdinfo(c, p, fd);
	struct headgate_fdinfo info;
	struct time_from from;

	time_start(&from);
	if (file < 0)
		c->losses.denied += errno == EACCES || errno == EPERM;
	else if (read_fdinfo(c, file, &info))
		close(file);
	else
		take(c, p, fd, file, &info, now);
	p->slow_ns = time_pause(&from, now) ?: p->slow_ns;
}

static void look(struct clients *c, struct client *client, int64_t now)
{
	struct process *p = client->holder;
	struct headgate_fdinfo info;
	int file = client->file >= 0 ? client->file : open_fdinfo(c, p, client->fd);
	struct time_from from;
	int err;

	time_start(&from);
	err = file < 0 ? -ENOENT : read_fdinfo(c, file, &info);
	if (file >= 0 && file != client->file)
		close(file);
	if (!err && headgate_fdinfo_same(&client->seen.info, &info)) {
		see(c, client, &info, now);
		client->due_ns = time_pause(&from, now) ?: client->due_ns;
		return;
	}
	client_lose(client, now);
	p->due_ns = now; /* it may have others by now */
}

static void read_clients(struct clients *c, int64_t now)
{
	struct client *client, *next, *last = TAILQ_LAST(&c->all, client_list);
	int budget = CLIENTS_READS_MAX * c->ticks, parked = CLIENTS_PARKED_MAX * c->ticks;

	time_start(&c->part);
	for (client = TAILQ_FIRST(&c->all); client && budget && !time_is_spent(c); client = next) {
		next = client == last ? NULL : TAILQ_NEXT(client, entry);
		if (client->due_ns > now)
			continue;
		if (!client->holder) {
			client_free(c, client);
			continue;
		}
		if (is_parked(client, now) && parked-- <= 0)
			continue;
		TAILQ_REMOVE(&c->all, client, entry);
		TAILQ_INSERT_TAIL(&c->all, client, entry);
		look(c, client, now);
		budget--;
	}
}

int clients_new(struct clients **clients, struct tally *tally, const char *root,
		const char *cgroup_root, bool (*wants)(const char *driver, const void *data),
		const void *data)
{
	struct clients *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->tally = tally;
	c->wants = wants;
	c->data = data;
	c->root = strdup(root);
	c->cgroup_root = strdup(cgroup_root);
	TAILQ_INIT(&c->processes);
	TAILQ_INIT(&c->all);
	if (!c->root || !c->cgroup_root) {
		clients_free(c);
		return -ENOMEM;
	}
	*clients = c;
	return 0;
}

static void free_cgroups(struct clients *c)
{
	for (size_t i = 0; i < c->n_cgroups; i++)
		free(c->cgroups[i].path);
	free(c->cgroups);
}

void clients_free(struct clients *c)
{
	if (!c)
		return;
	while (!TAILQ_EMPTY(&c->all))
		client_free(c, TAILQ_FIRST(&c->all));
	while (!TAILQ_EMPTY(&c->processes))
		process_free(c, TAILQ_FIRST(&c->processes));
	free_cgroups(c);
	free(c->root);
	free(c->cgroup_root);
	free(c);
}

void clients_set_cgroups(struct clients *c, struct clients_cgroup *cgroups, size_t count)
{
	free_cgroups(c);
	c->cgroups = cgroups;
	c->n_cgroups = count;
	/* A lap under way goes on among the new ones: the next is complete. */
}

void clients_look(struct clients *c, int64_t now)
{
	int64_t ticks = (now - c->looked_ns) / PACE_TICK_NS;

	c->ticks = ticks < 1 ? 1 : ticks > TICKS_MAX ? TICKS_MAX : ticks;
	c->looked_ns = now;
	processes_look(c, now);
	files_look(c, now);
	read_clients(c, now);
}

const struct clients_losses *clients_losses(const struct clients *c)
{
	return &c->losses;
}

size_t clients_count(const struct clients *c)
{
	return c->n_clients;
}
