// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * inotify: the kernel has a file modified when cgroup.events changes, also by a freezer above, and
 * a directory changed with its attributes.
 */
#include "cgroup_news.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "by_id.h"
#include "cgroup.h"
#include "cleanup.h"
#include "log.h"

#define EVENTS_SIZE 65536

struct item {
	uint64_t id;
	unsigned int news;
	int directory, events;		/* watches, -1: none */
};

struct watch {
	uint64_t wd;			/* as an id */
	uint64_t id;
	unsigned int news;
};

struct cgroup_news {
	int fd;
	bool short_of;			/* it was said that there are no watches left */
	struct item *items;
	size_t n_items;
	struct watch *watches;
	size_t n_watches;
};

static void freep(char **text)
{
	free(*text);
}

int cgroup_news_new(struct cgroup_news **news)
{
	struct cgroup_news *n = calloc(1, sizeof(*n));

	if (!n)
		return -ENOMEM;
	n->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (n->fd < 0) {
		log_warning("no inotify instance is left, so the cgroups of agents are read once a second; raise sysctl fs.inotify.max_user_instances");
		n->short_of = true;
	}
	*news = n;
	return 0;
}

void cgroup_news_free(struct cgroup_news *news)
{
	if (!news)
		return;
	if (news->fd >= 0)
		close(news->fd);
	free(news->items);
	free(news->watches);
	free(news);
}

static struct item *find(const struct cgroup_news *news, uint64_t id)
{
	return headgate_by_id_find(news->items, news->n_items, sizeof(*news->items), id);
}

static struct watch *find_watch(const struct cgroup_news *news, int wd)
{
	return headgate_by_id_find(news->watches, news->n_watches, sizeof(*news->watches), (uint64_t)wd);
}

/* ---- what is told ---- */

/* The directory is gone, or will be read each time. */
static void forget_watch(struct cgroup_news *news, struct watch *watch)
{
	struct item *item = find(news, watch->id);
	size_t i = watch - news->watches;

	if (item) {
		item->news = CGROUP_NEWS_ALL;
		item->events = item->events == (int)watch->wd ? -1 : item->events;
		item->directory = item->directory == (int)watch->wd ? -1 : item->directory;
	}
	news->n_watches--;
	for (; i < news->n_watches; i++)
		news->watches[i] = news->watches[i + 1];
}

static void take(struct cgroup_news *news, const struct inotify_event *event)
{
	struct watch *watch;
	struct item *item;

	if (event->mask & IN_Q_OVERFLOW) {
		for (size_t i = 0; i < news->n_items; i++)
			news->items[i].news = CGROUP_NEWS_ALL;
		return;
	}
	watch = find_watch(news, event->wd);
	if (!watch)
		return;
	if (event->mask & IN_IGNORED) {
		forget_watch(news, watch);
		return;
	}
	item = find(news, watch->id);
	if (item)
		item->news |= watch->news;
}

void cgroup_news_read(struct cgroup_news *news)
{
	_Alignas(struct inotify_event) static char buffer[EVENTS_SIZE];
	ssize_t length;

	while ((length = read(news->fd, buffer, sizeof(buffer))) > 0)
		for (char *p = buffer; p < buffer + length;) {
			const struct inotify_event *event = (const struct inotify_event *)p;

			take(news, event);
			p += sizeof(*event) + event->len;
		}
}

/* ---- whom to ask about ---- */

static int add_watch(struct cgroup_news *news, const char *path, uint32_t mask, uint64_t id, unsigned int bits)
{
	int wd = news->fd < 0 ? -1 : inotify_add_watch(news->fd, path, mask | IN_DONT_FOLLOW);
	void *watches = news->watches;
	struct watch *watch;

	if (wd < 0) {
		if (!news->short_of && (errno == ENOSPC || errno == ENOMEM)) {
			log_warning("no inotify watch is left for the cgroups of agents, so they are read once a second; raise sysctl fs.inotify.max_user_watches");
			news->short_of = true;
		}
		return -1;
	}
	watch = headgate_by_id_insert(&watches, &news->n_watches, sizeof(*watch), (uint64_t)wd);
	news->watches = watches;
	if (!watch) {
		inotify_rm_watch(news->fd, wd);
		return -1;
	}
	watch->id = id;
	watch->news = bits;
	return wd;
}

static struct item *follow(struct cgroup_news *news, uint64_t id, const char *path)
{
	headgate_cleanup(freep) char *directory = NULL, *events = NULL;
	void *items = news->items;
	struct item *item = headgate_by_id_insert(&items, &news->n_items, sizeof(*item), id);

	news->items = items;
	if (!item)
		return NULL;
	item->news = CGROUP_NEWS_ALL;
	item->directory = -1;
	item->events = -1;
	if (headgate_cgroup_absolute(path, &directory) || asprintf(&events, "%s/cgroup.events", directory) < 0)
		return item;
	item->directory = add_watch(news, directory, IN_ATTRIB | IN_ONLYDIR, id, CGROUP_NEWS_LABELS);
	item->events = add_watch(news, events, IN_MODIFY, id, CGROUP_NEWS_EVENTS);
	return item;
}

unsigned int cgroup_news_of(struct cgroup_news *news, uint64_t id, const char *path)
{
	struct item *item = find(news, id) ?: follow(news, id, path);
	unsigned int told;

	if (!item)
		return CGROUP_NEWS_ALL;
	told = item->news;
	item->news = (item->events < 0 ? CGROUP_NEWS_EVENTS : 0) | (item->directory < 0 ? CGROUP_NEWS_LABELS : 0);
	return told;
}

void cgroup_news_again(struct cgroup_news *news, uint64_t id, unsigned int bits)
{
	struct item *item = find(news, id);

	if (item)
		item->news |= bits;
}

static void remove_watch(struct cgroup_news *news, int wd)
{
	struct watch *watch = wd < 0 ? NULL : find_watch(news, wd);

	if (!watch)
		return;
	inotify_rm_watch(news->fd, wd); /* gone with the directory, as a rule */
	forget_watch(news, watch);
}

void cgroup_news_prune(struct cgroup_news *news, bool (*keep)(uint64_t id, const void *data), const void *data)
{
	size_t kept = 0;

	for (size_t i = 0; i < news->n_items; i++) {
		struct item item = news->items[i];

		if (keep(item.id, data)) {
			news->items[kept++] = item;
			continue;
		}
		remove_watch(news, item.directory);
		remove_watch(news, item.events);
	}
	news->n_items = kept;
}
