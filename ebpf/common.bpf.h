/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every BPF program of headgate needs: kernel types, and the part of the
 * DRM core that tells which driver stands behind a file.
 */
#ifndef HEADGATE_COMMON_BPF_H
#define HEADGATE_COMMON_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include <headgate/gate.h>

/* include/uapi/drm/drm.h, include/linux/kdev_t.h, include/drm/drm_accel.h: not in BTF */
#define DRM_COMMAND_BASE	0x40
#define DRM_COMMAND_END		0xa0
#define DRM_MAJOR		226
#define ACCEL_MAJOR		261
#define MINORBITS		20

/* include/linux/errno.h; a restart that user space never sees */
#define ERESTARTNOINTR		513

/* DRM is a module: its types are found by CO-RE in that module's own BTF at load time. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct drm_driver___headgate {
	char *name;
};

struct drm_device___headgate {
	struct drm_driver___headgate *driver;
};

struct drm_minor___headgate {
	struct drm_device___headgate *dev;
};

struct drm_file___headgate {
	struct drm_minor___headgate *minor;
};

#pragma clang attribute pop

#endif /* HEADGATE_COMMON_BPF_H */
