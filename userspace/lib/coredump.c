// SPDX-License-Identifier: GPL-2.0-or-later
#include "coredump.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DUMPS "/sys/class/devcoredump"

bool headgate_coredump_find(const char *root, const char *node, char *path, size_t size)
{
	char link[PATH_MAX], device[PATH_MAX], failing[PATH_MAX];
	struct dirent *entry;
	bool found = false;
	DIR *dumps;

	snprintf(link, sizeof(link), "%s/sys/dev/char/%s/device", root, node);
	if (!realpath(link, device))
		return false;
	snprintf(link, sizeof(link), "%s" DUMPS, root);
	dumps = opendir(link);
	if (!dumps)
		return false;
	while (!found && (entry = readdir(dumps))) {
		if (strncmp(entry->d_name, "devcd", 5))
			continue;
		snprintf(link, sizeof(link), "%s" DUMPS "/%s/failing_device", root, entry->d_name);
		found = realpath(link, failing) && !strcmp(failing, device);
		if (found)
			snprintf(path, size, DUMPS "/%s/data", entry->d_name);
	}
	closedir(dumps);
	return found;
}
