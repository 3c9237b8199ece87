/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `device list` knows of the host, and how it shows that to people. */
#ifndef CTL_DEVICE_H
#define CTL_DEVICE_H

#include <stdbool.h>
#include <stdio.h>

#include "evidence.h"
#include "headgate.h"

struct device_view {
	struct evidence evidence;
	bool module_loaded;
	bool told;				/* what the module knows, which is for root only */
	struct headgate_devices seen;		/* by the module */
	struct headgate_drm_devices present;	/* on the host, GPUs without a DRM node too */
};

void device_view_free(struct device_view *view);

/* Judges device @i of those present. Returns the module's entry for it, or NULL. */
const struct headgate_device *device_view_judge(const struct device_view *view, size_t i,
						struct verdict *verdict);

/* @width: columns of the terminal, 0: any. */
void device_text(const struct device_view *view, FILE *file, int width);

#endif
