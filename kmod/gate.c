// SPDX-License-Identifier: GPL-2.0
/*
 * The gate: where a submission is admitted or held.
 *
 *               IDLE <-------------------------------------+
 *                | admit()                                 | return to
 *                v      picked           claimed, by       | user space
 *   +-------> WAITING ---------> GRANTED ---------> OPEN --+
 *   |            | signal           | unclaimed       |
 *   | admit()    v                  | too long        v
 *   +--------- PARKED <-------------+          job queued: takes the charge
 *
 * A task has one ticket at most, and keeps it for its next submission until it
 * dies: whatever the state, IDLE. admit() is called from a BPF program at the
 * LSM hook of the ioctl, where nobody may sleep. When the queue does not say
 * go, a task_work is armed and the program returns -ERESTARTNOINTR: the wait
 * runs on the way out of the syscall, with nothing held, and the syscall is
 * restarted by the kernel. A signal ends the wait; the ticket keeps its place
 * by its number, but is not granted while nobody attends it.
 *
 * An OPEN ticket is closed by another task_work on the return to user space.
 *
 * Lifetime: a ticket is made, looked up and freed by its task alone, or freed
 * at module exit. A dying task frees it in the tracepoint of its exit; in a
 * task_work where one is still on its way, for task_works run after that.
 *
 * Locks, in order: headgate_agents_lock; the locks of drivers and fences; a
 * bucket of the tables of tickets or jobs; a device's lock; the locks of
 * wake-ups, timers and devices_lock.
 */
#include <drm/drm_accel.h>
#include <drm/drm_device.h>
#include <drm/drm_file.h>
#include <drm/drm_ioctl.h>
#include <linux/sched/signal.h>
#include <linux/task_work.h>
#include <linux/timekeeping.h>
#include <linux/wait.h>

#include "agent.h"
#include "gate.h"
#include "lane.h"
#include "netlink.h"
#include "settings.h"
#include "ticket.h"

static bool gate_open __read_mostly; /* tickets are made */
static atomic_t gate_armed; /* task_works on their way */
static DECLARE_WAIT_QUEUE_HEAD(gate_idle);

/* Arms @func for the way out of the current syscall. */
static bool gate_arm(struct headgate_ticket *ticket, task_work_func_t func,
		     enum task_work_notify_mode mode)
{
	init_task_work(&ticket->work, func);
	atomic_inc(&gate_armed);
	if (likely(!task_work_add(current, &ticket->work, mode)))
		return true;
	atomic_dec(&gate_armed); /* the task is dying */
	return false;
}

/*
 * The end of each task_work. What follows in this module's text is waited for
 * by synchronize_rcu_tasks(): it ends before the task sleeps by its own will.
 */
static void gate_disarmed(void)
{
	/* Full barrier in between, as in headgate_gate_close(). */
	if (atomic_dec_and_test(&gate_armed) && unlikely(!READ_ONCE(gate_open)))
		wake_up(&gate_idle);
}

/* The end of what a ticket stood for, whatever its state. */
static void ticket_end(struct headgate_ticket *ticket)
{
	struct headgate_device *device = ticket->device;
	unsigned long flags;
	u64 now;

	if (ticket->state == TICKET_IDLE)
		return;
	/* Once a job has taken the charge, nobody but the task knows the ticket. */
	if (ticket->state == TICKET_OPEN && !ticket->charged) {
		ticket->state = TICKET_IDLE;
		return;
	}
	spin_lock_irqsave(&device->lock, flags);
	now = ktime_get_ns();
	if (ticket->state == TICKET_WAITING) {
		queue_dequeue(&ticket->flow->queue, now);
		headgate_ticket_leave(ticket);
	}
	if (ticket->charged || ticket->state == TICKET_WAITING) {
		headgate_ticket_refund(ticket, now);
		headgate_lane_dispatch(ticket->lane, now);
	}
	list_del_init(&ticket->entry);
	ticket->state = TICKET_IDLE;
	spin_unlock_irqrestore(&device->lock, flags);
}

static void ticket_close(struct callback_head *work)
{
	struct headgate_ticket *ticket = container_of(work, struct headgate_ticket, work);

	ticket->armed = false;
	ticket_end(ticket);
	if (unlikely(current->flags & PF_EXITING))
		headgate_ticket_free(ticket);
	gate_disarmed();
}

/*
 * When a ticket has waited too long: its flow, all the time, has had no grant.
 * By ticket it would be up to the number of threads how much goes in debt.
 */
static u64 ticket_patience(const struct headgate_ticket *ticket)
{
	return ticket->flow->granted_at + READ_ONCE(headgate_settings.max_wait_ns);
}

