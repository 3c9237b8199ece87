/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_DEVICE_H
#define _HEADGATE_DEVICE_H

#include <linux/hashtable.h>
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <uapi/linux/headgate.h>

#include "fifo.h"
#include "pressure_time.h"
#include "queue.h"

struct device;
struct drm_device;
struct drm_gpu_scheduler;
struct headgate_agent;
struct headgate_job;

#define HEADGATE_NAME_LEN 32 /* of a driver or an engine; longer names are cut */

#define HEADGATE_DEVICE_NAME_LEN 64 /* of a struct device */

/**
 * struct headgate_device - one DRM or accel device
 * @node: in the table by @dev; RCU
 * @list: all devices; RCU
 * @dev: the parent device, pinned; the key. NULL when it is not in the table any
 *	more; written under headgate_agents_lock, read without
 * @bound: it had a driver when it was first seen
 * @refs: one of the list's, one for each ticket that was for it last
 * @free: the end
 * @id: number in this module
 * @name: name of @dev
 * @driver: DRM driver name
 * @primary_minor: of /dev/dri/cardN, or -1
 * @render_minor: of /dev/dri/renderDN, or -1
 * @accel_minor: of /dev/accel/accelN, or -1
 * @classes: it has a scheduler per queue, and its lanes are engine classes; written
 *	once, by headgate_lanes_classify()
 * @nr_lanes: number of @lanes; under the lock that makes them
 * @lock: everything below, its lanes, flows, accounts, queues and tickets.
 *	Interrupts off: jobs complete under the locks of drivers. Inside
 *	it only the locks of wake-ups and timers are taken.
 * @gone: no flow is made any more, and no ticket waits; see hotplug.c
 * @gone_at: since when
 * @forgotten: it was gone and idle: no job is followed any more
 * @meter: enum headgate_meter
 * @lanes: lanes in the order in which they were seen; RCU; as long as the device
 * @accounts: by agent
 * @numbers: that of the last ticket that had to wait
 * @tickets: tickets admitted
 * @jobs: jobs seen
 * @jobs_unticketed: jobs of agents that came without a ticket
 * @spare_jobs: job structures kept for the next ones
 * @spare_count: number of these
 * @pressure: of all that is on it
 */
struct headgate_device {
	struct hlist_node node;
	struct list_head list;
	struct device *dev;
	bool bound;
	refcount_t refs;
	struct rcu_work free;
	u32 id;
	char name[HEADGATE_DEVICE_NAME_LEN];
	char driver[HEADGATE_NAME_LEN];
	int primary_minor, render_minor, accel_minor;
	bool classes;
	u32 nr_lanes;

	spinlock_t lock; /* all that follows */
	bool gone;
	u64 gone_at;
	bool forgotten;
	u32 meter;
	struct list_head lanes;
	DECLARE_HASHTABLE(accounts, 6);
	u64 numbers;
	u64 tickets;
	u64 jobs;
	u64 jobs_unticketed;
	struct headgate_job *spare_jobs;
	u32 spare_count;
	struct pressure pressure;
};

/**
 * struct headgate_ledger - totals of one flow
 * @tickets: tickets admitted
 * @jobs: jobs done, failed ones included
 * @busy_ns: engine time
 * @queued_ns: from admission to run, summed over jobs
 * @wait_ns: at the gate, summed over tickets
 * @failed: jobs that completed with an error
 * @forced: tickets let through in debt
 */
struct headgate_ledger {
	u64 tickets;
	u64 jobs;
	u64 busy_ns;
	u64 queued_ns;
	u64 wait_ns;
	u64 failed;
	u64 forced;
};

/**
 * struct headgate_account - one agent on one device
 * @node: in the device's accounts
 * @agent: the agent, a reference is held
 * @cap: its cap, shared by its flows
 * @flows: its flows
 * @unpaid: sum of theirs
 * @pressure: of the agent and those below it
 */
struct headgate_account {
	struct hlist_node node;
	struct headgate_agent *agent;
	struct queue_cap cap;
	struct list_head flows;
	u32 unpaid;
	struct pressure pressure;
};

/**
 * struct headgate_flow - one agent on one lane
 * @queue: its place in the lane's queue
 * @list: in the account's flows
 * @lane_list: in the lane's flows
 * @lane: the lane
 * @account: the account; NULL for the lane's ungoverned flow, and for one that is
 *	kept for its ledger, of a device that is gone
 * @agent_id: cgroup id, 0 for the ungoverned flow
 * @waiting: tickets at the gate in order of arrival
 * @parked: tickets that nobody attends
 * @nr_waiting: number of @waiting
 * @held: what of it waits, by pressure.h: these, and jobs behind others
 * @running: jobs of it with the engine
 * @outstanding: tickets admitted and open, and jobs not done
 * @unpaid: jobs that were queued here without a grant of this lane, less the
 *	grants since: while there are any, the agent may have to wait here
 *	whatever its hints say, see headgate_flow_choose()
 * @granted_at: when a ticket was last granted, or the first began to wait
 * @retired: the agent or the device is gone; ends with the last of @outstanding
 * @left_at: headgate_flow_dumps when one of @waiting, or the last of @outstanding, left last
 * @in_order_ns: on the lane of a class, what its jobs take, by those that ended in
 *	the order in which they came; 0 for unknown
 * @credit_ns: what it has paid less than that, for those that did not
 * @ledger: totals
 * @cancelled: jobs that failed with ESRCH: their process was killed, or has closed its file
 * @failed_pid: who queued the last job that failed otherwise
 * @failed_error: its errno; 0: none has
 * @waits: histogram of waits, see HEADGATE_WAIT_BUCKETS
 */
