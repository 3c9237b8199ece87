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
#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_ioctl.h>
#include <linux/timekeeping.h>

#include "agent.h"
#include "gate.h"
#include "lane.h"
#include "probes.h"
#include "settings.h"
#include "ticket.h"
#include "work.h"

static bool gate_open __read_mostly; /* tickets are made */

/*
 * Where a new ticket waits. NULL when the device has no lane yet, or is gone: then
 * there is nothing to wait for.
 */
static struct headgate_flow *ticket_choose_flow(struct headgate_device *device,
						struct headgate_agent *agent, u32 hint)
{
	struct headgate_flow *flow;
	struct headgate_lane *lane;

	if (device->gone)
		return NULL;
	flow = headgate_flow_choose(device, agent, hint);
	if (flow && (!hint || flow->unpaid || flow->lane->id == hint))
		return flow;
	lane = hint ? headgate_lane_find(device, hint) : NULL;
	if (!lane && flow)
		return flow;
	if (!lane)
		lane = list_first_or_null_rcu(&device->lanes, struct headgate_lane, list);
	return lane ? headgate_flow_get(lane, agent) : NULL;
}

static noinline void ticket_line_up(struct headgate_ticket *ticket, u64 now)
{
	struct headgate_lane *lane = ticket->lane;

	headgate_lane_settle(lane, now);
	headgate_ticket_enter(ticket, now);
	queue_enqueue(&ticket->flow->queue, now);
	headgate_lane_dispatch(lane, now);
}

/* Is let in at once if it may, else lines up. */
static __always_inline void ticket_queue(struct headgate_ticket *ticket, u64 now)
{
	struct headgate_lane *lane = ticket->lane;
	bool holds;

	if (unlikely(!queue_try(&ticket->flow->queue, now, &ticket->charge))) {
		ticket_line_up(ticket, now);
		return;
	}
	holds = headgate_lane_holds(lane); /* which a grant does not change */
	if (unlikely(holds))
		headgate_lane_settle_held(lane, now);
	headgate_ticket_granted(ticket, now);
	if (unlikely(holds))
		headgate_lane_settle_held(lane, now);
}

static void ticket_open(struct headgate_ticket *ticket, u64 now)
{
	ticket->state = TICKET_OPEN;
	ticket->device->tickets++;
	if (ticket->charged)
		headgate_flow_waited(ticket->flow, now - ticket->arrived);
}

/* A new ticket's place in the books. */
static __always_inline void ticket_begin(struct headgate_ticket *ticket,
					 struct headgate_flow *flow, u64 now)
{
	ticket->arrived = now;
	ticket->number = 0;
	ticket->state = TICKET_GRANTED; /* unless there is something to wait for */
	ticket->flow = flow;
	ticket->home = flow;
	ticket->lane = NULL;
	if (flow) {
		ticket->lane = flow->lane;
		ticket_queue(ticket, now);
	}
}

/* Whether a ticket from before a restart is good for what is asked now. */
static bool ticket_fits(const struct headgate_ticket *ticket, const struct headgate_agent *agent)
{
	return agent && ticket->flow && !ticket->flow->retired &&
	       ticket->flow->agent_id == agent->id;
}

/* The task is dying: there is no way out of the ioctl to wait on. */
static noinline int ticket_fail_open(struct headgate_ticket *ticket)
{
	ticket->armed = false;
	headgate_ticket_end(ticket);
	atomic64_inc(&headgate_counters.failed_open);
	return 0;
}

/* Lets the ioctl run, or arms its wait; unlocks. Return: as headgate_gate_admit(). */
static __always_inline int ticket_decide(struct headgate_ticket *ticket, u64 now,
					 unsigned long flags)
	__releases(&ticket->device->lock)
{
	bool waits = ticket->state == TICKET_WAITING, armed = ticket->armed;

	if (unlikely(waits))
		ticket->patience = headgate_ticket_patience(ticket);
	else
		ticket_open(ticket, now);
	ticket->armed = true;
	spin_unlock_irqrestore(&ticket->device->lock, flags);

	if (unlikely(waits) && (armed || headgate_work_arm_wait(ticket)))
		return -ERESTARTNOINTR;
	if (unlikely(waits || !headgate_work_arm_close(ticket)))
		return ticket_fail_open(ticket);
	return 0;
}

