/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_METER_H
#define _HEADGATE_METER_H

#include <linux/types.h>

struct dma_fence;
struct drm_sched_entity;
struct drm_sched_job;

void headgate_meter_job_queue(struct drm_sched_job *job, struct drm_sched_entity *entity);
void headgate_meter_job_run(struct drm_sched_job *job);
void headgate_meter_job_blocks(struct drm_sched_job *job);
void headgate_meter_fence_emit(struct dma_fence *fence);
void headgate_meter_fence_init(struct dma_fence *fence);
void headgate_meter_fence_wait(bool waits);
void headgate_meter_fence_done(struct dma_fence *fence);

#endif
