// SPDX-License-Identifier: GPL-2.0-or-later
#include "replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Who runs what, and for how long, is not for each user of the host to read. */
#define MODE 0600

int headgate_replace_begin(struct headgate_replace *replace, const char *file)
{
	int fd, err;

	replace->file = file;
	if (asprintf(&replace->fresh, "%s.new", file) < 0)
		return -ENOMEM;
	fd = open(replace->fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, MODE);
	/* One that was left behind may have another. */
	replace->stream = fd < 0 || fchmod(fd, MODE) ? NULL : fdopen(fd, "w");
	if (replace->stream)
		return 0;
	err = -errno;
	if (fd >= 0)
		close(fd);
	free(replace->fresh);
	return err;
}

int headgate_replace_end(struct headgate_replace *replace)
{
	/* Of a disk that was full before the last buffer fclose() does not tell. */
	bool failed = ferror(replace->stream);
	int ret = 0;

	if (fclose(replace->stream))
		ret = -errno;
	else if (failed)
		ret = -ENOSPC;
	else if (rename(replace->fresh, replace->file))
		ret = -errno;
	if (ret)
		unlink(replace->fresh);
	free(replace->fresh);
	return ret;
}
