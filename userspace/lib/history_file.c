// SPDX-License-Identifier: GPL-2.0-or-later
#include "history_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MODE	0640
#define FOLDER_MODE	0750

/* "." where @path names none; NULL without memory. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
}

char *history_file_real(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = folder_of(path), *real, *whole;

	if (!folder)
		return NULL;
	real = realpath(folder, NULL);
	free(folder);
	if (!real) /* whoever opens it finds out why */
		return errno == ENOMEM ? NULL : strdup(path);
	if (asprintf(&whole, "%s/%s", real, slash ? slash + 1 : path) < 0)
		whole = NULL;
	free(real);
	return whole;
}

/* The folders above @path, the last one for root and its group alone. */
static int make_folders(struct history_db *db)
{
	char *folder = strdup(db->path), *last, *slash;
	int ret = 0;

	if (!folder)
		return history_say(db, -ENOMEM, "%s: memory is short", db->path);
	last = strrchr(folder, '/');
	for (slash = folder; last && slash && slash <= last && !ret; slash = strchr(slash + 1, '/')) {
		if (slash == folder)
			continue;
		*slash = '\0';
		if (mkdir(folder, slash == last ? FOLDER_MODE : 0755) && errno != EEXIST) {
			ret = -errno;
			history_say(db, ret, "%s: the folder %s cannot be made (%s): make it, or name another path in [history]",
				    db->path, folder, strerror(errno));
		}
		*slash = '/';
	}
	free(folder);
	return ret;
}

/* Ours, or root's. */
static bool is_trusted(const struct stat *st)
{
	return st->st_uid == geteuid() || !st->st_uid;
}

/* SQLite opens more files beside it by their names. */
static int check_folder(struct history_db *db)
{
	char *folder = folder_of(db->path);
	struct stat st;
	int ret = 0;

	if (!folder)
		return history_say(db, -ENOMEM, "%s: memory is short", db->path);
	if (stat(folder, &st))
		ret = history_say(db, -errno, "%s: its folder %s cannot be looked at (%s)", db->path,
				  folder, strerror(errno));
	else if (!is_trusted(&st) || (st.st_mode & S_IWOTH))
		ret = history_say(db, -EPERM, "%s: its folder %s belongs to another user, or all may write to it: name a path in [history] whose folder is root's alone",
				  db->path, folder);
	free(folder);
	return ret;
}

/* Of what somebody else has a name for, or a descriptor, neither the mode nor the contents are ours. */
static int check_file(struct history_db *db, int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return history_say(db, -errno, "%s cannot be looked at (%s)", db->path, strerror(errno));
	db->device = st.st_dev;
	db->inode = st.st_ino;
	if (!S_ISREG(st.st_mode) || !is_trusted(&st) || st.st_nlink > 1)
		return history_say(db, -EPERM, "%s is no plain file of root's with one name: move it away, and headgated begins a new one",
				   db->path);
	return 0;
}

bool history_is_in_place(const struct history_db *db)
{
	struct stat st;

	return !lstat(db->path, &st) && st.st_dev == db->device && st.st_ino == db->inode;
}

/* SQLite would make it readable for all; what belongs to it has its mode. */
int history_file_make(struct history_db *db)
{
	int fd, ret = make_folders(db);

	if (!ret)
		ret = check_folder(db);
	if (ret)
		return ret;
	/* NONBLOCK: for a device or a pipe that was put there. */
	fd = open(db->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, FILE_MODE);
	if (fd < 0 && errno == ELOOP)
		return history_say(db, -EPERM, "%s is a symbolic link: name the file itself in [history]",
				   db->path);
	if (fd < 0) {
		ret = -errno;
		return history_say(db, ret, "%s cannot be opened to write (%s): look at its mode, and whether its file system is mounted read-only; " NOTHING_LOST,
				   db->path, strerror(errno));
	}
	ret = check_file(db, fd);
	if (!ret && fchmod(fd, FILE_MODE)) /* the umask may have taken more */
		ret = history_say(db, -errno, "%s: its mode cannot be set (%s)", db->path, strerror(errno));
	close(fd);
	return ret;
}
