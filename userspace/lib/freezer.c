// SPDX-License-Identifier: GPL-2.0-or-later
#include "freezer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "cleanup.h"

#define MARK "trusted.headgate.paused"
#define MARK_RESUMED "trusted.headgate.resumed"
#define TRIES 10

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

int headgate_freezer_held(const char *file, uint64_t id)
{
	struct headgate_ids ids;
	int ret = headgate_freezer_paced(file, &ids), fd;

	if (ret)
		return ret;
	ret = headgate_ids_have(&ids, id);
	headgate_ids_free(&ids);
	if (!ret)
		return 0;
	/* Who writes to it has it locked for as long as he lives. */
	fd = open(file, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	ret = flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK;
	close(fd);
	return ret;
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
	if (pwrite(freezer, freeze ? "1" : "0", 1, 0) == 1)
		return 0;
	return errno == ENODEV ? -ENOENT : -errno; /* the cgroup went */
}

/* A digit, and of any other value that it is a person's. */
int headgate_freezer_marks(int freezer)
{
	char value[2];
	ssize_t size = fgetxattr(freezer, MARK, value, sizeof(value));

	if (size < 0)
		return errno == ERANGE ? HEADGATE_FREEZER_PERSON : 0;
	return size == 1 && *value > '0' && *value <= '3' ? *value - '0' : HEADGATE_FREEZER_PERSON;
}

bool headgate_freezer_marked(int freezer)
{
	return headgate_freezer_marks(freezer);
}

static int set_marks(int freezer, int marks)
{
	const char value = (char)('0' + marks);

	if (marks)
		return fsetxattr(freezer, MARK, &value, 1, 0) ? -errno : 0;
	return fremovexattr(freezer, MARK) && errno != ENODATA ? -errno : 0;
}

int headgate_freezer_mark(int freezer, int who)
{
	return set_marks(freezer, headgate_freezer_marks(freezer) | who);
}

int headgate_freezer_unmark(int freezer, int who)
{
	return set_marks(freezer, headgate_freezer_marks(freezer) & ~who);
}

int headgate_freezer_resume(int freezer)
{
	bool budget = headgate_freezer_marks(freezer) & HEADGATE_FREEZER_BUDGET;

	/* In this order: a budget that looks in between pauses it no more. */
	if (budget && fsetxattr(freezer, MARK_RESUMED, "1", 1, 0))
		return -errno;
	return set_marks(freezer, 0) ?: budget;
}

bool headgate_freezer_resumed(int freezer)
{
	return fgetxattr(freezer, MARK_RESUMED, NULL, 0) >= 0;
}

int headgate_freezer_renew(int freezer)
{
	return fremovexattr(freezer, MARK_RESUMED) && errno != ENODATA ? -errno : 0;
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

/* The list as it is: not written to in between, if it is so twice. */
struct stamp {
	ino_t file;
	struct timespec written;
};

static struct stamp stamp_of(const char *file)
{
	struct stat now;

	if (stat(file, &now))
		return (struct stamp){ 0 };
	return (struct stamp){ .file = now.st_ino, .written = now.st_mtim };
}

static bool same(const struct stamp *a, const struct stamp *b)
{
	return a->file == b->file && a->written.tv_sec == b->written.tv_sec &&
	       a->written.tv_nsec == b->written.tv_nsec;
}

/* By whose will one cgroup is to stand still, whatever those above it do. */
static enum headgate_life_stop stop_of(const char *path, const struct headgate_ids *paced)
{
	int freezer = open_file(path, "cgroup.freeze", O_RDONLY);
	enum headgate_life_stop stop;
	uint64_t id;
	char state = '0';

	if (freezer < 0)
		return HEADGATE_LIFE_RUNS;
	if (pread(freezer, &state, 1, 0) != 1 || state != '1')
		stop = HEADGATE_LIFE_RUNS;
	else if (!headgate_freezer_marked(freezer) && !headgate_cgroup_id(path, &id) &&
		 headgate_ids_have(paced, id))
		stop = HEADGATE_LIFE_PACED;
	else
		stop = HEADGATE_LIFE_STOPPED;
	close(freezer);
	return stop;
}

/* The same for it and those above it; a person's will is told before pacing's. */
static enum headgate_life_stop stop_of_line(const char *path, const struct headgate_ids *paced)
{
	headgate_cleanup(freep) char *above = strdup(path);
	enum headgate_life_stop stop, most = HEADGATE_LIFE_RUNS;

	while (above && *above && most != HEADGATE_LIFE_STOPPED) {
		stop = stop_of(above, paced);
		if (stop > most)
			most = stop;
		*strrchr(above, '/') = '\0';
	}
	return most;
}

enum headgate_life_stop headgate_freezer_stop(const char *path)
{
	/*
	 * A cgroup says that it is frozen until its first task runs again, so its events alone do
	 * not tell; and pacing may let go and hold on again between a look at its list and a look
	 * at the cgroup.
	 */
	for (int tries = 0; tries < TRIES && headgate_freezer_frozen(path) == 1; tries++) {
		struct stamp before = stamp_of(HEADGATE_FROZEN_FILE), after;
		enum headgate_life_stop stop;
		struct headgate_ids paced;

		if (headgate_freezer_paced(HEADGATE_FROZEN_FILE, &paced))
			return HEADGATE_LIFE_RUNS;
		stop = stop_of_line(path, &paced);
		headgate_ids_free(&paced);
		after = stamp_of(HEADGATE_FROZEN_FILE);
		if (stop != HEADGATE_LIFE_STOPPED || same(&before, &after))
			return stop;
	}
	return headgate_freezer_frozen(path) == 1 ? HEADGATE_LIFE_PACED : HEADGATE_LIFE_RUNS;
}