/* A ticket that has waited too long is let through in debt. */
static void ticket_force(struct headgate_ticket *ticket, struct headgate_stall *stall, u64 now)
{
	struct headgate_flow *flow = ticket->flow;

	headgate_lane_settle(flow->lane, now);
	queue_dequeue(&flow->queue, now);
	headgate_ticket_leave(ticket);
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
		headgate_ticket_leave(ticket);
		headgate_ticket_park(ticket);
		headgate_lane_dispatch(ticket->lane, now);
	} else if (ticket->state == TICKET_WAITING) {
		ticket->patience = ticket_patience(ticket);
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

static long ticket_sleep(struct headgate_ticket *ticket)
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
 */
static void ticket_wait(struct callback_head *work)
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
		ticket_end(ticket);
	if (dying)
		headgate_ticket_free(ticket);
	gate_disarmed();
}

/*
 * Where a new ticket waits. NULL when the device has no lane yet: then there is
 * nothing to wait for.
 */
static struct headgate_flow *ticket_choose_flow(struct headgate_device *device,
						struct headgate_agent *agent, u32 hint)
{
	struct headgate_flow *flow = headgate_flow_choose(device, agent, hint);
	struct headgate_lane *lane;

	if (flow && (!hint || flow->unpaid || flow->lane->id == hint))
		return flow;
	lane = hint ? headgate_lane_find(device, hint) : NULL;
	if (!lane && flow)
		return flow;
	if (!lane)
		lane = list_first_or_null_rcu(&device->lanes, struct headgate_lane, list);
	return lane ? headgate_flow_get(lane, agent) : NULL;
}

/* Lines up, and is let in at once if it may. */
static void ticket_queue(struct headgate_ticket *ticket, u64 now)
{
	if (queue_try(&ticket->flow->queue, now, &ticket->charge)) {
		headgate_lane_settle(ticket->lane, now);
		headgate_ticket_granted(ticket, now);
		headgate_lane_settle(ticket->lane, now);
		return;
	}
	headgate_lane_settle(ticket->lane, now);
	headgate_ticket_enter(ticket);
	queue_enqueue(&ticket->flow->queue, now);
	headgate_lane_dispatch(ticket->lane, now);
}

static void ticket_open(struct headgate_ticket *ticket, u64 now)
{
	ticket->state = TICKET_OPEN;
	ticket->device->tickets++;
	if (ticket->charged)
		headgate_flow_waited(ticket->flow, now - ticket->arrived);
}

/* A new ticket's place in the books. */
static void ticket_begin(struct headgate_ticket *ticket, struct headgate_agent *agent,
			 u32 hint, u64 now)
{
	ticket->arrived = now;
	ticket->number = ++ticket->device->numbers;
	ticket->state = TICKET_GRANTED; /* unless there is something to wait for */
	ticket->lane = NULL;
	ticket->flow = agent ? ticket_choose_flow(ticket->device, agent, hint) : NULL;
	if (!ticket->flow)
		return;
	ticket->lane = ticket->flow->lane;
	ticket_queue(ticket, now);
}

/* Whether a ticket from before a restart is good for what is asked now. */
static bool ticket_fits(const struct headgate_ticket *ticket, const struct headgate_agent *agent)
{
	return agent && ticket->flow && !ticket->flow->retired &&
	       ticket->flow->agent_id == agent->id;
}

/*
 * Admits a ticket, or arms its wait. @agent and @hint are for one that is idle.
 * Return: 0 when the ioctl may run, -ERESTARTNOINTR when it is held, -EAGAIN
 * when the ticket is one from before that does not fit any more.
 */
static int ticket_admit(struct headgate_ticket *ticket, struct headgate_agent *agent, u32 hint)
{
	struct headgate_device *device = ticket->device;
	unsigned long flags;
	bool waits, armed;
	u64 now;

	spin_lock_irqsave(&device->lock, flags);
	now = ktime_get_ns();
	if (ticket->state == TICKET_IDLE) {
		ticket_begin(ticket, agent, hint, now);
	} else if (!ticket_fits(ticket, agent)) {
		spin_unlock_irqrestore(&device->lock, flags);
		return -EAGAIN;
	} else if (ticket->state == TICKET_PARKED) {
		list_del_init(&ticket->entry);
		ticket_queue(ticket, now);
	}
	waits = ticket->state == TICKET_WAITING;
	if (waits)
		ticket->patience = ticket_patience(ticket);
	if (!waits)
		ticket_open(ticket, now);
	armed = ticket->armed;
	ticket->armed = true;
	spin_unlock_irqrestore(&device->lock, flags);

	if (waits && (armed || gate_arm(ticket, ticket_wait, TWA_SIGNAL)))
		return -ERESTARTNOINTR;
	if (waits || !gate_arm(ticket, ticket_close, TWA_RESUME)) {
		ticket->armed = false; /* dying: there is no way out to wait on */
		ticket_end(ticket);
		atomic64_inc(&headgate_counters.failed_open);
	}
	return 0;
}

