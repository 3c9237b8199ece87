/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The GPUs of NVIDIA's own driver that have no DRM node: programs reach them by
 * /dev/nvidiaN (major 195) and /dev/nvidia-uvm, which are none of DRM's.
 */
#ifndef LIBHEADGATE_NVIDIA_H
#define LIBHEADGATE_NVIDIA_H

#include "drm_devices.h"

#define HEADGATE_NVIDIA_DRIVER	"nvidia"

/**
 * headgate_nvidia_append_at - add such GPUs to a list of devices
 * @root: put before each path; "" for this host
 * @devices: list; a GPU that is there already, by its PCI address, is left out
 *
 * Return: 0 or -ENOMEM: then the list is as it was.
 */
int headgate_nvidia_append_at(const char *root, struct headgate_drm_devices *devices);

#endif
