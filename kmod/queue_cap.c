// SPDX-License-Identifier: GPL-2.0
/*
 * Caps: at most quota of engine time per period, over all lanes of a device.
 *
 * Jobs cannot be pre-empted, so a period may end in debt. The debt is carried
 * over and the mean is exact; quota that was not used is lost. Jobs that are not
 * done yet count by their estimates, and what is left at a period's end pays for
 * them in advance, since a job may run over several periods; when one is done,
 * no more stays paid than the others are estimated at. An agent is throttled
 * when its own cap or that of any agent above it is used up.
 */
#include "queue_internal.h"

/* Periods looked ahead at most, so that a tiny quota cannot overflow a time. */
#define PERIODS_AHEAD_MAX	BIT_ULL(20)

void queue_cap_init(struct queue_cap *cap)
{
	cap->quota_ns = 0;
	cap->period_ns = 0;
	cap->used_ns = 0;
	cap->pending_ns = 0;
	cap->prepaid_ns = 0;
	cap->period_end = 0;
	INIT_LIST_HEAD(&cap->throttled);
}

static u64 unpaid(const struct queue_cap *cap)
{
	u64 owes = cap->used_ns + cap->pending_ns;

	return owes - min(owes, cap->prepaid_ns);
}

/* Ends the periods that are over. */
static void roll(struct queue_cap *cap, u64 now)
{
	u64 periods, pays, paid;

	if (now < cap->period_end)
		return;
	periods = queue_div(now - cap->period_end, cap->period_ns) + 1;
	cap->period_end += periods * cap->period_ns;
	if (periods > queue_div(SERVICE_MAX, cap->quota_ns))
		pays = SERVICE_MAX;
	else
		pays = periods * cap->quota_ns;
	paid = min(pays, cap->used_ns);
	cap->used_ns -= paid;
	if (cap->pending_ns)
		cap->prepaid_ns = min_t(u64, cap->prepaid_ns + pays - paid, SERVICE_MAX);
}

/* Jobs with estimates of @est_ns are no longer pending and have cost @cost_ns. */
static void settle(struct queue_cap *cap, u64 est_ns, u64 cost_ns)
{
	u64 paid = min(cost_ns, cap->prepaid_ns);

	queue_assert(cap->pending_ns >= est_ns);
	cap->pending_ns -= est_ns;
	cap->used_ns += cost_ns - paid;
	cap->prepaid_ns = min(cap->prepaid_ns - paid, cap->pending_ns);
}

/* When to look at @cap again; 0: it has room. */
static u64 opens_at(struct queue_cap *cap, u64 now)
{
	u64 periods;

	if (!cap->quota_ns)
		return 0;
	roll(cap, now);
	if (unpaid(cap) < cap->quota_ns)
		return 0;
	periods = clamp_t(u64, queue_div(cap->used_ns, cap->quota_ns), 1, PERIODS_AHEAD_MAX);
	return cap->period_end + (periods - 1) * cap->period_ns;
}

/* The cap on @f's path that opens last, NULL if all are open. */
static struct queue_cap *closed_cap(struct queue_flow *f, u64 now, u64 *opens)
{
	struct queue_cap *closed = NULL;

	*opens = 0;
	for (; f; f = f->parent) {
		u64 at = f->cap ? opens_at(f->cap, now) : 0;

		if (at > *opens) {
			*opens = at;
			closed = f->cap;
		}
	}
	return closed;
}

bool queue_cap_has_room(struct queue_flow *f, u64 now)
{
	u64 opens;

	return !closed_cap(f, now, &opens);
}

/* Puts @f aside if a cap says so. The caller then settles it. */
bool queue_cap_throttle(struct queue_flow *f, u64 now)
{
	u64 opens;
	struct queue_cap *cap = closed_cap(f, now, &opens);

	if (!cap)
		return false;
	queue_move(f, QUEUE_THROTTLED, opens);
	list_add_tail(&f->throttled_link, &cap->throttled);
	return true;
}

/* A job with an estimate of @est_ns, pending under @cap, which has a quota, is done. */
void queue_cap_pay(struct queue_cap *cap, u64 est_ns, u64 cost_ns, u64 now)
{
	roll(cap, now);
	settle(cap, est_ns, min_t(u64, cost_ns, SERVICE_MAX));
}

/* @f has left the flows from @above on, or comes below them. */
void queue_cap_reparent(struct queue_flow *f, struct queue_flow *above, bool comes)
{
	for (; above; above = above->parent) {
		struct queue_cap *cap = above->cap;

		above->subtree_ns += comes ? f->subtree_ns : -f->subtree_ns;
		if (cap && comes) {
			cap->pending_ns += f->subtree_ns;
		} else if (cap) {
			settle(cap, f->subtree_ns, 0);
			/* It may hold what is below @f and no longer below it. */
			queue_cap_release(cap);
		}
	}
}

/* Lets the next pick of each queue look again at the flows that wait for @cap. */
void queue_cap_release(struct queue_cap *cap)
{
	while (!list_empty(&cap->throttled)) {
		struct queue_flow *f = list_first_entry(&cap->throttled, struct queue_flow,
							throttled_link);

		list_del_init(&f->throttled_link);
		if (f->place == QUEUE_THROTTLED) {
			heap_erase(&f->queue->heaps[QUEUE_THROTTLED], &f->node);
			f->node.key = 0;
			heap_insert(&f->queue->heaps[QUEUE_THROTTLED], &f->node);
		}
	}
}

/**
 * queue_cap_set() - Set, change or lift an agent's cap on a device.
 * @cap: the cap
 * @quota_ns: engine time per period; 0: no cap
 * @period_ns: length of a period, not 0 unless @quota_ns is
 * @now: time
 *
 * A new quota alone keeps the period in progress and what was used of it.
 * Ask queue_pick() for every queue of the device afterwards.
 */
void queue_cap_set(struct queue_cap *cap, u64 quota_ns, u64 period_ns, u64 now)
{
	if (cap->quota_ns)
		roll(cap, now);
	if (!quota_ns || !period_ns) {
		quota_ns = 0;
		period_ns = 0;
	}
	if (!cap->quota_ns || cap->period_ns != period_ns) {
		if (!cap->quota_ns) {
			cap->used_ns = 0;
			cap->prepaid_ns = 0;
		}
		cap->period_end = now + period_ns;
	}
	cap->quota_ns = quota_ns;
	cap->period_ns = period_ns;
	queue_cap_release(cap);
}
