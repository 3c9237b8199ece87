/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The DRM and accel devices of this host, and GPUs that have no node of either kind.
 * (libdrm has a drm.h.)
 */
#ifndef LIBHEADGATE_DRM_DEVICES_H
#define LIBHEADGATE_DRM_DEVICES_H

#include <stddef.h>

/**
 * struct headgate_drm_device - a DRM or accel device of this host, or a GPU that is neither
 * @name: name of the parent device, for example its PCI address; the same
 *	as headgate_device.name
 * @driver: DRM driver name, "" when it could not be asked
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
void headgate_drm_devices_free(struct headgate_drm_devices *devices);

#endif
