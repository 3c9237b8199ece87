// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stddef.h>
#include <sys/resource.h>

#include "serve_files.h"

int infer_files_raise(uint64_t *before)
{
	struct rlimit limit;

	*before = 0;
	if (getrlimit(RLIMIT_NOFILE, &limit))
		return -errno;
	*before = limit.rlim_cur;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &limit) ? -errno : 0;
}

int infer_files_give(pid_t pid, uint64_t files)
{
	struct rlimit limit;

	if (!files)
		return 0;
	if (prlimit(pid, RLIMIT_NOFILE, NULL, &limit))
		return -errno;
	if (files < limit.rlim_max)
		limit.rlim_cur = files;
	return prlimit(pid, RLIMIT_NOFILE, &limit, NULL) ? -errno : 0;
}
