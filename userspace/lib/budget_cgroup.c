// SPDX-License-Identifier: GPL-2.0-or-later
#include "budget_cgroup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "cgroup.h"
#include "cleanup.h"

static void freep(char **text)
{
	free(*text);
}

int headgate_budget_cgroup_write(const char *path, const char *attribute, const char *text)
{
	headgate_cleanup(freep) char *absolute = NULL;
	int ret = headgate_cgroup_absolute(path, &absolute);

	if (ret)
		return ret;
	if (!*text)
		return removexattr(absolute, attribute) && errno != ENODATA ? -errno : 0;
	return setxattr(absolute, attribute, text, strnlen(text, HEADGATE_BUDGET_TEXT_MAX - 1), 0) ? -errno : 0;
}

int headgate_budget_cgroup_read(const char *path, uint64_t id, const char *attribute,
				char text[HEADGATE_BUDGET_TEXT_MAX])
{
	headgate_cleanup(freep) char *absolute = NULL;
	int ret = headgate_cgroup_absolute(path, &absolute);
	ssize_t length;

	*text = '\0';
	if (ret)
		return ret;
	length = getxattr(absolute, attribute, text, HEADGATE_BUDGET_TEXT_MAX - 1);
	if (length < 0 && (errno == ENODATA || errno == ENOTSUP))
		return 0;
	if (length < 0)
		return errno == ERANGE ? -EINVAL : -errno;
	text[length] = '\0';
	/* It was that one's: ids do not come back. */
	ret = strlen(text) == (size_t)length ? headgate_cgroup_check(path, id) : -EINVAL;
	if (ret)
		*text = '\0';
	return ret;
}
