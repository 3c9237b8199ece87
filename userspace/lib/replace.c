// SPDX-License-Identifier: GPL-2.0-or-later
#include "replace.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

int headgate_replace_begin(struct headgate_replace *replace, const char *file)
{
	replace->file = file;
	if (asprintf(&replace->fresh, "%s.new", file) < 0)
		return -ENOMEM;
	replace->stream = fopen(replace->fresh, "we");
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
