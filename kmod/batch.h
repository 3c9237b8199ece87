/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_BATCH_H
#define _HEADGATE_BATCH_H

#include <linux/types.h>

struct headgate_job;
struct headgate_lane;

void headgate_batch_add(struct headgate_lane *lane, struct headgate_job *job, u64 now);
void headgate_batch_init(struct headgate_lane *lane);
void headgate_batch_exit(struct headgate_lane *lane);

#endif
