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

bool frozen_covers(const char *path, const char *own)
{
	size_t len = strlen(path);

	while (len && path[len - 1] == '/')
		len--;
	return !*own || (!strncmp(path, own, len) && (own[len] == '/' || !own[len]));
}

int frozen_own(char **path)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[PATH_MAX + 8];

	*path = NULL;
	while (file && !*path && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "0::", 3))
			*path = strdup(line + 3);
	}
	if (file)
		fclose(file);
	if (!*path)
		*path = strdup("");
	return *path ? 0 : -ENOMEM;
}

/* Who freezes itself thaws nobody. */
static int find(uint64_t id, char **path)
{
	char *own;
	int err = headgate_cgroup_path(id, path);

	if (!err)
		err = frozen_own(&own);
	if (err)
		return err;
	if (frozen_covers(*path, own))
		err = -EPERM;
	free(own);
	return err;
}

static int open_freezer(uint64_t id)
{
	char *path = NULL, *absolute = NULL, *file = NULL;
	int fd = find(id, &path);

	if (!fd)
		fd = headgate_cgroup_absolute(path, &absolute);
	if (!fd && asprintf(&file, "%s/cgroup.freeze", absolute) < 0) {
		file = NULL;
		fd = -ENOMEM;
	}
	if (!fd) {
		fd = open(file, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			fd = -errno;
	}
	free(path);
	free(absolute);
	free(file);
	return fd;
}

const struct frozen_place frozen_host = { .list = HEADGATE_FROZEN_FILE, .open = open_freezer };

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
	return pwrite(freezer, freeze ? "1" : "0", 1, 0) == 1 ? 0 : -errno;
}

int frozen_thaw_all(const struct frozen_place *place, int wait_ms)
{
	int list = frozen_lock(place, wait_ms), thawed = 0, fd;
	FILE *file;
	uint64_t id;

	if (list < 0)
		return list;
	file = fdopen(list, "r+");
	if (!file) {
		close(list);
		return -ENOMEM;
	}
	while (fscanf(file, "%" SCNu64, &id) == 1) {
		fd = place->open(id);
		if (fd < 0)
			continue; /* it went */
		if (frozen_get(fd) == 1 && !frozen_set(fd, false))
			thawed++;
		close(fd);
	}
	if (ftruncate(list, 0))
		thawed = -errno;
	fclose(file);
	return thawed;
}