/*
 * Admits a ticket, or arms its wait. @agent is for one that is idle.
 * Return: as headgate_gate_admit(), -EAGAIN when the ticket is one from before
 * that does not fit any more.
 */
static int ticket_admit(struct headgate_ticket *ticket, struct headgate_agent *agent)
{
	struct headgate_device *device = ticket->device;
	unsigned long flags;
	u64 now;

	spin_lock_irqsave(&device->lock, flags);
	now = ktime_get_ns();
	if (ticket->state == TICKET_IDLE) {
		ticket_begin(ticket, agent ? ticket_choose_flow(device, agent, ticket->hint) : NULL,
			     now);
	} else if (!ticket_fits(ticket, agent)) {
		spin_unlock_irqrestore(&device->lock, flags);
		return -EAGAIN;
	} else if (ticket->state == TICKET_PARKED) {
		list_del_init(&ticket->entry);
		/* A signal or the freezer had its task; nobody made it wait meanwhile. */
		ticket->arrived += now - ticket->parked;
		ticket_queue(ticket, now);
	}
	return ticket_decide(ticket, now, flags);
}

static void ticket_set_call(struct headgate_ticket *ticket)
{
	ticket->jobs = 0;
	ticket->scheduled = false;
}

/* Of DRM or accel, so that its private_data is a struct drm_file. */
static __always_inline bool file_is_drm(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	return S_ISCHR(inode->i_mode) &&
	       (imajor(inode) == DRM_MAJOR || imajor(inode) == ACCEL_MAJOR);
}

/* Of a task to which the gate applies, a file that the gate may look into. */
static __always_inline bool gate_concerns(const struct file *file)
{
	return READ_ONCE(gate_open) && !(current->flags & (PF_EXITING | PF_KTHREAD)) &&
	       file_is_drm(file);
}

/* The gate knows that the driver has a scheduler per queue; said once for a device. */
static void device_classify(struct headgate_device *device, const struct headgate_call *call)
{
	if (call->flags & HEADGATE_ADMIT_CLASS && device && !READ_ONCE(device->classes))
		headgate_lanes_classify(device);
}

/**
 * headgate_gate_admit - a task is about to submit
 * @file: open file of a DRM or accel device
 * @call: the ioctl
 *
 * Context: the submitting task, before the ioctl; under rcu_read_lock(), may
 * not sleep.
 * Return: 0 when the ioctl is to run, -ERESTARTNOINTR when it is held: the
 * caller has to fail the ioctl with that, the kernel restarts it by itself.
 */
