/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_COMPAT_TRACEPOINTS_H
#define _HEADGATE_COMPAT_TRACEPOINTS_H

/*
 * The tracepoints of drm_sched were renamed when they became stable (6.17):
 * a probe is attached to whichever the module has. Their arguments are the
 * same: (job, entity), but for the dependency: (job, fence).
 */
#define HEADGATE_TP_JOB_QUEUE	"drm_sched_job", "drm_sched_job_queue"
#define HEADGATE_TP_JOB_RUN	"drm_run_job", "drm_sched_job_run"
#define HEADGATE_TP_JOB_BLOCKS	"drm_sched_job_wait_dep", "drm_sched_job_unschedulable"

#endif
