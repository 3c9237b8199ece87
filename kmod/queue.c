// SPDX-License-Identifier: GPL-2.0
/*
 * The queue: weighted fair queueing of jobs that nobody can pre-empt, in the
 * manner of EEVDF, over measured engine time. One queue per lane.
 *
 * THEORY OF OPERATION
 *
 * Each flow (an agent on a lane) has a virtual time v. It grows by cost over
 * hweight, hweight being the share of the lane due to the flow. The lane's
 * virtual time V is the mean of all v weighted by hweight. A flow's lag,
 * hweight * (V - v), is the service it is owed, in ns; lags sum up to zero.
 *
 *  1. Eligible is who has had no more than its share: v <= V.
 *  2. Of those that are eligible and have a ticket waiting, the one with the
 *     earliest deadline goes; the deadline is v plus a slice over hweight, and
 *     is renewed when v reaches it. The slice sets latency, not share.
 *  3. A grant charges the flow's estimate at once, so that the next pick knows;
 *     completion replaces it by the measured cost.
 *  4. Tickets are granted while the runnable work on the lane, estimated low,
 *     is below the horizon (queue_horizon.c): enough to keep the engine busy, too
 *     little to lose the order. A job that waits for a fence is no work of the lane's; it
 *     counts for its own flow, which may have few while one is blocked.
 *  5. If only flows that have overdrawn have tickets waiting, the one with the
 *     least v goes, but not before the lane is about to fall idle, and not while
 *     it is better to idle for one that is owed and thinks (queue_think.c).
 *  6. Flows take part while they have a ticket to grant or runnable work
 *     outstanding, are expected to have soon, or are ahead. Who leaves takes its
 *     lag along, and finds it when it returns; credit does not grow meanwhile. The
 *     last one leaves only when another comes, and is charged nothing while alone:
 *     V would go along with its v. When another comes, all that it then has
 *     outstanding is charged.
 *
 * The hierarchy of agents is in the hweights (queue_tree.c), so that one flat
 * queue does. They change whenever a flow comes or goes; each flow caches its
 * own, and brings it up to date keeping its lag (queue_vtime.c), at each charge
 * and a few flows at each pick. Staleness affects order alone: eligibility is
 * the sign of the lag, which a change of hweight keeps.
 *
 * Three heaps hold the flows with tickets waiting: eligible, by deadline;
 * future, by v; throttled, by the time a cap (queue_cap.c) opens. V may go back
 * when flows come and go, so flows move between the first two at the pick.
 *
 * EXAMPLE
 *
 * A has weight 300 and jobs of 3 ms, B has weight 100 and jobs of 1 ms, both
 * slices are 4 ms and both always have a ticket waiting. hweights are 0.75 and
 * 0.25: a job of A moves its v by 3 / 0.75 = 4 ms, one of B by 1 / 0.25 = 4 ms.
 *
 *	 v(A)  v(B)   V   deadline(A) deadline(B)
 *	  0     0     0       5.3        16        both eligible, A's is earlier
 *	  4     0     3       5.3        16        A is ahead of V: B
 *	  4     4     4       5.3        16        both, A
 *	  8     4     7      13.3        16        B
 *	  8     8     8      13.3        16        A: 3 ms of each 4, as due
 *
 * GUARANTEE
 *
 * For flows backlogged over any interval, service differs from the weighted
 * share by at most one largest job per flow: a flow is granted a job only when
 * it has overdrawn nothing, so it is never ahead by more than its own largest
 * job; and lags sum up to zero, so it is never behind by more than the largest
 * jobs of the others together. Service counts at the grant, at its cost; the
 * engine is behind that by the horizon and one job, and where costs were
 * underestimated, by what the estimates missed. Documentation/theory.rst has
 * the proof and what is not promised.
 */
#include "queue_internal.h"

/*
 * hweights brought up to date per pick, beside that of whom it charges: with n
 * active flows none is more than n / 2 picks out of date.
 */
#define REWEIGH_BATCH		2

/*
 * 1 us: virtual times are rounded, and who comes back owing nothing must not be
 * taken to be ahead for a nanosecond.
 */
#define ROUNDING_NS		1000

static bool eligible(const struct queue_flow *f, s64 vtime)
{
	return f->v - ROUNDING_NS <= vtime;
}

void queue_init(struct queue *q, const struct queue_settings *settings)
{
	memset(q, 0, sizeof(*q));
	q->settings = settings;
	queue_horizon_init(q);
	INIT_LIST_HEAD(&q->active);
	fifo_init(&q->engine);
}

