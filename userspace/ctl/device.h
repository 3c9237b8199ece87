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
	struct headgate_drm_devices present;	/* on the host */
};

/* @width: columns of the terminal, 0: any. */
void device_text(const struct device_view *view, FILE *file, int width);

#endif
