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
 * Both works are in work.c.
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
#include <linux/timekeeping.h>

#include "agent.h"
#include "gate.h"
#include "lane.h"
#include "settings.h"
#include "ticket.h"
#include "work.h"

static bool gate_open __read_mostly; /* tickets are made */

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
		ticket->patience = headgate_ticket_patience(ticket);
	if (!waits)
		ticket_open(ticket, now);
	armed = ticket->armed;
	ticket->armed = true;
	spin_unlock_irqrestore(&device->lock, flags);

	if (waits && (armed || headgate_work_arm_wait(ticket)))
		return -ERESTARTNOINTR;
	if (waits || !headgate_work_arm_close(ticket)) {
		ticket->armed = false; /* dying: there is no way out to wait on */
		headgate_ticket_end(ticket);
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
		headgate_ticket_end(ticket);
	ticket->device = device;
	ticket_set_call(ticket, file, nr, flags);
	err = ticket_admit(ticket, agent, hint);
	if (err != -EAGAIN)
		return err;
	headgate_ticket_end(ticket);
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
	headgate_ticket_end(ticket);
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
	headgate_works_drain();
}

/* After the probes are gone. */
void headgate_gate_exit(void)
{
	headgate_tickets_exit();
}