void queue_flow_init(struct queue_flow *f, struct queue *q, struct queue_flow *parent,
		     u32 weight, u64 slice_ns, struct queue_cap *cap)
{
	memset(f, 0, sizeof(*f));
	f->queue = q;
	f->parent = parent;
	f->cap = cap;
	f->weight = clamp_t(u32, weight, QUEUE_WEIGHT_MIN, QUEUE_WEIGHT_MAX);
	f->hw = HW_ONE;
	INIT_LIST_HEAD(&f->active_link);
	INIT_LIST_HEAD(&f->throttled_link);
	queue_flow_set_slice(f, slice_ns);
	if (parent)
		parent->children++;
}

/* Nothing of @f may wait or be outstanding, and it has no children. */
void queue_flow_exit(struct queue_flow *f)
{
	queue_assert(!f->waiting && !f->outstanding && !f->children);
	queue_think_forget(f);
	if (f->place == QUEUE_EXPECTED)
		queue_move(f, QUEUE_NOWHERE, 0);
	if (f->active)
		queue_leave(f, f->left_at);
	queue_assert(!f->active && f->place == QUEUE_NOWHERE && !f->level_sum);
	if (f->parent)
		f->parent->children--;
	f->parent = NULL;
}

/* Takes effect with the flow's next deadline. */
void queue_flow_set_slice(struct queue_flow *f, u64 slice_ns)
{
	f->slice_ns = clamp_t(u64, slice_ns, COST_MIN_NS, SERVICE_MAX);
}

/* Takes @f out of the heap it is in, and puts it into that of @place. */
void queue_move(struct queue_flow *f, enum queue_place place, s64 key)
{
	struct queue *q = f->queue;

	if (f->place != QUEUE_NOWHERE)
		heap_erase(&q->heaps[f->place], &f->node);
	if (f->place == QUEUE_THROTTLED)
		list_del_init(&f->throttled_link);
	f->place = place;
	f->node.key = key;
	f->node.seq = q->sequence++;
	if (place != QUEUE_NOWHERE)
		heap_insert(&q->heaps[place], &f->node);
}

/* After v or the deadline changed. Eligibility is checked at the pick. */
void queue_rekey(struct queue_flow *f)
{
	s64 key = f->place == QUEUE_ELIGIBLE ? f->deadline : f->v;

	if (f->place == QUEUE_NOWHERE || f->place == QUEUE_THROTTLED)
		return;
	if (f->node.key != key)
		queue_move(f, f->place, key);
}

static struct queue_flow *first(struct queue *q, enum queue_place place)
{
	struct heap_node *n = heap_first(&q->heaps[place]);

	return n ? container_of(n, struct queue_flow, node) : NULL;
}

/*
 * @f has nothing to compete with. If it is ahead it stays until V should have
 * reached it, 1 per ns: V must not go back to what the others have had, or they
 * would lose what they are owed each time one that is ahead of them leaves.
 * Return: it has left.
 */
static bool leave(struct queue_flow *f, u64 now)
{
	s64 ahead = f->v - queue_vtime(f->queue);

	if (ahead > ROUNDING_NS && !f->waiting && !f->outstanding) {
		queue_stay(f, now + ahead);
		return false;
	}
	queue_leave(f, now);
	return true;
}

/* See queue_settle(): everything but what is by far the most common case. */
void queue_settle_place(struct queue_flow *f, u64 now)
{
	struct queue *q = f->queue;
	bool wants = f->waiting && !queue_held_back(f);
	bool expected = queue_think_expected(f);
	bool active;

	if (f->place == QUEUE_EXPECTED ? !expected : !wants && f->place != QUEUE_NOWHERE)
		queue_move(f, QUEUE_NOWHERE, 0);
	if (f->place == QUEUE_THROTTLED)
		wants = false;

	active = wants || f->outstanding > f->blocked || f->stays;
	if (active && !f->active)
		queue_join(f, now);
	else if (!active && f->active && q->nr_active > 1)
		active = !leave(f, now);
	f->lingers = f->active && !active;

	if (wants && f->place == QUEUE_NOWHERE) {
		if (eligible(f, queue_vtime(q)))
			queue_move(f, QUEUE_ELIGIBLE, f->deadline);
		else
			queue_move(f, QUEUE_FUTURE, f->v);
	} else if (expected && f->place == QUEUE_NOWHERE) {
		queue_move(f, QUEUE_EXPECTED, f->v);
	}
}

/**
 * queue_enqueue() - One more ticket waits.
 * @f: its flow
 * @now: time
 */
void queue_enqueue(struct queue_flow *f, u64 now)
{
	queue_think_end(f, now);
	f->waiting++;
	queue_settle(f, now);
}

/**
 * queue_dequeue() - A waiting ticket went away without a grant.
 * @f: its flow
 * @now: time
 */
void queue_dequeue(struct queue_flow *f, u64 now)
{
	queue_assert(f->waiting);
	f->waiting--;
	queue_settle(f, now);
	queue_think_account(f->queue, now);
}

