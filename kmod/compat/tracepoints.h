/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_COMPAT_TRACEPOINTS_H
#define _HEADGATE_COMPAT_TRACEPOINTS_H

#include <linux/version.h>

/*
 * The tracepoints of drm_sched were renamed when they became stable (6.17):
 * a probe is attached to whichever the module has. Their arguments are the
 * same: (job, entity), but for the dependency: (job, fence).
 */
#define HEADGATE_TP_JOB_QUEUE	"drm_sched_job", "drm_sched_job_queue"
#define HEADGATE_TP_JOB_RUN	"drm_run_job", "drm_sched_job_run"
#define HEADGATE_TP_JOB_BLOCKS	"drm_sched_job_wait_dep", "drm_sched_job_unschedulable"

/* Since 6.16 sched_process_exit also tells whether the task is its process's last. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
#define HEADGATE_TP_EXIT_PROTO	void *data, struct task_struct *task, bool group_dead
#else
#define HEADGATE_TP_EXIT_PROTO	void *data, struct task_struct *task
#endif

#endif
