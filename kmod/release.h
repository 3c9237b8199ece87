/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_RELEASE_H
#define _HEADGATE_RELEASE_H

#include "flow.h"

void headgate_release_flow(struct headgate_flow *flow);
void headgate_release_device(struct headgate_device *device);

#endif
