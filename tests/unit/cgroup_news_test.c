// SPDX-License-Identifier: GPL-2.0-or-later
/* What is told of cgroups; folders with a file cgroup.events stand for them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "cgroup_news.h"
#include "home.h"

static bool no_watches;

int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask)
{
	if (!no_watches)
		return (int)syscall(SYS_inotify_add_watch, fd, path, mask);
	errno = ENOSPC;
	return -1;
}

/* Of all files that this process has open. */
static int watches(void)
{
	FILE *lines = popen("cat /proc/$PPID/fdinfo/* | grep -c '^inotify '", "r");
	int count = -1;

	assert_non_null(lines);
	assert_int_equal(fscanf(lines, "%d", &count), 1);
	pclose(lines);
	return count;
}

static struct cgroup_news *begin(void)
{
	struct cgroup_news *news;

	setenv("HEADGATE_CGROUP_ROOT", home, 1);
	assert_int_equal(mkdir("a", 0700), 0);
	assert_int_equal(mkdir("b", 0700), 0);
	write_file("a/cgroup.events", "frozen 0\n");
	write_file("b/cgroup.events", "frozen 0\n");
	assert_int_equal(cgroup_news_new(&news), 0);
	assert_int_equal(cgroup_news_of(news, 7, "/a"), CGROUP_NEWS_ALL);
	assert_int_equal(cgroup_news_of(news, 9, "/b"), CGROUP_NEWS_ALL);
	return news;
}

static void end(struct cgroup_news *news)
{
	cgroup_news_free(news);
	unsetenv("HEADGATE_CGROUP_ROOT");
}

static void what_was_told__is_told_once(void **state)
{
	struct cgroup_news *news = begin();

	(void)state;
	cgroup_news_read(news);
	assert_int_equal(cgroup_news_of(news, 7, "/a"), 0);
	write_file("a/cgroup.events", "frozen 1\n");
	assert_int_equal(chmod("b", 0500), 0); /* as inotify has it, an attribute */
	cgroup_news_read(news);
	assert_int_equal(cgroup_news_of(news, 7, "/a"), CGROUP_NEWS_EVENTS);
	assert_int_equal(cgroup_news_of(news, 7, "/a"), 0);
	assert_int_equal(cgroup_news_of(news, 9, "/b"), CGROUP_NEWS_LABELS);
	assert_int_equal(chmod("b", 0700), 0);
	end(news);
}

static void what_could_not_be_read__is_told_again(void **state)
{
	struct cgroup_news *news = begin();

	(void)state;
	cgroup_news_again(news, 9, CGROUP_NEWS_LABELS);
	assert_int_equal(cgroup_news_of(news, 7, "/a"), 0);
	assert_int_equal(cgroup_news_of(news, 9, "/b"), CGROUP_NEWS_LABELS);
	assert_int_equal(cgroup_news_of(news, 9, "/b"), 0);
	end(news);
}

static void cgroup_that_went__is_told_of_no_more(void **state)
{
	struct cgroup_news *news = begin();

	(void)state;
	assert_int_equal(unlink("a/cgroup.events"), 0);
	assert_int_equal(rmdir("a"), 0);
	cgroup_news_read(news);
	/* Whoever asks yet has to look for himself, each time. */
	assert_int_equal(cgroup_news_of(news, 7, "/a"), CGROUP_NEWS_ALL);
	assert_int_equal(cgroup_news_of(news, 7, "/a"), CGROUP_NEWS_ALL);
	assert_int_equal(cgroup_news_of(news, 9, "/b"), 0);
	end(news);
}

static bool is_other(uint64_t id, const void *data)
{
	return id != *(const uint64_t *)data;
}

static void cgroup_that_is_pruned__is_new_when_it_is_asked_about(void **state)
{
	struct cgroup_news *news = begin();
	const uint64_t gone = 7;

	(void)state;
	assert_int_equal(watches(), 4);
	cgroup_news_prune(news, is_other, &gone);
	assert_int_equal(watches(), 2);
	write_file("b/cgroup.events", "frozen 1\n");
	cgroup_news_read(news);
	assert_int_equal(cgroup_news_of(news, 9, "/b"), CGROUP_NEWS_EVENTS);
	assert_int_equal(cgroup_news_of(news, 7, "/a"), CGROUP_NEWS_ALL);
	assert_int_equal(cgroup_news_of(news, 7, "/a"), 0);
	write_file("a/cgroup.events", "frozen 1\n");
	cgroup_news_read(news);
	assert_int_equal(cgroup_news_of(news, 7, "/a"), CGROUP_NEWS_EVENTS);
	end(news);
}

static void without_watches__each_is_read_each_time(void **state)
{
	struct cgroup_news *news;

	(void)state;
	no_watches = true;
	news = begin();
	assert_int_equal(cgroup_news_of(news, 7, "/a"), CGROUP_NEWS_ALL);
	assert_int_equal(cgroup_news_of(news, 7, "/a"), CGROUP_NEWS_ALL);
	no_watches = false;
	end(news);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(what_was_told__is_told_once),
		IN_HOME(what_could_not_be_read__is_told_again),
		IN_HOME(cgroup_that_went__is_told_of_no_more),
		IN_HOME(cgroup_that_is_pruned__is_new_when_it_is_asked_about),
		IN_HOME(without_watches__each_is_read_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