int headgate_gate_admit(struct file *file, const struct headgate_call *call)
{
	const struct drm_file *client = file->private_data;
	struct headgate_device *device;
	enum headgate_ticket_state state;
	struct headgate_ticket *ticket;
	struct headgate_agent *agent;
	unsigned long age;
	u64 cgroup;
	int err;

	if (!gate_concerns(file))
		return 0;
	if (unlikely(call->flags & HEADGATE_ADMIT_FENCE_INIT))
		headgate_probes_want_fences();
	/* Before the agent: if that changes meanwhile, what is kept is out of date. */
	age = headgate_agents_age();
	cgroup = cgroup_id(task_dfl_cgroup(current));
	agent = headgate_agent_of(current);
	ticket = headgate_ticket_of_current();
	state = ticket ? READ_ONCE(ticket->state) : TICKET_IDLE;
	if (!agent && state == TICKET_IDLE && !(call->flags & HEADGATE_ADMIT_FENCE)) {
		if (call->flags & HEADGATE_ADMIT_CLASS)
			device_classify(headgate_device_of_drm(client->minor->dev), call);
		return 0;
	}
	/* Two gates may be attached while the daemon replaces one. */
	if (state == TICKET_OPEN)
		return 0;
	/* The place of its device may be another's by now, whose business this file is not. */
	if (unlikely(drm_dev_is_unplugged(client->minor->dev)))
		goto fail_open;
	device = ticket ? ticket->device : NULL;
	if (!device || READ_ONCE(device->dev) != client->minor->dev->dev)
		device = headgate_device_of_drm(client->minor->dev);
	device_classify(device, call);
	if (!ticket)
		ticket = headgate_ticket_make();
	if (unlikely(!device || !ticket || !headgate_ticket_set_device(ticket, device)))
		goto fail_open;
	ticket->call = *call;
	ticket->client = client;
	ticket->driver = client->minor->dev->driver;
	ticket->cgroup = cgroup;
	ticket->age = age;
	ticket->hint = call->hint;
	ticket_set_call(ticket);
	err = ticket_admit(ticket, agent);
	if (err != -EAGAIN)
		return err;
	headgate_ticket_end(ticket);
	return ticket_admit(ticket, agent);

fail_open:
	if (ticket)
		headgate_ticket_end(ticket);
	if (!drm_dev_is_unplugged(client->minor->dev)) /* else the ioctl will fail */
		atomic64_inc(&headgate_counters.failed_open);
	return 0;
}

/*
 * Whether all that was found out when the ticket's last call was admitted is
 * still so. Addresses and numbers of minors may be used again, so what is
 * behind the file is compared too; the ids of cgroups are not.
 */
static bool ticket_is_for(const struct headgate_ticket *ticket, const struct file *file, u32 nr,
			  u32 gate)
{
	const struct drm_file *client = file->private_data;

	return ticket->state == TICKET_IDLE && ticket->home && ticket->client == client &&
	       ticket->call.nr == nr && gate && ticket->call.gate == gate &&
	       gate_concerns(file) && ticket->driver == client->minor->dev->driver &&
	       READ_ONCE(ticket->device->dev) == client->minor->dev->dev &&
	       ticket->cgroup == cgroup_id(task_dfl_cgroup(current));
}

/*
 * The flow where the last ticket was admitted, if that is where the next one
 * belongs: where the last job landed, and no other lane is owed a wait.
 */
static struct headgate_flow *ticket_home(const struct headgate_ticket *ticket)
{
	struct headgate_flow *home = ticket->home;

	lockdep_assert_held(&ticket->device->lock);
	/* No agent or device has gone since: @home is not retired, see headgate_agent_del(). */
	if (ticket->age != headgate_agents_age() || home->lane->id != ticket->hint ||
	    home->account->unpaid != home->unpaid)
		return NULL;
	return home;
}

/**
 * headgate_gate_admit_again - a task may be about to submit as it did before
 * @file: open file
 * @nr: number of the ioctl
 * @gate: who asks, as in struct headgate_call
 *
 * The short way for what is by far the most common case: what is known of the
 * task, the file and the ioctl need not be looked up once more.
 *
 * Context: as headgate_gate_admit().
 * Return: as headgate_gate_admit(); -ENOENT when it is not the same call as the
 * last one: nothing has changed.
 */
int headgate_gate_admit_again(struct file *file, u32 nr, u32 gate)
{
	struct headgate_ticket *ticket = headgate_ticket_of_current();
	struct headgate_device *device;
	struct headgate_flow *flow;
	unsigned long flags;
	u64 now;

	if (!ticket || !ticket_is_for(ticket, file, nr, gate))
		return -ENOENT;
	device = ticket->device;
	spin_lock_irqsave(&device->lock, flags);
	flow = ticket_home(ticket);
	if (unlikely(!flow)) {
		spin_unlock_irqrestore(&device->lock, flags);
		return -ENOENT;
	}
	now = ktime_get_ns();
	ticket_set_call(ticket);
	ticket_begin(ticket, flow, now);
	return ticket_decide(ticket, now, flags);
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
