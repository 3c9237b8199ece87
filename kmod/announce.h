/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_ANNOUNCE_H
#define _HEADGATE_ANNOUNCE_H

#include "device.h"

struct dma_fence;
struct headgate_ticket;

bool headgate_announce_is_job(struct dma_fence *fence, const struct headgate_device *device);
bool headgate_announce_again(const struct dma_fence *fence, struct headgate_ticket *ticket);
void headgate_announce_run(struct headgate_job *job, const struct headgate_ticket *ticket);
void headgate_announce_end(struct headgate_job *job, u64 now);
void headgate_announce_close(struct headgate_ticket *ticket);
u64 headgate_announce_overdue_at(const struct headgate_lane *lane);
void headgate_announce_expire(struct headgate_lane *lane, u64 now);

#endif
