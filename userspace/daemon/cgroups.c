// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * inotify reports mkdir and rmdir in cgroupfs.  A directory is watched before it is
 * listed, so a child is found by the event, by the listing, or by both, which does no
 * harm: scan() is idempotent.  An event is only a reason to look: by the time it is
 * read, the name may be gone or be another cgroup, and the inode number tells.
 *
 * When the kernel's queue overflows everything is scanned again; where inotify has no
 * watch left, once a second.
 */
#include "cgroups.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

#define WATCH_MASK	(IN_CREATE | IN_DELETE | IN_MOVE | IN_ONLYDIR | IN_DONT_FOLLOW)
#define POLL_USEC	1000000

/* Space for hundreds of events: a burst of systemd's takes few reads. */
#define EVENTS_SIZE	65536

struct cgroup {
	const char *path;			/* first: the order of by_path */
	uint64_t id;
	unsigned int scan;			/* the last that saw it */
	int wd;					/* -1 when it is not watched */
	struct cgroup *parent;			/* NULL for the root; outlives its children */
	unsigned int children;
	TAILQ_ENTRY(cgroup) entry;
};

struct watch {
	int wd;					/* first: the order of by_wd */
	struct cgroup *cgroup;
};

struct cgroups {
	char *root;
	cgroups_fn came;
	cgroups_fn went;
	void *data;
	int fd;
	sd_event *event;
	sd_event_source *source;
	sd_event_source *poll;			/* NULL unless watches ran out */
	unsigned int scan;
	void *by_path;				/* of struct cgroup */
	void *by_wd;				/* of struct watch */
	TAILQ_HEAD(cgroup_list, cgroup) list;		/* in the order of their coming */
};

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int compare_wds(const void *a, const void *b)
{
	int left = *(const int *)a, right = *(const int *)b;

	return (left > right) - (left < right);
}

static struct cgroup *find_path(const struct cgroups *cgroups, const char *path)
{
	struct cgroup **found = tfind(&path, &cgroups->by_path, compare_paths);

	return found ? *found : NULL;
}

static struct watch *find_wd(const struct cgroups *cgroups, int wd)
{
	struct watch **found = tfind(&wd, &cgroups->by_wd, compare_wds);

	return found ? *found : NULL;
}

static void drop_watch(struct cgroups *cgroups, int wd)
{
	struct watch *watch = find_wd(cgroups, wd);

	if (!watch)
		return;
	tdelete(watch, &cgroups->by_wd, compare_wds);
	if (watch->cgroup->wd == wd)
		watch->cgroup->wd = -1;
	free(watch);
}

static void remove_one(struct cgroups *cgroups, struct cgroup *cgroup)
{
	if (cgroup->wd >= 0) {
		inotify_rm_watch(cgroups->fd, cgroup->wd); /* gone with the directory, as a rule */
		drop_watch(cgroups, cgroup->wd);
	}
	tdelete(cgroup, &cgroups->by_path, compare_paths);
	TAILQ_REMOVE(&cgroups->list, cgroup, entry);
	if (cgroup->parent) {
		cgroup->parent->children--;
		cgroups->went(cgroup->path, cgroup->id, cgroups->data);
	}
	free((char *)cgroup->path);
	free(cgroup);
}

/* With all below it: events of its watch that are yet to come will find nobody. */
static void remove_cgroup(struct cgroups *cgroups, struct cgroup *cgroup)
{
	struct cgroup *last, *before;
	size_t len = cgroup->parent ? strlen(cgroup->path) : 0;

	/* Children came after their parents: go backwards. */
	for (last = TAILQ_LAST(&cgroups->list, cgroup_list); cgroup->children; last = before) {
		before = TAILQ_PREV(last, cgroup_list, entry);
		if (last != cgroup && !strncmp(last->path, cgroup->path, len) &&
		    last->path[len] == '/')
			remove_one(cgroups, last);
	}
	remove_one(cgroups, cgroup);
}

static struct cgroup *find_parent(const struct cgroups *cgroups, const char *path)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX];

	if (!slash[1])
		return NULL;
	snprintf(parent, sizeof(parent), "%.*s", slash > path ? (int)(slash - path) : 1, path);
	return find_path(cgroups, parent);
}

