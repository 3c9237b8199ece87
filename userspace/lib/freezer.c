// SPDX-License-Identifier: GPL-2.0-or-later
#include "freezer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "cleanup.h"

#define MARK "trusted.headgate.paused"

static void freep(char **text)
{
	free(*text);
}

int headgate_freezer_paced(const char *file, struct headgate_ids *ids)
{
	FILE *stream = fopen(file, "re");
	uint64_t id, *items;
	int ret = 0;

	*ids = (struct headgate_ids){ 0 };
	if (!stream)
		return 0;
	while (!ret && fscanf(stream, "%" SCNu64, &id) == 1) {
		items = reallocarray(ids->items, ids->count + 1, sizeof(*items));
		if (!items) {
			ret = -ENOMEM;
			break;
		}
		ids->items = items;
		items[ids->count++] = id;
	}
	fclose(stream);
	if (ret)
		headgate_ids_free(ids);
	return ret;
}

bool headgate_ids_have(const struct headgate_ids *ids, uint64_t id)
{
	for (size_t i = 0; i < ids->count; i++)
		if (ids->items[i] == id)
			return true;
	return false;
}

void headgate_ids_free(struct headgate_ids *ids)
{
	free(ids->items);
	*ids = (struct headgate_ids){ 0 };
}

static int open_file(const char *path, const char *name, int flags)
{
	headgate_cleanup(freep) char *absolute = NULL;
	headgate_cleanup(freep) char *file = NULL;
	int fd = headgate_cgroup_absolute(path, &absolute);

	if (fd)
		return fd;
	if (asprintf(&file, "%s/%s", absolute, name) < 0) {
		file = NULL;
		return -ENOMEM;
	}
	fd = open(file, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int headgate_freezer_open(const char *path)
{
	return open_file(path, "cgroup.freeze", O_RDWR);
}

int headgate_freezer_freeze(int freezer, bool freeze)
{
	return pwrite(freezer, freeze ? "1" : "0", 1, 0) == 1 ? 0 : -errno;
}

bool headgate_freezer_marked(int freezer)
{
	return fgetxattr(freezer, MARK, NULL, 0) >= 0;
}

int headgate_freezer_mark(int freezer)
{
	return fsetxattr(freezer, MARK, "1", 1, 0) ? -errno : 0;
}

int headgate_freezer_unmark(int freezer)
{
	return fremovexattr(freezer, MARK) && errno != ENODATA ? -errno : 0;
}

/* The value of a key of cgroup.events; 0 or a negative errno. */
static int read_event(int fd, const char *key, bool *value)
{
	char text[256] = "";
	size_t length = strlen(key);

	if (pread(fd, text, sizeof(text) - 1, 0) < 0)
		return errno == ENODEV ? -ENOENT : -errno;
	for (const char *line = text; *line; line += strspn(line, "\n")) {
		if (!strncmp(line, key, length) && line[length] == ' ') {
			*value = line[length + 1] == '1';
			return 0;
		}
		line += strcspn(line, "\n");
	}
	return -ENODATA;
}

int headgate_freezer_frozen(const char *path)
{
	int fd = open_file(path, "cgroup.events", O_RDONLY);
	bool frozen;
	int ret;

	if (fd < 0)
		return fd;
	ret = read_event(fd, "frozen", &frozen);
	close(fd);
	return ret ? ret : frozen;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

int headgate_freezer_await(const char *path, const char *key, bool value, int timeout_ms)
{
	struct pollfd events = { .fd = open_file(path, "cgroup.events", O_RDONLY), .events = POLLPRI };
	int64_t deadline = now_ms() + timeout_ms, left;
	bool is = !value;
	int ret;

	if (events.fd < 0)
		return events.fd;
	/* Each read has poll() tell of what changes after it. */
	while (!(ret = read_event(events.fd, key, &is)) && is != value) {
		left = deadline - now_ms();
		if (left <= 0) {
			ret = -ETIMEDOUT;
			break;
		}
		poll(&events, 1, (int)left);
	}
	close(events.fd);
	return ret;
}

static bool is_marked(const char *path)
{
	int fd = headgate_freezer_open(path);
	bool marked;

	if (fd < 0)
		return false;
	marked = headgate_freezer_marked(fd);
	close(fd);
	return marked;
}

enum headgate_life_stop headgate_freezer_stop(const char *path, uint64_t id,
					      const struct headgate_ids *paced)
{
	struct headgate_ids now;
	bool held;

	if (headgate_freezer_frozen(path) != 1)
		return HEADGATE_LIFE_RUNS;
	if (is_marked(path))
		return HEADGATE_LIFE_STOPPED;
	if (headgate_ids_have(paced, id))
		return HEADGATE_LIFE_PACED;
	/* Pacing may have begun or ended meanwhile. */
	if (headgate_freezer_paced(HEADGATE_FROZEN_FILE, &now))
		return HEADGATE_LIFE_RUNS;
	held = headgate_ids_have(&now, id);
	headgate_ids_free(&now);
	if (held)
		return HEADGATE_LIFE_PACED;
	return headgate_freezer_frozen(path) == 1 ? HEADGATE_LIFE_STOPPED : HEADGATE_LIFE_RUNS;
}
