// SPDX-License-Identifier: GPL-2.0-or-later
#include "replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* These files say what others use. */
#define FILE_MODE	0600

/* Whatever is left of @name, and whoever could read it. */
static FILE *create(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	FILE *stream = fd >= 0 && !fchmod(fd, FILE_MODE) ? fdopen(fd, "w") : NULL;
	int err = errno;

	if (!stream && fd >= 0)
		close(fd);
	errno = err;
	return stream;
}

int headgate_replace_begin(struct headgate_replace *replace, const char *file)
{
	replace->file = file;
	if (asprintf(&replace->fresh, "%s.new", file) < 0)
		return -ENOMEM;
	replace->stream = create(replace->fresh);
	if (!replace->stream) {
		int err = -errno;

		free(replace->fresh);
		return err;
	}
	return 0;
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