/* Which of a job's estimates to go by. */
enum guess {
	GUESS_LOW,	/* it may be short: do not let the engine run dry */
	GUESS_MEAN,	/* it may be long: do not be early */
};

/*
 * Is the runnable work on the lane at most @room? If not, and time alone will
 * make it so, *next says when.
 */
static bool lane_within(struct queue *q, enum guess by, u64 room, u64 now, u64 *next)
{
	struct queue_charge *c = queue_running(q);
	u64 behind = by == GUESS_LOW ? q->low_ns : q->est_ns;
	u64 left = 0, elapsed;

	if (c) {
		left = by == GUESS_LOW ? c->low_ns : c->est_ns;
		behind -= left;
		elapsed = now - min(now, queue_started(q, c));
		left -= min(elapsed, left);
	}
	if (behind + left <= room)
		return true;
	if (behind <= room && left)
		*next = min(*next, now + behind + left - room);
	return false;
}

/* May anything at all be admitted to the lane now? */
bool queue_lane_open(struct queue *q, u64 now, u64 *next)
{
	if (!q->runnable)
		return true;
	return lane_within(q, GUESS_LOW, max_t(u64, queue_horizon(q), 1) - 1, now, next);
}

/*
 * Flows are waiting, but all of them have had more than their share; those that
 * are owed have their work in flight or think. May @f, the least overdrawn, go?
 *
 * Only just before the lane would fall idle: early enough that it does not,
 * late enough that an owed flow's next ticket still comes first. And not if it
 * is better to idle until that comes.
 */
static bool may_overdraw(struct queue_flow *f, u64 now, u64 *next)
{
	struct queue *q = f->queue;

	return lane_within(q, GUESS_MEAN, queue_handover(q), now, next) &&
	       !queue_think_hold(f, now, next);
}

static void reweigh_some(struct queue *q)
{
	unsigned int n;

	for (n = 0; n < REWEIGH_BATCH && q->stale; n++, q->stale--) {
		struct queue_flow *f = list_first_entry(&q->active, struct queue_flow,
							active_link);

		list_move_tail(&f->active_link, &q->active);
		queue_reweigh(f);
	}
}

/* Flows whose cap opens again come back into the competition. */
static void release_due(struct queue *q, u64 now)
{
	struct queue_flow *f;

	while ((f = first(q, QUEUE_THROTTLED)) && (u64)f->node.key <= now) {
		queue_move(f, QUEUE_NOWHERE, 0);
		queue_settle(f, now);
	}
}

/*
 * Of the flows that have had no more than their share (v <= V), the one with
 * the earliest deadline. Flows that V has reached, or left behind when others
 * came or went, change heaps on the way; if they are very many, not all at once:
 * then *more says to ask again.
 */
static struct queue_flow *best_eligible(struct queue *q, bool *more)
{
	s64 v = queue_vtime(q);
	struct queue_flow *f;
	unsigned int n;

	for (n = 0; n < MOVES_MAX; n++) {
		f = first(q, QUEUE_FUTURE);
		if (f && eligible(f, v)) {
			queue_move(f, QUEUE_ELIGIBLE, f->deadline);
			continue;
		}
		f = first(q, QUEUE_ELIGIBLE);
		if (!f || eligible(f, v))
			return f;
		queue_move(f, QUEUE_FUTURE, f->v);
	}
	*more = true;
	return NULL;
}

/**
 * queue_pick() - Which flow may have a ticket granted now?
 * @q: the lane
 * @now: time
 * @next: set to when to ask again for reasons of time alone (a cap opens, the
 *	running job nears its end, somebody expected does not come), U64_MAX if
 *	there is none
 *
 * Grants nothing: a caller may grant another flow.
 *
 * Return: a flow with a waiting ticket, or NULL.
 */
struct queue_flow *queue_pick(struct queue *q, u64 now, u64 *next)
{
	struct queue_flow *f;
	bool more = false;

	*next = U64_MAX;
	queue_think_account(q, now);
	queue_think_expire(q, now);
	release_due(q, now);
	if (!first(q, QUEUE_ELIGIBLE) && !first(q, QUEUE_FUTURE))
		goto none;
	if (!queue_lane_open(q, now, next))
		return NULL;

	reweigh_some(q);
	for (;;) {
		f = best_eligible(q, &more);
		if (more) {
			*next = now + 1;
			return NULL;
		}
		if (!f) {
			f = first(q, QUEUE_FUTURE);
			if (!f || !may_overdraw(f, now, next))
				goto none;
		}
		if (!queue_cap_throttle(f, now))
			return f;
		queue_settle(f, now);
	}
none:
	f = first(q, QUEUE_THROTTLED);
	if (f)
		*next = min_t(u64, *next, f->node.key);
	return NULL;
}
