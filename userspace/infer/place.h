/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device of Vulkan's by the name that the kernel, and so headgated, has for it. */
#ifndef INFER_PLACE_H
#define INFER_PLACE_H

#include <stddef.h>
#include <stdint.h>

/* Room for it; HEADGATE_DEVICE_NAME_MAX (health.h). */
#define INFER_PLACE 64

/**
 * infer_place() - the name that headgate device list has for a device
 * @root: "", or the folder that has sysfs
 * @major, @minor: of its DRM render node; -1 if the driver does not tell
 * @pci: "0000:03:00.0", or "" if the driver does not tell
 *
 * By the node it is exact: it is the node that is submitted to, and a virtio GPU, whose PCI address Vulkan tells
 * too, is "virtio0" to the kernel. Without one (NVIDIA's driver without nvidia-drm) it is the address.
 *
 * @name receives "" if neither is told.
 */
void infer_place(const char *root, int64_t major, int64_t minor, const char *pci, char *name, size_t size);

#endif
