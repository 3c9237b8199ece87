// SPDX-License-Identifier: GPL-2.0
/*
 * Pressure: the counts of each group. What time is made of them is in pressure_time.c.
 *
 * A flow has counts of its own, and adds them to its lane, its device, and the accounts of
 * its agent and of those above. So a flow that is moved in the tree takes what is counted
 * at and below it from the accounts it leaves to those it comes to.
 */
#include <linux/timekeeping.h>

#include "job.h"
#include "pressure.h"

static void group_change(struct pressure *group, int waiting, int running, u64 now)
{
	if (waiting || group->waiting) /* else it is in no state */
		pressure_settle(group, now);
	group->waiting += waiting;
	group->running += running;
}

/* From @queue up. */
static void accounts_change(struct queue_flow *queue, int waiting, int running, u64 now)
{
	struct headgate_account *account;

	for (; queue; queue = queue->parent) {
		account = headgate_flow_of(queue)->account;
		if (account)
			group_change(&account->pressure, waiting, running, now);
	}
}

/**
 * headgate_pressure_change - the counts of a flow change
 * @flow: flow
 * @waiting: by how many units that wait
 * @running: by how many jobs that are with the engine
 * @now: time
 *
 * Context: under the device's lock.
 */
void headgate_pressure_change(struct headgate_flow *flow, int waiting, int running, u64 now)
{
	struct headgate_lane *lane = flow->lane;

	lockdep_assert_held(&lane->device->lock);
	flow->held += waiting;
	flow->running += running;
	group_change(&lane->pressure, waiting, 0, now);
	lane->pressure.running = lane->running; /* nobody else keeps it */
	group_change(&lane->device->pressure, waiting, running, now);
	accounts_change(&flow->queue, waiting, running, now);
}

/**
 * headgate_pressure_job_runs - see headgate_pressure_run()
 * @flow: the job's flow
 * @job: job, or NULL: one that did not wait
 * @now: time
 *
 * Context: under the device's lock.
 */
void headgate_pressure_job_runs(struct headgate_flow *flow, struct headgate_job *job, u64 now)
{
	bool waited = job && job->waits;

	if (waited)
		job->waits = false;
	headgate_pressure_change(flow, waited ? -1 : 0, 1, now);
}

/**
 * headgate_pressure_job_queued - a job was queued, maybe behind another
 * @job: job; it waits, unless it is with the engine or blocked
 * @now: time
 *
 * Context: under the device's lock.
 */
void headgate_pressure_job_queued(struct headgate_job *job, u64 now)
{
	if (job->run_at || job->blocked)
		return;
	job->waits = true;
	headgate_pressure_change(job->flow, 1, 0, now);
}

/**
 * headgate_pressure_job_left - a job is not queued any more
 * @job: job
 * @now: time
 *
 * Context: under the device's lock.
 */
void headgate_pressure_job_left(struct headgate_job *job, u64 now)
{
	if (!job->waits)
		return;
	job->waits = false;
	headgate_pressure_change(job->flow, -1, 0, now);
}

static bool is_at_or_below(const struct headgate_flow *flow, const struct headgate_flow *top)
{
	const struct queue_flow *queue;

	for (queue = &flow->queue; queue; queue = queue->parent)
		if (queue == &top->queue)
			return true;
	return false;
}

/**
 * headgate_pressure_set_parent - move a flow in the tree, with all that is counted below it
 * @flow: flow
 * @parent: flow of the same lane that is not below @flow, or NULL
 *
 * Context: under the device's lock.
 */
void headgate_pressure_set_parent(struct headgate_flow *flow, struct headgate_flow *parent)
{
	struct headgate_lane *lane = flow->lane;
	struct headgate_flow *other;
	int waiting = 0, running = 0;
	u64 now = ktime_get_ns();

	lockdep_assert_held(&lane->device->lock);
	if (flow->queue.parent == (parent ? &parent->queue : NULL))
		return;
	list_for_each_entry(other, &lane->flows, lane_list) {
		if (!is_at_or_below(other, flow))
			continue;
		waiting += other->held;
		running += other->running;
	}
	accounts_change(flow->queue.parent, -waiting, -running, now);
	queue_flow_set_parent(&flow->queue, parent ? &parent->queue : NULL);
	accounts_change(flow->queue.parent, waiting, running, now);
}
