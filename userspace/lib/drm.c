// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The nodes come from /sys/class/drm and /sys/class/accel: drmGetDevices2()
 * leaves out accel devices and those on a bus that libdrm does not know.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xf86drm.h>

#include "drm_devices.h"
#include "nvidia.h"
#include "virtio.h"

enum node_kind { NODE_NONE, NODE_PRIMARY, NODE_RENDER, NODE_ACCEL };

struct node {
	enum node_kind kind;
	int minor;
	uint64_t instance;
	char name[32];		/* "card0", "renderD128", "accel0" */
	char path[64];
	char parent[PATH_MAX];	/* resolved directory of the parent device, or its own name */
};

/* A device under construction remembers the directory that its nodes share. */
struct found {
	struct headgate_drm_device device;
	char parent[PATH_MAX];
};

struct found_list {
	struct found *items;
	size_t count;
};

static bool is_numbered(const char *name, const char *prefix)
{
	size_t length = strlen(prefix);

	return !strncmp(name, prefix, length) && name[length] &&
	       strspn(name + length, "0123456789") == strlen(name + length);
}

static enum node_kind node_kind(const char *name)
{
	/* Connectors ("card0-DP-1") and the file "version" lie there too. */
	if (is_numbered(name, "card"))
		return NODE_PRIMARY;
	if (is_numbered(name, "renderD"))
		return NODE_RENDER;
	if (is_numbered(name, "accel"))
		return NODE_ACCEL;
	return NODE_NONE;
}

static int read_minor(const char *directory)
{
	char path[PATH_MAX + 8];
	int major, minor;
	FILE *file;
	int got;

	snprintf(path, sizeof(path), "%s/dev", directory);
	file = fopen(path, "re");
	if (!file)
		return -1;
	got = fscanf(file, "%d:%d", &major, &minor);
	fclose(file);
	return got == 2 ? minor : -1;
}

static bool node_read(const char *root, const char *class, const char *name, struct node *node)
{
	char directory[PATH_MAX], link[PATH_MAX + 8];
	struct stat st;

	node->kind = node_kind(name);
	if (node->kind == NODE_NONE || strlen(name) >= sizeof(node->name))
		return false;
	if (snprintf(directory, sizeof(directory), "%s/sys/class/%s/%s", root, class, name) >=
	    (int)sizeof(directory))
		return false;
	node->minor = read_minor(directory);
	if (node->minor < 0 || stat(directory, &st))
		return false;
	node->instance = st.st_ino;
	memcpy(node->name, name, strlen(name) + 1);
	snprintf(node->path, sizeof(node->path), "/dev/%s/%s",
		 node->kind == NODE_ACCEL ? "accel" : "dri", node->name);
	snprintf(link, sizeof(link), "%s/device", directory);
	if (!realpath(link, node->parent))
		strcpy(node->parent, node->name);
	return true;
}

static int *minor_of(struct headgate_drm_device *device, enum node_kind kind)
{
	return kind == NODE_PRIMARY ? &device->primary_minor :
	       kind == NODE_RENDER ? &device->render_minor : &device->accel_minor;
}

static char *path_of(struct headgate_drm_device *device, enum node_kind kind)
{
	return kind == NODE_PRIMARY ? device->primary_node :
	       kind == NODE_RENDER ? device->render_node : device->accel_node;
}

/* The device with the node's parent that lacks a node of this kind, or a new one. */
static struct found *find(struct found_list *list, const struct node *node)
{
	const char *name = strrchr(node->parent, '/');
	struct found *items;

	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->items[i].parent, node->parent) &&
		    *minor_of(&list->items[i].device, node->kind) < 0)
			return &list->items[i];
	items = reallocarray(list->items, list->count + 1, sizeof(*items));
	if (!items)
		return NULL;
	list->items = items;
	items += list->count++;
	memset(items, 0, sizeof(*items));
	strcpy(items->parent, node->parent);
	snprintf(items->device.name, sizeof(items->device.name), "%.*s",
		 (int)sizeof(items->device.name) - 1, name ? name + 1 : node->parent);
	items->device.primary_minor = -1;
	items->device.render_minor = -1;
	items->device.accel_minor = -1;
	return items;
}

static void add_node(struct headgate_drm_device *device, const struct node *node)
{
	*minor_of(device, node->kind) = node->minor;
	strcpy(path_of(device, node->kind), node->path);
	if (!device->instance || node->instance < device->instance)
		device->instance = node->instance;
}

static int scan_class(const char *root, const char *class, struct found_list *list)
{
	char path[PATH_MAX];
	struct dirent **names;
	int count, ret = 0;

	snprintf(path, sizeof(path), "%s/sys/class/%s", root, class);
	/* In order of version, so that cards and render nodes of one parent pair up. */
	count = scandir(path, &names, NULL, versionsort);
	if (count < 0)
		return errno == ENOENT ? 0 : -errno;
	for (int i = 0; i < count; i++) {
		struct node node;
		struct found *found;

		if (!ret && node_read(root, class, names[i]->d_name, &node)) {
			found = find(list, &node);
			if (found)
				add_node(&found->device, &node);
			else
				ret = -ENOMEM;
		}
		free(names[i]);
	}
	free(names);
	return ret;
}

/* Ask any node for its driver; a render or accel node is asked first, it never becomes master. */
void headgate_drm_ask_driver_at(const char *root, struct headgate_drm_device *device)
{
	const char *nodes[] = { device->render_node, device->accel_node, device->primary_node };

	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]) && !*device->driver; i++) {
		char path[PATH_MAX];
		drmVersionPtr version;
		int fd;

		if (!*nodes[i])
			continue;
		snprintf(path, sizeof(path), "%s%s", root, nodes[i]);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		version = drmGetVersion(fd);
		if (version) {
			snprintf(device->driver, sizeof(device->driver), "%.*s",
				 version->name_len, version->name);
			drmFreeVersion(version);
		}
		if (!strcmp(device->driver, HEADGATE_VIRTIO_DRIVER))
			device->capsets = headgate_virtio_capsets(fd, NULL);
		close(fd);
	}
}

int headgate_drm_list_at(const char *root, struct headgate_drm_devices *devices)
{
	struct found_list list = { 0 };
	struct headgate_drm_device *items = NULL;
	int ret = scan_class(root, "drm", &list);

	if (!ret)
		ret = scan_class(root, "accel", &list);
	if (!ret && list.count) {
		items = calloc(list.count, sizeof(*items));
		if (!items)
			ret = -ENOMEM;
	}
	if (!ret) {
		for (size_t i = 0; i < list.count; i++)
			items[i] = list.items[i].device;
		devices->items = items;
		devices->count = list.count;
		ret = headgate_nvidia_append_at(root, devices);
		if (ret)
			headgate_drm_devices_free(devices);
	}
	free(list.items);
	return ret;
}

int headgate_drm_enumerate_at(const char *root, struct headgate_drm_devices *devices)
{
	int ret = headgate_drm_list_at(root, devices);

	for (size_t i = 0; !ret && i < devices->count; i++)
		headgate_drm_ask_driver_at(root, &devices->items[i]);
	return ret;
}

int headgate_drm_enumerate(struct headgate_drm_devices *devices)
{
	return headgate_drm_enumerate_at("", devices);
}

void headgate_drm_devices_free(struct headgate_drm_devices *devices)
{
	free(devices->items);
	devices->items = NULL;
	devices->count = 0;
}
