// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "cleanup.h"

/* The file handle of a kernfs node is its 64-bit id (linux/exportfs.h: FILEID_KERNFS). */
#define FILEID_KERNFS 0xfe

struct kernfs_handle {
	struct file_handle handle;
	uint64_t id;
};

static void freep(char **text)
{
	free(*text);
}

static void closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* mountinfo escapes blanks and backslashes as \ooo. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' &&
		    from[2] >= '0' && from[2] <= '7' && from[3] >= '0' && from[3] <= '7') {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

int headgate_cgroup_root_from(FILE *mountinfo, char **root)
{
	headgate_cleanup(freep) char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, mountinfo) > 0) {
		char *type = strstr(line, " - ");
		char *top = NULL, *point = NULL, *copy;

		/* id, parent, major:minor, root of the mount, mount point, … - type … */
		if (!type || strncmp(type + 3, "cgroup2 ", 8))
			continue;
		*type = '\0';
		if (sscanf(line, "%*s %*s %*s %ms %ms", &top, &point) != 2 || strcmp(top, "/")) {
			free(top);
			free(point);
			continue;
		}
		free(top);
		unescape(point);
		copy = realloc(point, strlen(point) + 1);
		*root = copy ? copy : point;
		return 0;
	}
	return -ENOENT;
}

int headgate_cgroup_root(char **root)
{
	const char *given = getenv("HEADGATE_CGROUP_ROOT");
	FILE *mountinfo;
	int ret;

	if (given && *given) {
		size_t length = strlen(given);

		while (length > 1 && given[length - 1] == '/')
			length--;
		*root = strndup(given, length);
		return *root ? 0 : -ENOMEM;
	}
	mountinfo = fopen("/proc/self/mountinfo", "re");
	if (!mountinfo)
		return -errno;
	ret = headgate_cgroup_root_from(mountinfo, root);
	fclose(mountinfo);
	return ret;
}

/* Whether @path begins with a slash and no component of it leads upwards. */
static bool path_is_valid(const char *path)
{
	const char *at = path;

	if (*path != '/')
		return false;
	while ((at = strstr(at, "/.."))) {
		if (at[3] == '/' || !at[3])
			return false;
		at += 3;
	}
	return true;
}

int headgate_cgroup_absolute(const char *path, char **absolute)
{
	headgate_cleanup(freep) char *root = NULL;
	size_t length;
	char *joined;
	int ret;

	if (!path_is_valid(path))
		return -EINVAL;
	ret = headgate_cgroup_root(&root);
	if (ret)
		return ret;
	if (asprintf(&joined, "%s%s", root, path) < 0)
		return -ENOMEM;
	for (length = strlen(joined); length > 1 && joined[length - 1] == '/'; length--)
		joined[length - 1] = '\0';
	*absolute = joined;
	return 0;
}

int headgate_cgroup_id(const char *path, uint64_t *id)
{
	headgate_cleanup(freep) char *absolute = NULL;
	struct kernfs_handle handle = { .handle.handle_bytes = sizeof(handle.id) };
	struct stat status;
	int mount, ret;

	ret = headgate_cgroup_absolute(path, &absolute);
	if (ret)
		return ret;
	if (stat(absolute, &status))
		return -errno;
	if (!S_ISDIR(status.st_mode))
		return -ENOTDIR;
	/* The inode number is the id on 64-bit hosts; the handle is it everywhere. */
	*id = status.st_ino;
	if (!name_to_handle_at(AT_FDCWD, absolute, &handle.handle, &mount, 0) &&
	    handle.handle.handle_type == FILEID_KERNFS)
		memcpy(id, handle.handle.f_handle, sizeof(*id));
	return 0;
}

int headgate_cgroup_path(uint64_t id, char **path)
{
	headgate_cleanup(freep) char *root = NULL;
	headgate_cleanup(closep) int mount = -1;
	headgate_cleanup(closep) int fd = -1;
	struct kernfs_handle handle = {
		.handle.handle_bytes = sizeof(id),
		.handle.handle_type = FILEID_KERNFS,
	};
	char link[64], target[PATH_MAX];
	ssize_t length;
	size_t prefix;
	int ret;

	ret = headgate_cgroup_root(&root);
	if (ret)
		return ret;
	mount = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mount < 0)
		return -errno;
	memcpy(handle.handle.f_handle, &id, sizeof(id));
	fd = open_by_handle_at(mount, &handle.handle, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, target, sizeof(target) - 1);
	if (length < 0)
		return -errno;
	target[length] = '\0';
	prefix = strlen(root);
	if (strncmp(target, root, prefix))
		return -ENOENT;
	*path = strdup(target[prefix] ? target + prefix : "/");
	return *path ? 0 : -ENOMEM;
}

bool headgate_cgroup_covers(const char *path, const char *own)
{
	size_t len = strlen(path);

	while (len && path[len - 1] == '/')
		len--;
	return !*own || (!strncmp(path, own, len) && (own[len] == '/' || !own[len]));
}

int headgate_cgroup_of(pid_t pid, char **path)
{
	char name[64] = "/proc/self/cgroup", line[PATH_MAX + 8];
	FILE *file;

	if (pid)
		snprintf(name, sizeof(name), "/proc/%d/cgroup", pid);
	*path = NULL;
	file = fopen(name, "re");
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

int headgate_cgroup_create(const char *path)
{
	headgate_cleanup(freep) char *absolute = NULL;
	headgate_cleanup(freep) char *root = NULL;
	bool made = false;
	char *at;
	int ret;

	ret = headgate_cgroup_absolute(path, &absolute);
	if (!ret)
		ret = headgate_cgroup_root(&root);
	if (ret)
		return ret;
	if (access(root, F_OK))
		return -errno;
	at = absolute + strlen(root);
	while (*at) {
		char *end = strchrnul(at + 1, '/');
		char kept = *end;

		*end = '\0';
		made = !mkdir(absolute, 0755);
		if (!made && errno != EEXIST)
			return -errno;
		*end = kept;
		at = end;
	}
	return made;
}

int headgate_cgroup_remove(const char *path)
{
	headgate_cleanup(freep) char *absolute = NULL;
	int ret = headgate_cgroup_absolute(path, &absolute);

	if (ret)
		return ret;
	return rmdir(absolute) ? -errno : 0;
}

static int write_file(const char *path, const char *name, const char *text)
{
	headgate_cleanup(freep) char *absolute = NULL;
	headgate_cleanup(freep) char *file = NULL;
	headgate_cleanup(closep) int fd = -1;
	int ret = headgate_cgroup_absolute(path, &absolute);

	if (ret)
		return ret;
	if (asprintf(&file, "%s/%s", absolute, name) < 0)
		return -ENOMEM;
	fd = open(file, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return -errno;
	return 0;
}

int headgate_cgroup_attach(const char *path, pid_t pid)
{
	char text[32];

	snprintf(text, sizeof(text), "%d", pid);
	return write_file(path, "cgroup.procs", text);
}

int headgate_cgroup_kill(const char *path)
{
	return write_file(path, "cgroup.kill", "1");
}