struct headgate_flow {
	struct queue_flow queue;
	struct list_head list;
	struct list_head lane_list;
	struct headgate_lane *lane;
	struct headgate_account *account;
	u64 agent_id;
	struct rb_root_cached waiting;
	struct list_head parked;
	u32 nr_waiting;
	u32 held;
	u32 running;
	u32 outstanding;
	u32 unpaid;
	u64 granted_at;
	bool retired;
	u32 left_at;
	u64 in_order_ns;
	u64 credit_ns;
	struct headgate_ledger ledger;
	u64 cancelled;
	pid_t failed_pid;
	u32 failed_error;
	u32 waits[HEADGATE_WAIT_BUCKETS];
};

/**
 * struct headgate_lane - the unit of queueing: one engine, or one engine class
 * @list: in the device's lanes; RCU
 * @device: the device
 * @sched: the key: a scheduler that lives as long as the device, or NULL
 * @class: of an engine class: the key is @name. Neither this nor @sched: the lane of a
 *	fence driver. All three are written once, by lane_table.c
 * @merged: of a class that an elder lane serves: gets no job any more
 * @id: number in this module
 * @name: name of the engine, or of the class
 * @queue: who is next
 * @flows: all flows but the ungoverned one
 * @ungoverned: totals of the work of no agent
 * @gone: totals of agents that are gone and were not read yet
 * @nr_gone: number of @gone
 * @departed: totals of agents that are gone and forgotten
 * @claims: tickets granted that have queued no job yet, oldest first
 * @queued: jobs that the engine could run, oldest first
 * @announced: jobs with the engine that may as well wait for a fence, oldest first
 * @blocked: jobs that wait for a fence
 * @running: number of jobs with the engine
 * @served: of a class, these, oldest first
 * @lent_ns: what these have had of the engine, and pay when they are done
 * @done: those of them whose end was told just now, in one batch
 * @nr_done: number of @done
 * @done_at: when that was
 * @batch: runs at the end of a batch
 * @timer: asks the queue again when time alone makes a difference
 * @timer_at: when @timer fires; U64_MAX when it does not
 * @waiting: tickets at the gate
 * @outstanding: tickets admitted and open, and jobs not done, blocked ones not
 * @last_done: when the previous job was done
 * @made_at: when the lane was made
 * @turned_at: since when there is a job with the engine, or none; of a class, what
 *	the jobs with the engine had until then is in @lent_ns
 * @idle_ns: time in which there was none, until @turned_at
 * @held_idle_since: since when @waiting and not @outstanding; 0 if not so
 * @held_idle_ns: total of that
 * @pressure: of all that is on it; its running is @running while anything waits
 */
struct headgate_lane {
	struct list_head list;
	struct headgate_device *device;
	const void *sched;
	bool class;
	bool merged;
	u32 id;
	char name[HEADGATE_NAME_LEN];

	struct queue queue;
	struct list_head flows;
	struct headgate_flow ungoverned;
	struct list_head gone;
	u32 nr_gone;
	struct headgate_ledger departed;
	struct fifo claims;
	struct fifo queued;
	struct fifo announced;
	struct list_head blocked;
	u32 running;
	struct fifo served;
	u64 lent_ns;
	struct list_head done;
	u32 nr_done;
	u64 done_at;
	struct irq_work batch;
	struct hrtimer timer;
	u64 timer_at;
	u32 waiting;
	u32 outstanding;
	u64 last_done;
	u64 made_at;
	u64 turned_at;
	u64 idle_ns;
	u64 held_idle_since;
	u64 held_idle_ns;
	struct pressure pressure;
};

struct headgate_device *headgate_device_of_drm(const struct drm_device *drm);
struct headgate_device *headgate_device_of(struct device *dev);
struct headgate_device *headgate_device_next(struct headgate_device *device);
struct headgate_device *headgate_device_find(const struct device *dev);
bool headgate_device_get(struct headgate_device *device);
void headgate_device_put(struct headgate_device *device);
void headgate_device_leave_table(struct headgate_device *device);
bool headgate_device_forget(struct headgate_device *device);
void headgate_device_sync_agent(struct headgate_agent *agent);
void headgate_device_sync_all(void);
void headgate_device_retire_agent(struct headgate_agent *agent);
int headgate_devices_init(void);
void headgate_devices_exit(void);

#endif
