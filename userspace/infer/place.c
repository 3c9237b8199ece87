// SPDX-License-Identifier: GPL-2.0-or-later
#include "place.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a path leads to, or NULL: its last part. */
static const char *last_part(const char *path, char resolved[PATH_MAX])
{
	const char *slash = realpath(path, resolved) ? strrchr(resolved, '/') : NULL;

	return slash ? slash + 1 : NULL;
}

void infer_place(const char *root, int64_t major, int64_t minor, const char *pci, char *name, size_t size)
{
	char path[PATH_MAX], resolved[PATH_MAX];
	const char *found = NULL;

	/* As drm.c names it: by the node's parent, and a node without one by itself. */
	if (major >= 0 && minor >= 0) {
		snprintf(path, sizeof(path), "%s/sys/dev/char/%" PRId64 ":%" PRId64 "/device", root, major, minor);
		found = last_part(path, resolved);
		*strrchr(path, '/') = '\0';
		found = found ?: last_part(path, resolved);
	}
	snprintf(name, size, "%s", found ?: pci);
}
