/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_SLICES_H
#define _HEADGATE_SLICES_H

#include "lane.h"

struct headgate_job;

void headgate_slices_run(struct headgate_lane *lane, struct headgate_job *job, u64 now);
u64 headgate_slices_split(struct headgate_lane *lane, u64 end);

#endif
