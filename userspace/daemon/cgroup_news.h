/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel tells of the cgroups of agents, so that not each of them has to be read again and again. */
#ifndef HEADGATE_DAEMON_CGROUP_NEWS_H
#define HEADGATE_DAEMON_CGROUP_NEWS_H

#include <stdbool.h>
#include <stdint.h>

struct cgroup_news;

/* Bits. */
#define CGROUP_NEWS_EVENTS	1	/* cgroup.events says something else: it is frozen, or is not any more */
#define CGROUP_NEWS_LABELS	2	/* an attribute of its directory was set or removed */
#define CGROUP_NEWS_ALL		3

/* 0 or a negative errno. */
int cgroup_news_new(struct cgroup_news **news);
/* @news may be NULL. */
void cgroup_news_free(struct cgroup_news *news);

/* Take in what was told since the last time. */
void cgroup_news_read(struct cgroup_news *news);

/*
 * What is new of a cgroup since this was asked last; of one that was never asked about, and of one
 * that inotify has no watch left for, all.  @path: below the cgroup v2 root; @id is its id.
 */
unsigned int cgroup_news_of(struct cgroup_news *news, uint64_t id, const char *path);

/* What was told could not be read: it is told once more. */
void cgroup_news_again(struct cgroup_news *news, uint64_t id, unsigned int bits);

/* Only those for which @keep says so are asked about any more. */
void cgroup_news_prune(struct cgroup_news *news, bool (*keep)(uint64_t id, const void *data), const void *data);

#endif
