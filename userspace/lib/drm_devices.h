/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The DRM and accel devices of this host, and GPUs that have no node of either kind.
 * (libdrm has a drm.h.)
 */
#ifndef LIBHEADGATE_DRM_DEVICES_H
#define LIBHEADGATE_DRM_DEVICES_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct headgate_drm_device - a DRM or accel device of this host, or a GPU that is neither
 * @name: name of the parent device, for example its PCI address; the same
 *	as headgate_device.name
 * @driver: DRM driver name, "" when it could not be asked, or was not yet
 * @instance: grows with each device that comes on a host, so that of two at one place it tells
 *	which is which; 0 for a GPU without a DRM node
 * @capsets: of a virtio GPU, from headgate_virtio_capsets()
 * @primary_minor: /dev/dri/cardN, -1 for none
 * @render_minor: /dev/dri/renderDN, -1 for none
 * @accel_minor: /dev/accel/accelN, -1 for none
 * @primary_node: path, "" for none
 * @render_node: path, "" for none
 * @accel_node: path, "" for none
 * @other_node: path of a node of the driver's own, where it has none of the above; "" for none
 */
struct headgate_drm_device {
	char name[64];
	char driver[64];
	uint64_t instance;
	uint32_t capsets;
	int primary_minor;
	int render_minor;
	int accel_minor;
	char primary_node[64];
	char render_node[64];
	char accel_node[64];
	char other_node[64];
};

struct headgate_drm_devices {
	struct headgate_drm_device *items;
	size_t count;
};

/* All DRM and accel devices, and after them what nvidia.h tells of; none is not an error. */
int headgate_drm_enumerate(struct headgate_drm_devices *devices);

/* As headgate_drm_enumerate(), below another root directory. */
int headgate_drm_enumerate_at(const char *root, struct headgate_drm_devices *devices);

/* The same without asking for drivers: to open a node may wake a device that sleeps. */
int headgate_drm_list_at(const char *root, struct headgate_drm_devices *devices);

/* Opens a node of @device for a moment; its driver stays "" where none can be opened. */
void headgate_drm_ask_driver_at(const char *root, struct headgate_drm_device *device);
void headgate_drm_devices_free(struct headgate_drm_devices *devices);

#endif
