// SPDX-License-Identifier: GPL-2.0-or-later
#include "frozen.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cgroup.h"
#include "freezer.h"

#define LOCK_PAUSE_MS	10

/* Who freezes itself thaws nobody. */
static int find(uint64_t id, char **path)
{
	char *own;
	int err = headgate_cgroup_path(id, path);

	if (!err)
		err = headgate_cgroup_of(0, &own);
	if (err)
		return err;
	if (headgate_cgroup_covers(*path, own))
		err = -EPERM;
	free(own);
	return err;
}

static int open_freezer(uint64_t id)
{
	char *path = NULL;
	int fd = find(id, &path);

	if (!fd)
		fd = headgate_freezer_open(path);
	free(path);
	return fd;
}

const struct frozen_place frozen_host = { .list = HEADGATE_FROZEN_FILE, .open = open_freezer,
					  .paused = headgate_freezer_marked };

int frozen_lock(const struct frozen_place *place, int wait_ms)
{
	int fd = open(place->list, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	for (; flock(fd, LOCK_EX | LOCK_NB); wait_ms -= LOCK_PAUSE_MS) {
		int err = -errno;

		if (err != -EWOULDBLOCK || wait_ms <= 0) {
			close(fd);
			return err;
		}
		usleep(LOCK_PAUSE_MS * 1000);
	}
	return fd;
}

int frozen_write(int list, const uint64_t *ids, size_t count)
{
	char *text = NULL;
	size_t size = 0;
	int err = 0;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return -errno;
	for (size_t i = 0; i < count; i++)
		fprintf(memory, "%" PRIu64 "\n", ids[i]);
	if (fclose(memory))
		err = -ENOMEM;
	/* A line too many does no harm. */
	else if (pwrite(list, text, size, 0) != (ssize_t)size || ftruncate(list, size))
		err = errno ? -errno : -EIO;
	free(text);
	return err;
}

int frozen_get(int freezer)
{
	char state;

	if (pread(freezer, &state, 1, 0) != 1)
		return errno ? -errno : -EIO;
	return state == '1';
}

int frozen_set(int freezer, bool freeze)
{
	return headgate_freezer_freeze(freezer, freeze);
}

bool frozen_release(const struct frozen_place *place, int freezer)
{
	bool paused;

	/* Who pauses marks and then freezes, who resumes takes the mark off and then thaws. */
	do {
		paused = place->paused(freezer);
		frozen_set(freezer, paused);
	} while (place->paused(freezer) != paused);
	return paused;
}

void frozen_forgotten(const struct frozen_place *place, int freezer, bool paused)
{
	if (place->paused(freezer) != paused)
		frozen_release(place, freezer);
}

/* A cgroup of the file, for as long as that is worked off. */
struct left {
	int freezer;
	bool paused;
};

/* How many were thawed. */
static int release_left(const struct frozen_place *place, FILE *file, struct left **left, size_t *count)
{
	int thawed = 0;
	struct left *more;
	uint64_t id;

	while (fscanf(file, "%" SCNu64, &id) == 1) {
		int fd = place->open(id);

		if (fd < 0)
			continue; /* it went */
		more = frozen_get(fd) == 1 ? reallocarray(*left, *count + 1, sizeof(*more)) : NULL;
		if (!more) {
			close(fd);
			continue;
		}
		*left = more;
		more[*count] = (struct left){ .freezer = fd, .paused = frozen_release(place, fd) };
		thawed += !more[(*count)++].paused;
	}
	return thawed;
}

int frozen_thaw_all(const struct frozen_place *place, int wait_ms)
{
	int list = frozen_lock(place, wait_ms), thawed;
	struct left *left = NULL;
	size_t count = 0;
	FILE *file;

	if (list < 0)
		return list;
	file = fdopen(list, "r+");
	if (!file) {
		close(list);
		return -ENOMEM;
	}
	thawed = release_left(place, file, &left, &count);
	if (ftruncate(list, 0))
		thawed = -errno;
	for (size_t i = 0; i < count; i++) {
		frozen_forgotten(place, left[i].freezer, left[i].paused);
		close(left[i].freezer);
	}
	free(left);
	fclose(file);
	return thawed;
}