static void ticket_set_call(struct headgate_ticket *ticket, struct file *file, u32 nr, u32 flags)
{
	ticket->file = file;
	ticket->nr = nr;
	ticket->fences = flags & HEADGATE_ADMIT_FENCE;
	ticket->jobs = 0;
	ticket->strayed = false;
}

/* Of DRM or accel, so that its private_data is a struct drm_file. */
static bool file_is_drm(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	return S_ISCHR(inode->i_mode) &&
	       (imajor(inode) == DRM_MAJOR || imajor(inode) == ACCEL_MAJOR);
}

/**
 * headgate_gate_admit - a task is about to submit
 * @file: open file of a DRM or accel device
 * @nr: number of the ioctl
 * @flags: HEADGATE_ADMIT_*
 * @hint: lane that the job is likely to go to, or 0
 *
 * Context: the submitting task, before the ioctl; under rcu_read_lock(), may
 * not sleep.
 * Return: 0 when the ioctl is to run, -ERESTARTNOINTR when it is held: the
 * caller has to fail the ioctl with that, the kernel restarts it by itself.
 */
int headgate_gate_admit(struct file *file, u32 nr, u32 flags, u32 hint)
{
	const struct drm_file *client = file->private_data;
	struct headgate_device *device;
	enum headgate_ticket_state state;
	struct headgate_ticket *ticket;
	struct headgate_agent *agent;
	int err;

	if (!READ_ONCE(gate_open) || current->flags & (PF_EXITING | PF_KTHREAD) ||
	    !file_is_drm(file))
		return 0;
	agent = headgate_agent_of(current);
	ticket = headgate_ticket_of_current();
	state = ticket ? READ_ONCE(ticket->state) : TICKET_IDLE;
	if (!agent && state == TICKET_IDLE && !(flags & HEADGATE_ADMIT_FENCE))
		return 0;
	/* Two gates may be attached while the daemon replaces one. */
	if (state == TICKET_OPEN)
		return 0;
	device = ticket ? ticket->device : NULL;
	if (!device || device->dev != client->minor->dev->dev)
		device = headgate_device_of_drm(client->minor->dev);
	if (!ticket)
		ticket = headgate_ticket_make();
	if (unlikely(!device || !ticket))
		goto fail_open;
	if (state != TICKET_IDLE && ticket->device != device)
		ticket_end(ticket);
	ticket->device = device;
	ticket_set_call(ticket, file, nr, flags);
	err = ticket_admit(ticket, agent, hint);
	if (err != -EAGAIN)
		return err;
	ticket_end(ticket);
	return ticket_admit(ticket, agent, hint);

fail_open:
	atomic64_inc(&headgate_counters.failed_open);
	return 0;
}

/**
 * headgate_gate_release_flow - let all tickets of a flow through
 * @flow: flow that is retired
 *
 * Context: under the device's lock.
 */
void headgate_gate_release_flow(struct headgate_flow *flow)
{
	struct headgate_ticket *ticket, *next;
	u64 now = ktime_get_ns();

	lockdep_assert_held(&flow->lane->device->lock);
	headgate_lane_settle(flow->lane, now);
	while ((ticket = headgate_ticket_first(flow))) {
		headgate_ticket_leave(ticket);
		queue_grant(&flow->queue, now, &ticket->charge);
		headgate_ticket_granted(ticket, now);
	}
	list_for_each_entry_safe(ticket, next, &flow->parked, entry) {
		list_del_init(&ticket->entry);
		ticket->flow = NULL;
	}
	headgate_lane_settle(flow->lane, now);
}

/**
 * headgate_gate_task_exit - the current task is about to be gone
 *
 * Context: the tracepoint of its exit: PF_EXITING is set, files are yet open,
 * task_works are yet to run.
 */
void headgate_gate_task_exit(void)
{
	struct headgate_ticket *ticket;

	guard(rcu)();
	ticket = headgate_ticket_of_current();
	if (likely(!ticket))
		return;
	/* It is not open when its file is closed, and that queues jobs. */
	ticket_end(ticket);
	if (!ticket->armed) /* else its work frees it */
		headgate_ticket_free(ticket);
}

void headgate_gate_init(void)
{
	headgate_tickets_init();
	WRITE_ONCE(gate_open, true);
}

/**
 * headgate_gate_close - admit nobody any more, let everybody through
 *
 * No BPF program is attached any more, since each holds the module; a task
 * that is past the program has its work armed, and ends it soon when it is
 * granted. A traced task may take as long as its tracer wants.
 *
 * Context: module exit, after the probes and the agents are gone.
 */
void headgate_gate_close(void)
{
	WRITE_ONCE(gate_open, false);
	wait_event_idle(gate_idle, !atomic_read(&gate_armed));
	synchronize_rcu_tasks(); /* the tail of each work, see gate_disarmed() */
}

/* After the probes are gone. */
void headgate_gate_exit(void)
{
	headgate_tickets_exit();
}
