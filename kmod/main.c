// SPDX-License-Identifier: GPL-2.0
/*
 * headgate: shares a GPU fairly between agents, that is between cgroups.
 *
 * The order of what follows is the architecture: the meter follows jobs, the
 * gate makes tickets, probes feed the meter, kfuncs let BPF programs ask the
 * gate, netlink sets the policy. Theory: Documentation/theory.rst.
 */
#include <linux/module.h>

#include "agent.h"
#include "cache.h"
#include "device.h"
#include "gate.h"
#include "hotplug.h"
#include "job_table.h"
#include "kfuncs.h"
#include "netlink.h"
#include "probes.h"
#include "settings.h"

#ifdef CONFIG_PREEMPT_RT
#error "headgate allocates in tracepoint probes, which PREEMPT_RT does not allow"
#endif

struct headgate_settings headgate_settings = {
	.queue = {
		.horizon_ns = QUEUE_HORIZON_NS,
	},
	.max_wait_ns = 10ULL * NSEC_PER_SEC, /* as long as drivers give a job */
	.slice_batch_ns = 20 * NSEC_PER_MSEC, /* few switches; a long job's length */
	.slice_interactive_ns = NSEC_PER_MSEC, /* ahead of batch by 20 to 1 */
};

struct headgate_counters headgate_counters;

static int __init headgate_init(void)
{
	int err;

	err = headgate_caches_init();
	if (err)
		return err;
	err = headgate_devices_init();
	if (err)
		goto exit_caches;
	headgate_jobs_init();
	headgate_gate_init();
	err = headgate_netlink_init();
	if (err)
		goto exit_gate;
	err = headgate_probes_init();
	if (err)
		goto exit_netlink;
	/* Last, and without a way back: programs may call from here on. */
	err = headgate_kfuncs_init();
	if (err)
		goto exit_probes;
	return 0;

exit_probes:
	headgate_probes_exit();
exit_netlink:
	headgate_agents_exit();
	headgate_gate_close();
	headgate_netlink_exit();
exit_gate:
	headgate_hotplug_exit();
	headgate_gate_exit();
	headgate_jobs_exit();
	headgate_devices_exit();
	rcu_barrier(); /* agents are freed by RCU */
exit_caches:
	headgate_caches_exit();
	return err;
}

/* Programs that call us hold the module: none is left. */
static void __exit headgate_exit(void)
{
	headgate_probes_exit();
	headgate_agents_exit();
	headgate_gate_close();
	headgate_netlink_exit();
	headgate_hotplug_exit();
	headgate_gate_exit();
	headgate_jobs_exit();
	headgate_devices_exit();
	rcu_barrier(); /* agents are freed by RCU */
	headgate_caches_exit();
}

module_init(headgate_init);
module_exit(headgate_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Fair sharing of GPUs between cgroups");
MODULE_VERSION(HEADGATE_VERSION);
