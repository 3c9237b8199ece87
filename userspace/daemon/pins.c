// SPDX-License-Identifier: GPL-2.0-or-later
#include "pins.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "log.h"

#define BPFFS		"/sys/fs/bpf"

/* bpffs reserves names with a dot. */
#define PIN_NEW		"_new"

static const char *const pin_dirs[] = { PIN_ROOT, PIN_VERSION, PIN_MAPS, PIN_LINKS };

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

void pins_mount_once(const char *type, const char *dir, long magic, const char *options)
{
	struct statfs fs;

	if (!statfs(dir, &fs) && fs.f_type == magic)
		return;
	if (mount(type, dir, type, MS_NOSUID | MS_NODEV | MS_NOEXEC, options))
		log_debug("cannot mount %s at %s: %s", type, dir, strerror(errno));
}

/* A folder that is there already must be ours: a bpffs may be open to everybody. */
static int check_pin_dir(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		return -errno;
	if (S_ISDIR(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & 0077))
		return 0;
	log_error("%s: not a folder of mode 0700 that belongs to root: somebody else made it; remove it",
		  path);
	return -EPERM;
}

int pins_make_dirs(void)
{
	int err;

	pins_mount_once("bpf", BPFFS, BPF_FS_MAGIC, "mode=0700");
	for (size_t i = 0; i < ARRAY_SIZE(pin_dirs); i++) {
		if (!mkdir(pin_dirs[i], 0700))
			continue;
		err = errno == EEXIST ? check_pin_dir(pin_dirs[i]) : -errno;
		if (!err)
			continue;
		if (err != -EPERM)
			log_error("%s: %s; is bpffs mounted at " BPFFS "?", pin_dirs[i],
				  strerror(-err));
		return err;
	}
	return 0;
}

void pins_remove_dirs(void)
{
	for (size_t i = ARRAY_SIZE(pin_dirs); i-- > 0;)
		rmdir(pin_dirs[i]); /* stays when others pin something there */
}

int pin_put(int fd, const char *dir, const char *name)
{
	char path[PIN_PATH_MAX], path_new[PIN_PATH_MAX];
	int err;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	snprintf(path_new, sizeof(path_new), "%s/%s" PIN_NEW, dir, name);
	unlink(path_new); /* of a daemon that was killed here */
	err = bpf_obj_pin(fd, path_new);
	if (!err && rename(path_new, path))
		err = -errno;
	if (err) {
		unlink(path_new);
		log_error("%s: %s", path, strerror(-err));
	}
	return err;
}

bool pins_exist(const char *dir, const char *const *names, size_t count)
{
	char path[PIN_PATH_MAX];

	for (size_t i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		if (access(path, F_OK))
			return false;
	}
	return true;
}

int pins_remove(const char *dir, const char *const *names, size_t count)
{
	char path[PIN_PATH_MAX];
	int removed = 0;

	for (size_t i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s" PIN_NEW, dir, names[i]);
		unlink(path);
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		if (!unlink(path)) {
			removed = 1;
		} else if (errno != ENOENT) {
			int err = -errno;

			log_error("%s: %s", path, strerror(-err));
			return err;
		}
	}
	return removed;
}

static bool same_layout(const struct bpf_map *map, int fd)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	return !bpf_map_get_info_by_fd(fd, &info, &len) && info.type == bpf_map__type(map) &&
	       info.key_size == bpf_map__key_size(map) &&
	       info.value_size == bpf_map__value_size(map) &&
	       info.max_entries == bpf_map__max_entries(map) &&
	       info.map_flags == bpf_map__map_flags(map);
}

int pin_get_map(const struct bpf_map *map)
{
	char path[PIN_PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), PIN_MAPS "/%s", bpf_map__name(map));
	fd = bpf_obj_get(path);
	if (fd < 0)
		return -1;
	if (same_layout(map, fd))
		return fd;
	log_notice("%s has another layout and is replaced", path);
	close(fd);
	return -1;
}

int pin_reuse_map(struct bpf_map *map)
{
	int fd = pin_get_map(map), err;

	if (fd < 0)
		return 0;
	err = bpf_map__reuse_fd(map, fd);
	close(fd);
	return err;
}
