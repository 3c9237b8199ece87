// SPDX-License-Identifier: GPL-2.0
/*
 * Attaches the meter to the tracepoints of the kernel and of gpu_sched.
 *
 * gpu_sched may be loaded later than headgate, and may go before it: the
 * module notifier tells, for modules that are loaded already as well. An
 * attached probe holds no reference to the module.
 */
#include <drm/gpu_scheduler.h>
#include <linux/cgroup.h>
#include <linux/module.h>
#include <linux/tracepoint.h>
#include <linux/workqueue.h>

#include "agent.h"
#include "compat/tracepoints.h"
#include "gate.h"
#include "job_table.h"
#include "meter.h"
#include "probes.h"

static void on_job_queue(void *data, struct drm_sched_job *job, struct drm_sched_entity *entity)
{
	headgate_meter_job_queue(job, entity);
}

static void on_job_run(void *data, struct drm_sched_job *job, struct drm_sched_entity *entity)
{
	headgate_meter_job_run(job);
}

static void on_job_blocks(void *data, struct drm_sched_job *job, struct dma_fence *fence)
{
	headgate_meter_job_blocks(job);
}

static void on_fence_emit(void *data, struct dma_fence *fence)
{
	headgate_meter_fence_emit(fence);
}

static void on_fence_init(void *data, struct dma_fence *fence)
{
	headgate_meter_fence_init(fence);
}

static void on_fence_destroy(void *data, struct dma_fence *fence)
{
	unsigned long flags;

	if (!headgate_job_may_be(fence))
		return;
	local_irq_save(flags);
	headgate_meter_fence_done(fence);
	local_irq_restore(flags);
}

static void on_fence_signaled(void *data, struct dma_fence *fence)
{
	if (headgate_job_may_be(fence))
		headgate_meter_fence_done(fence);
}

static void on_fence_wait_start(void *data, struct dma_fence *fence)
{
	headgate_meter_fence_wait(true);
}

static void on_fence_wait_end(void *data, struct dma_fence *fence)
{
	headgate_meter_fence_wait(false);
}

static void on_process_exit(HEADGATE_TP_EXIT_PROTO)
{
	headgate_gate_task_exit();
}

static void on_cgroup_rmdir(void *data, struct cgroup *cgrp, const char *path)
{
	headgate_agent_sweep();
}

/**
 * struct probe - a tracepoint and what is called from it
 * @names: names that it has, or had in other kernels
 * @func: probe
 * @module: belongs to a module, which may come and go
 * @late: attached when first wanted, for it is called for each fence of the system
 * @tp: where it is attached, or NULL
 */
struct probe {
	const char *names[2];
	void *func;
	bool module;
	bool late;
	struct tracepoint *tp;
};

static struct probe probes[] = {
	{ { HEADGATE_TP_JOB_QUEUE }, on_job_queue, true },
	{ { HEADGATE_TP_JOB_RUN }, on_job_run, true },
	{ { HEADGATE_TP_JOB_BLOCKS }, on_job_blocks, true },
	{ { "dma_fence_emit" }, on_fence_emit },
	{ { "dma_fence_signaled" }, on_fence_signaled },
	{ { "dma_fence_wait_start" }, on_fence_wait_start },
	{ { "dma_fence_wait_end" }, on_fence_wait_end },
	{ { "sched_process_exit" }, on_process_exit },
	{ { "cgroup_rmdir" }, on_cgroup_rmdir },
	/* In the order in which they go: no fence is followed whose end would be missed. */
	{ { "dma_fence_init" }, on_fence_init, false, true },
	{ { "dma_fence_destroy" }, on_fence_destroy, false, true },
};

static bool probe_matches(const struct probe *probe, const struct tracepoint *tp)
{
	for (int i = 0; i < ARRAY_SIZE(probe->names); i++)
		if (probe->names[i] && !strcmp(probe->names[i], tp->name))
			return true;
	return false;
}

static void probe_attach_to(struct probe *probe, struct tracepoint *tp)
{
	int err = tracepoint_probe_register(tp, probe->func, NULL);

	if (err)
		pr_err("headgate: cannot attach to %s: %d\n", tp->name, err);
	else
		probe->tp = tp;
}

static void probe_attach(struct tracepoint *tp, bool module)
{
	struct probe *probe;

	for (probe = probes; probe < probes + ARRAY_SIZE(probes); probe++)
		if (probe->module == module && !probe->late && !probe->tp &&
		    probe_matches(probe, tp))
			probe_attach_to(probe, tp);
}

static void probe_detach(const struct tracepoint *tp)
{
	struct probe *probe;

	for (probe = probes; probe < probes + ARRAY_SIZE(probes); probe++) {
		if (!probe->tp || (tp && probe->tp != tp))
			continue;
		tracepoint_probe_unregister(probe->tp, probe->func, NULL);
		probe->tp = NULL;
	}
}

static void on_kernel_tracepoint(struct tracepoint *tp, void *data)
{
	probe_attach(tp, false);
}

static void attach_if_it(struct tracepoint *tp, void *data)
{
	struct probe *probe = data;

	if (probe_matches(probe, tp))
		probe_attach_to(probe, tp);
}

/* Backwards, see the table. */
static void attach_late(struct work_struct *work)
{
	for (int i = ARRAY_SIZE(probes) - 1; i >= 0; i--)
		if (probes[i].late && !probes[i].tp)
			for_each_kernel_tracepoint(attach_if_it, &probes[i]);
}

static DECLARE_WORK(late_work, attach_late);
static bool late_wanted;

/**
 * headgate_probes_want_fences - from now on the fences that drivers make matter
 *
 * Soon, that is: what is made until then is not measured.
 *
 * Context: any.
 */
void headgate_probes_want_fences(void)
{
	if (likely(READ_ONCE(late_wanted)))
		return;
	WRITE_ONCE(late_wanted, true);
	schedule_work(&late_work);
}

static int on_module(struct notifier_block *nb, unsigned long action, void *data)
{
	struct tp_module *tp_module = data;
	struct module *module = tp_module->mod;

	for (unsigned int i = 0; i < module->num_tracepoints; i++) {
		struct tracepoint *tp = tracepoint_ptr_deref(&module->tracepoints_ptrs[i]);

		if (action == MODULE_STATE_COMING)
			probe_attach(tp, true);
		else if (action == MODULE_STATE_GOING)
			probe_detach(tp);
	}
	return NOTIFY_OK;
}

static struct notifier_block module_notifier = { .notifier_call = on_module };

int headgate_probes_init(void)
{
	struct probe *probe;
	int err;

	for_each_kernel_tracepoint(on_kernel_tracepoint, NULL);
	for (probe = probes; probe < probes + ARRAY_SIZE(probes); probe++) {
		if (probe->module || probe->late || probe->tp)
			continue;
		pr_err("headgate: this kernel has no tracepoint %s\n", probe->names[0]);
		err = -EOPNOTSUPP;
		goto detach;
	}
	err = register_tracepoint_module_notifier(&module_notifier);
	if (err)
		goto detach;
	return 0;

detach:
	probe_detach(NULL);
	tracepoint_synchronize_unregister();
	return err;
}

void headgate_probes_exit(void)
{
	/* Calls on_module() with GOING for each module that is still there. */
	unregister_tracepoint_module_notifier(&module_notifier);
	cancel_work_sync(&late_work); /* nobody is left who would want them */
	probe_detach(NULL);
	tracepoint_synchronize_unregister();
}