static struct cgroup *insert_cgroup(struct cgroups *cgroups, const char *path, uint64_t id)
{
	struct cgroup *cgroup = calloc(1, sizeof(*cgroup));

	if (!cgroup)
		return NULL;
	*cgroup = (struct cgroup){ .path = strdup(path), .id = id, .wd = -1 };
	if (!cgroup->path || !tsearch(cgroup, &cgroups->by_path, compare_paths)) {
		free((char *)cgroup->path);
		free(cgroup);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&cgroups->list, cgroup, entry);
	cgroup->parent = find_parent(cgroups, path);
	if (cgroup->parent) {
		cgroup->parent->children++;
		cgroups->came(path, id, cgroups->data);
	}
	return cgroup;
}

static int on_poll(sd_event_source *source, uint64_t usec, void *data)
{
	(void)usec;
	cgroups_rescan(data);
	sd_event_source_set_time_relative(source, POLL_USEC);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static void begin_polling(struct cgroups *cgroups)
{
	if (cgroups->poll)
		return;
	log_warning("no inotify watch is left for the tree of cgroups, so it is scanned once a second; raise sysctl fs.inotify.max_user_watches");
	sd_event_add_time_relative(cgroups->event, &cgroups->poll, CLOCK_MONOTONIC, POLL_USEC, 0,
				   on_poll, cgroups);
}

/* Returns the watch descriptor, or -1: the directory is then followed by its parent and by scans only. */
static int add_watch(struct cgroups *cgroups, const char *dir)
{
	int wd = inotify_add_watch(cgroups->fd, dir, WATCH_MASK);

	if (wd < 0 && (errno == ENOSPC || errno == ENOMEM))
		begin_polling(cgroups);
	return wd;
}

static void set_watch(struct cgroups *cgroups, struct cgroup *cgroup, int wd)
{
	struct watch *watch;

	if (wd < 0 || cgroup->wd == wd)
		return;
	if (cgroup->wd >= 0)
		drop_watch(cgroups, cgroup->wd);
	drop_watch(cgroups, wd); /* of a directory that had this name before */
	watch = malloc(sizeof(*watch));
	if (!watch)
		return;
	*watch = (struct watch){ .wd = wd, .cgroup = cgroup };
	if (!tsearch(watch, &cgroups->by_wd, compare_wds)) {
		free(watch);
		return;
	}
	cgroup->wd = wd;
}

static void join(char *out, size_t size, const char *path, const char *name)
{
	snprintf(out, size, "%s/%s", strcmp(path, "/") ? path : "", name);
}

static int scan(struct cgroups *cgroups, const char *path);

static int scan_children(struct cgroups *cgroups, const char *path, const char *dir)
{
	char child[PATH_MAX];
	struct dirent *entry;
	DIR *stream = opendir(dir);
	int err = 0;

	if (!stream)
		return errno == ENOENT || errno == ENODEV ? 0 : -errno;
	while (!err && (entry = readdir(stream))) {
		if (entry->d_type != DT_DIR || !strcmp(entry->d_name, ".") ||
		    !strcmp(entry->d_name, ".."))
			continue;
		join(child, sizeof(child), path, entry->d_name);
		err = scan(cgroups, child);
	}
	closedir(stream);
	return err;
}

/* Bring what is known of @path and below into line with the file system. */
static int scan(struct cgroups *cgroups, const char *path)
{
	struct cgroup *cgroup = find_path(cgroups, path);
	char dir[PATH_MAX];
	struct stat st;
	int wd;

	snprintf(dir, sizeof(dir), "%s%s", cgroups->root, path);
	wd = add_watch(cgroups, dir);
	if (lstat(dir, &st) || !S_ISDIR(st.st_mode)) {
		if (cgroup)
			remove_cgroup(cgroups, cgroup);
		return 0;
	}
	if (cgroup && cgroup->id != st.st_ino) {
		remove_cgroup(cgroups, cgroup);
		cgroup = NULL;
	}
	if (!cgroup)
		cgroup = insert_cgroup(cgroups, path, st.st_ino);
	if (!cgroup)
		return -ENOMEM;
	cgroup->scan = cgroups->scan;
	set_watch(cgroups, cgroup, wd);
	return scan_children(cgroups, path, dir);
}

int cgroups_rescan(struct cgroups *cgroups)
{
	struct cgroup *cgroup, *before;
	int err;

	cgroups->scan++;
	err = scan(cgroups, "/");
	if (err) {
		log_error("cannot read the tree of cgroups: %s", strerror(-err));
		return err;
	}
	/* Backwards, so that each has lost its children when its turn comes. */
	for (cgroup = TAILQ_LAST(&cgroups->list, cgroup_list); cgroup; cgroup = before) {
		before = TAILQ_PREV(cgroup, cgroup_list, entry);
		if (cgroup->scan != cgroups->scan)
			remove_cgroup(cgroups, cgroup);
	}
	return 0;
}

static void handle(struct cgroups *cgroups, const struct inotify_event *event)
{
	struct watch *watch;
	char path[PATH_MAX];

	if (event->mask & IN_Q_OVERFLOW) {
		log_debug("cgroups come and go too fast, scanning them all");
		cgroups_rescan(cgroups);
	} else if (event->mask & IN_IGNORED) {
		drop_watch(cgroups, event->wd);
	} else if (event->mask & IN_ISDIR && event->len && (watch = find_wd(cgroups, event->wd))) {
		join(path, sizeof(path), watch->cgroup->path, event->name);
		scan(cgroups, path);
	}
}

static int on_inotify(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	_Alignas(struct inotify_event) static char buffer[EVENTS_SIZE];
	struct cgroups *cgroups = data;
	ssize_t len = read(fd, buffer, sizeof(buffer));

	(void)source;
	(void)revents;
	if (len < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	for (char *p = buffer; p < buffer + len;) {
		const struct inotify_event *event = (const struct inotify_event *)p;

		handle(cgroups, event);
		p += sizeof(*event) + event->len;
	}
	return 0;
}

int cgroups_new(struct cgroups **out, sd_event *event, const char *root, cgroups_fn came,
		cgroups_fn went, void *data)
{
	struct cgroups *cgroups = calloc(1, sizeof(*cgroups));
	int err = -ENOMEM;

	if (!cgroups)
		return err;
	*cgroups = (struct cgroups){
		.root = strdup(root), .came = came, .went = went, .data = data, .fd = -1,
		.event = sd_event_ref(event),
	};
	TAILQ_INIT(&cgroups->list);
	if (!cgroups->root)
		goto fail;
	cgroups->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (cgroups->fd < 0) {
		err = -errno;
		goto fail;
	}
	err = sd_event_add_io(event, &cgroups->source, cgroups->fd, EPOLLIN, on_inotify, cgroups);
	if (err < 0)
		goto fail;
	*out = cgroups;
	return 0;
fail:
	cgroups_free(cgroups);
	return err;
}

static void ignore(const char *path, uint64_t id, void *data)
{
	(void)path;
	(void)id;
	(void)data;
}

void cgroups_free(struct cgroups *cgroups)
{
	struct cgroup *cgroup;

	if (!cgroups)
		return;
	cgroups->went = ignore;
	while ((cgroup = TAILQ_FIRST(&cgroups->list)))
		remove_cgroup(cgroups, cgroup);
	sd_event_source_disable_unref(cgroups->poll);
	sd_event_source_disable_unref(cgroups->source);
	sd_event_unref(cgroups->event);
	if (cgroups->fd >= 0)
		close(cgroups->fd);
	free(cgroups->root);
	free(cgroups);
}

void cgroups_foreach(const struct cgroups *cgroups, cgroups_fn function, void *data)
{
	const struct cgroup *cgroup;

	TAILQ_FOREACH(cgroup, &cgroups->list, entry)
		if (cgroup->parent)
			function(cgroup->path, cgroup->id, data);
}

bool cgroups_exists(const struct cgroups *cgroups, const char *path, uint64_t id)
{
	char dir[PATH_MAX];
	struct stat st;

	snprintf(dir, sizeof(dir), "%s%s", cgroups->root, path);
	return !lstat(dir, &st) && st.st_ino == id;
}
