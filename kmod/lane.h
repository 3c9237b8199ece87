/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_LANE_H
#define _HEADGATE_LANE_H

#include "device.h"

struct headgate_lane *headgate_lane_get(struct headgate_device *device, const void *sched,
					const char *name);
struct headgate_lane *headgate_lane_find(struct headgate_device *device, u32 id);
void headgate_lane_settle(struct headgate_lane *lane, u64 now);
void headgate_lane_dispatch(struct headgate_lane *lane, u64 now);
void headgate_lanes_free(struct headgate_device *device);

#endif
