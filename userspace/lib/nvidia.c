// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver's folder in /sys/bus/pci/drivers has a link for each GPU that it
 * drives, whether or not anybody has made the nodes. Where there is no such
 * folder (a container may hide it), the nodes alone tell that there are GPUs.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nvidia.h"

#define PCI_GPUS	"/sys/bus/pci/drivers/nvidia"
#define PROC_GPUS	"/proc/driver/nvidia/gpus"
#define NODE_PREFIX	"nvidia"

/* "0000:c4:00.1": beside these the folder has files such as "bind". */
static int is_pci_address(const struct dirent *entry)
{
	unsigned int domain, bus, slot, function;
	char more;

	return sscanf(entry->d_name, "%x:%x:%x.%x%c", &domain, &bus, &slot, &function, &more) == 4;
}

/* "nvidia0", not "nvidiactl" or "nvidia-uvm". */
static int is_gpu_node(const struct dirent *entry)
{
	const char *digits = entry->d_name + strlen(NODE_PREFIX);

	return !strncmp(entry->d_name, NODE_PREFIX, strlen(NODE_PREFIX)) && *digits &&
	       strspn(digits, "0123456789") == strlen(digits);
}

static bool is_listed(const struct headgate_drm_devices *devices, const char *name)
{
	for (size_t i = 0; i < devices->count; i++)
		if (!strcmp(devices->items[i].name, name))
			return true;
	return false;
}

/* Its node, which the driver tells of each GPU; "" where it does not. */
static void find_node(const char *root, const char *address, char *node, size_t size)
{
	char path[PATH_MAX], line[128];
	unsigned int minor;
	FILE *file;

	snprintf(path, sizeof(path), "%s" PROC_GPUS "/%s/information", root, address);
	file = fopen(path, "re");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "Device Minor: %u", &minor) == 1)
			snprintf(node, size, "/dev/" NODE_PREFIX "%u", minor);
	fclose(file);
}

static int append(struct headgate_drm_devices *devices, const char *name, const char *node)
{
	struct headgate_drm_device *items, *device;

	items = reallocarray(devices->items, devices->count + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	devices->items = items;
	device = &items[devices->count++];
	*device = (struct headgate_drm_device){
		.driver = HEADGATE_NVIDIA_DRIVER,
		.primary_minor = -1, .render_minor = -1, .accel_minor = -1,
	};
	snprintf(device->name, sizeof(device->name), "%.*s", (int)sizeof(device->name) - 1, name);
	snprintf(device->other_node, sizeof(device->other_node), "%s", node);
	return 0;
}

/*
 * Adds what a folder tells of.
 * Return: how many GPUs it tells of, those that were listed before among them.
 */
static int append_folder(const char *root, const char *folder,
			 int (*is_gpu)(const struct dirent *entry),
			 struct headgate_drm_devices *devices)
{
	char path[PATH_MAX], node[64];
	struct dirent **entries;
	int count, ret = 0;

	snprintf(path, sizeof(path), "%s%s", root, folder);
	count = scandir(path, &entries, is_gpu, versionsort);
	if (count < 0)
		return 0;
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		*node = '\0';
		if (is_gpu == is_gpu_node)
			snprintf(node, sizeof(node), "%s/%.32s", folder, name);
		else
			find_node(root, name, node, sizeof(node));
		if (!ret && !is_listed(devices, name))
			ret = append(devices, name, node);
		free(entries[i]);
	}
	free(entries);
	return ret ?: count;
}

int headgate_nvidia_append_at(const char *root, struct headgate_drm_devices *devices)
{
	size_t before = devices->count;
	int found = append_folder(root, PCI_GPUS, is_pci_address, devices);

	if (!found)
		found = append_folder(root, PROC_GPUS, is_pci_address, devices);
	if (!found)
		found = append_folder(root, "/dev", is_gpu_node, devices);
	if (found >= 0)
		return 0;
	devices->count = before;
	return found;
}
