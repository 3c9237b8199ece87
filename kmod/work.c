// SPDX-License-Identifier: GPL-2.0
/*
 * The task_works of the gate, on a task's way out of the ioctl: the wait of a
 * submission that is held, and the close of a ticket when the ioctl is done.
 *
 * A task has one of them on its way at most, and its ticket is @armed as long.
 */
#include <asm/syscall.h>
#include <linux/sched/signal.h>
#include <linux/task_work.h>
#include <linux/timekeeping.h>
#include <linux/wait.h>

#include "announce.h"
#include "lane.h"
#include "netlink.h"
#include "ticket.h"
#include "trace.h"
#include "work.h"

static atomic_t works_armed; /* task_works on their way */
static DECLARE_WAIT_QUEUE_HEAD(works_idle);
static bool works_draining; /* somebody waits for that */

/* Arms @func for the way out of the current syscall. */
static bool work_arm(struct headgate_ticket *ticket, task_work_func_t func,
		     enum task_work_notify_mode mode)
{
	init_task_work(&ticket->work, func);
	atomic_inc(&works_armed);
	if (likely(!task_work_add(current, &ticket->work, mode)))
		return true;
	atomic_dec(&works_armed); /* the task is dying */
	return false;
}

/*
 * The end of each task_work. What follows in this module's text is waited for
 * by synchronize_rcu_tasks(): it ends before the task sleeps by its own will.
 */
static __always_inline void work_done(void)
{
	/* Full barrier in between, as in headgate_works_drain(). */
	if (atomic_dec_and_test(&works_armed) && unlikely(READ_ONCE(works_draining)))
		wake_up(&works_idle);
}

/*
 * Tells the gate where the call's last job landed: page table updates, moved buffers
 * and the like come before it. Of a call that failed they may be all there was.
 */
static void ticket_tell_lane(struct headgate_ticket *ticket)
{
	if (syscall_get_error(current, task_pt_regs(current))) {
		ticket->hint = ticket->call.hint;
		return;
	}
	ticket->call.hint = ticket->hint;
	trace_headgate_ticket_lane((unsigned long)ticket->client, ticket->call.nr,
				   ticket->call.tag, ticket->hint);
}

static void ticket_close(struct callback_head *work)
{
	struct headgate_ticket *ticket = container_of(work, struct headgate_ticket, work);

	ticket->armed = false;
	if (unlikely(ticket->fence))
		headgate_announce_close(ticket);
	if (unlikely(ticket->hint != ticket->call.hint))
		ticket_tell_lane(ticket);
	headgate_ticket_end(ticket);
	if (unlikely(current->flags & PF_EXITING))
		headgate_ticket_free(ticket);
	work_done();
}

/* A ticket that has waited too long is let through in debt. */
static void ticket_force(struct headgate_ticket *ticket, struct headgate_stall *stall, u64 now)
{
	struct headgate_flow *flow = ticket->flow;

	headgate_lane_settle(flow->lane, now);
	queue_dequeue(&flow->queue, now);
	headgate_ticket_leave(ticket, now);
	queue_force(&flow->queue, now, &ticket->charge);
	headgate_ticket_granted(ticket, now);
	headgate_lane_settle(flow->lane, now);
	flow->ledger.forced++;
	*stall = (struct headgate_stall){
		.agent_id = flow->agent_id,
		.lane_id = flow->lane->id,
		.pid = task_tgid_nr(current),
		.wait_ns = now - ticket->arrived,
	};
}

/*
 * The wait has ended. @left: 0 when time was up, negative for a signal.
 * Return: the ticket waits on.
 */
static bool ticket_waits_on(struct headgate_ticket *ticket, long left)
{
	struct headgate_device *device = ticket->device;
	struct headgate_stall stall = {};
	bool waits_on = false;
	unsigned long flags;
	u64 now;

	spin_lock_irqsave(&device->lock, flags);
	now = ktime_get_ns();
	if (ticket->state == TICKET_WAITING && left < 0) {
		queue_dequeue(&ticket->flow->queue, now);
		headgate_ticket_leave(ticket, now);
		headgate_ticket_park(ticket, now);
		headgate_lane_dispatch(ticket->lane, now);
	} else if (ticket->state == TICKET_WAITING) {
		ticket->patience = headgate_ticket_patience(ticket);
		waits_on = now < ticket->patience;
		if (!waits_on)
			ticket_force(ticket, &stall, now);
	}
	ticket->armed = waits_on;
	spin_unlock_irqrestore(&device->lock, flags);
	if (stall.wait_ns)
		headgate_netlink_stall(&stall);
	return waits_on;
}

static __always_inline long ticket_sleep(struct headgate_ticket *ticket)
{
	u64 now = ktime_get_ns();
	u64 patience = READ_ONCE(ticket->patience);

	return wait_for_completion_interruptible_timeout(&ticket->granted,
			nsecs_to_jiffies(patience - min(now, patience)) + 1);
}

/*
 * Runs on the way out of the ioctl, nothing is held. Interruptible, so that
 * kill, stop, ptrace and cgroup.freeze work; in each case the kernel restarts
 * the ioctl and admit() finds the ticket again.
 *
 * A traced task comes here earlier, from ptrace_notify(), with TIF_NOTIFY_SIGNAL
 * still set. The flag would end the wait at once, over and over; but it has to
 * be there afterwards, for it is what gets the ioctl restarted.
 *
 * /proc/PID/wchan has this function's name, by which headgate-infer sees that a
 * worker is held (userspace/infer/serve_gate.h); so it sleeps in no other.
 */
static void headgate_ticket_wait(struct callback_head *work)
{
	struct headgate_ticket *ticket = container_of(work, struct headgate_ticket, work);
	bool notified = test_thread_flag(TIF_NOTIFY_SIGNAL);
	bool dying = current->flags & PF_EXITING;

	if (notified)
		clear_notify_signal();
	while (!dying && ticket_waits_on(ticket, ticket_sleep(ticket)))
		;
	if (notified)
		set_thread_flag(TIF_NOTIFY_SIGNAL);
	if (dying || fatal_signal_pending(current))
		headgate_ticket_end(ticket);
	if (dying)
		headgate_ticket_free(ticket);
	work_done();
}

/**
 * headgate_work_arm_close - have a ticket closed when its ioctl returns
 * @ticket: OPEN ticket of the current task
 *
 * Return: armed; if not, the task is dying.
 */
bool headgate_work_arm_close(struct headgate_ticket *ticket)
{
	if (unlikely(!work_arm(ticket, ticket_close, TWA_NONE)))
		return false;
	/* As TWA_RESUME, but for the kick: it is the current task. */
	set_thread_flag(TIF_NOTIFY_RESUME);
	return true;
}

/**
 * headgate_work_arm_wait - have the current task wait when its ioctl returns
 * @ticket: WAITING ticket of the current task
 *
 * Return: armed; if not, the task is dying.
 */
bool headgate_work_arm_wait(struct headgate_ticket *ticket)
{
	return work_arm(ticket, headgate_ticket_wait, TWA_SIGNAL);
}

/**
 * headgate_works_drain - wait until no work is on its way
 *
 * Context: module exit, when none is armed any more.
 */
void headgate_works_drain(void)
{
	WRITE_ONCE(works_draining, true);
	wait_event_idle(works_idle, !atomic_read(&works_armed));
	synchronize_rcu_tasks(); /* the tail of each work, see work_done() */
}
