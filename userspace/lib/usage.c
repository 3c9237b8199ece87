// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "usage.h"

static void freep(char **text)
{
	free(*text);
}

static void fclosep(FILE **file)
{
	if (*file)
		fclose(*file);
}

static int is_number(const struct dirent *entry)
{
	return entry->d_name[strspn(entry->d_name, "0123456789")] == '\0';
}

#define NODE_MAX sizeof(((struct headgate_drm_client *)NULL)->node)

/* Whether a file descriptor is of a DRM or accel device, and which; the path ends in "fd/N". */
static bool is_drm(const char *path, char target[NODE_MAX])
{
	ssize_t length = readlink(path, target, NODE_MAX - 1);

	if (length < 0)
		return false;
	target[length] = '\0';
	return !strncmp(target, "/dev/dri/", 9) || !strncmp(target, "/dev/accel/", 11);
}

/* Path of a process's cgroup in the v2 hierarchy; NULL: it is gone, or memory is short. */
static char *cgroup_of(const char *process)
{
	headgate_cleanup(freep) char *line = NULL;
	headgate_cleanup(fclosep) FILE *file = NULL;
	char path[PATH_MAX + 64];
	size_t room = 0;

	snprintf(path, sizeof(path), "%s/cgroup", process);
	file = fopen(path, "re");
	while (file && getline(&line, &room, file) > 0) {
		if (strncmp(line, "0::", 3))
			continue;
		line[strcspn(line, "\n")] = '\0';
		return strdup(line + 3);
	}
	return NULL;
}

static int add_client(struct headgate_drm_clients *clients, const struct headgate_fdinfo *info,
		      const char *node, const char *process)
{
	struct headgate_drm_client *items;
	char *cgroup;

	for (size_t i = 0; i < clients->count; i++)
		if (headgate_fdinfo_same(&clients->items[i].info, info)) {
			headgate_fdinfo_merge(&clients->items[i].info, info);
			return 0;
		}
	cgroup = cgroup_of(process);
	if (!cgroup)
		return 0;
	items = reallocarray(clients->items, clients->count + 1, sizeof(*items));
	if (!items) {
		free(cgroup);
		return -ENOMEM;
	}
	clients->items = items;
	items += clients->count++;
	*items = (struct headgate_drm_client){ .info = *info, .cgroup = cgroup };
	strcpy(items->node, node);
	return 0;
}

static int read_fd(const char *process, const char *fd, struct headgate_drm_clients *clients)
{
	headgate_cleanup(fclosep) FILE *file = NULL;
	struct headgate_fdinfo info;
	char path[PATH_MAX + 64], node[NODE_MAX];

	snprintf(path, sizeof(path), "%s/fd/%.16s", process, fd);
	if (!is_drm(path, node))
		return 0;
	snprintf(path, sizeof(path), "%s/fdinfo/%.16s", process, fd);
	file = fopen(path, "re");
	if (!file || headgate_fdinfo_parse(file, &info) || !info.has_id)
		return 0;
	return add_client(clients, &info, node, process);
}

typedef int (*number_fn)(const char *folder, const char *number,
			 struct headgate_drm_clients *clients);

/* Calls @each with @of for the numbers in @folder, in their order; it may be gone by now. */
static int for_each_number(const char *folder, number_fn each, const char *of,
			   struct headgate_drm_clients *clients)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_number, versionsort);
	int ret = 0;

	for (int i = 0; i < count; i++) {
		if (!ret)
			ret = each(of, entries[i]->d_name, clients);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return ret;
}

static int read_process(const char *proc, const char *pid, struct headgate_drm_clients *clients)
{
	char process[PATH_MAX + 32], folder[PATH_MAX + 64];

	snprintf(process, sizeof(process), "%s/%.16s", proc, pid);
	snprintf(folder, sizeof(folder), "%s/fd", process);
	return for_each_number(folder, read_fd, process, clients);
}

int headgate_drm_clients_read(const char *root, struct headgate_drm_clients *clients)
{
	char proc[PATH_MAX];
	int ret;

	*clients = (struct headgate_drm_clients){ 0 };
	snprintf(proc, sizeof(proc), "%s/proc", root);
	/* In the order of pids: of those that share a client, the first is likely to have opened it. */
	ret = for_each_number(proc, read_process, proc, clients);
	if (ret)
		headgate_drm_clients_free(clients);
	return ret;
}

void headgate_drm_clients_free(struct headgate_drm_clients *clients)
{
	for (size_t i = 0; i < clients->count; i++)
		free(clients->items[i].cgroup);
	free(clients->items);
	*clients = (struct headgate_drm_clients){ 0 };
}

/* Whether @cgroup is @agent or below it. */
static bool is_below(const char *cgroup, const char *agent)
{
	size_t length = strlen(agent);

	return !strncmp(cgroup, agent, length) && (!cgroup[length] || cgroup[length] == '/');
}

size_t headgate_usage_agent(const char *const *agents, size_t count, const char *cgroup)
{
	size_t lowest = count;

	for (size_t i = 0; i < count; i++)
		if (is_below(cgroup, agents[i]) &&
		    (lowest == count || strlen(agents[i]) > strlen(agents[lowest])))
			lowest = i;
	return lowest;
}
