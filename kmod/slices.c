// SPDX-License-Identifier: GPL-2.0
/*
 * Engine time of queues that are served in slices.
 *
 * On the lane of an engine class several queues have a job with the engine, and
 * firmware serves them in turn, for a slice each. Only ends are seen: the time
 * from one end to the next has to be split between the job that ends and those
 * that stay.
 *
 *   A1 B1 A2 B2 A3      equal jobs end in the order in which they came. The last
 *                       slice was A's alone, what is before was shared evenly.
 *   A1 B A2 C A3        B and C come after A and end before it: they are short,
 *                       and A had all but what such jobs take.
 *
 * What a job of a flow takes is known from those of its jobs that ended in
 * order. It is what a job pays that overtook others; those pay the rest. A flow
 * of unequal jobs has credit from the short ones, so that it pays as much for
 * the long ones as all of them take. Where nothing is known, the first rule is
 * good for the second case, too.
 *
 * All of the time is charged, whoever pays.
 */
#include <linux/math64.h>

#include "job.h"
#include "slices.h"

/*
 * 1 ms is what xe gives a queue. With slices of 1 and 4 ms the shares of two agents
 * were within 1.7 points of what the device had given them, with 0.25 ms within 3.3.
 */
#define SLICE_NS NSEC_PER_MSEC

/* As many of those that stay pay, at most: they are walked with interrupts off. */
#define PAYERS_MAX 16U

/* In jobs of a flow: how much unequal ones may differ. */
#define CREDIT_MAX 16

/*
 * Of a flow whose jobs always overtake others nothing is learned but this much of
 * what the first rule says: who once had short jobs does not pay for such forever.
 */
#define DRIFT 128

static struct headgate_job *job_of_turn(struct fifo_node *node)
{
	return container_of(node, struct headgate_job, turn);
}

/* Jobs of @lane that came before the one that is done, which is still in @served. */
static u32 count_overtaken(struct headgate_lane *lane, const struct headgate_job *done)
{
	struct fifo_node *node;
	u32 n = 0;

	for (node = lane->served.first; node != &done->turn && n < PAYERS_MAX; node = node->next) {
		job_of_turn(node)->overtaken = true;
		n++;
	}
	return n;
}

/* What a job may yet pay at @end: nobody more than it was with the engine. */
static u64 job_room(const struct headgate_job *job, u64 end)
{
	u64 had = job->run_at + job->cost;

	return end - min(end, had);
}

/* A job that stays had @ns, and pays when it is done. */
static void lend(struct headgate_lane *lane, struct headgate_job *job, u64 ns)
{
	job->cost += ns;
	lane->lent_ns += ns;
}

/*
 * Splits @ns until @end evenly among the @stay eldest that stay and @more that do
 * not. Return: the part of the latter, and what none of the former can have had.
 */
static u64 split(struct headgate_lane *lane, u64 end, u64 ns, u32 stay, u32 more)
{
	u64 each = div_u64(ns, max(stay + more, 1U)), part;
	struct fifo_node *node;

	for (node = lane->served.first; node && stay; node = node->next, stay--) {
		part = min(each, job_room(job_of_turn(node), end));
		lend(lane, job_of_turn(node), part);
		ns -= part;
	}
	return ns;
}

/**
 * headgate_slices_run - a job is with the engine from now on
 * @lane: lane of a class
 * @job: job
 * @now: time
 *
 * What is certain not to be the new one's is shared by those that were there before.
 *
 * Context: under the device's lock, before @running is incremented.
 */
void headgate_slices_run(struct headgate_lane *lane, struct headgate_job *job, u64 now)
{
	u32 stay = min(lane->running, PAYERS_MAX);
	u64 since = headgate_lane_uncharged_since(lane), ns = now - since;

	lockdep_assert_held(&lane->device->lock);
	if (stay > 1)
		ns -= min(ns, SLICE_NS);
	if (stay)
		lane->turned_at = since + ns - split(lane, now, ns, stay, 0);
	job->overtaken = false;
	fifo_add(&lane->served, &job->turn);
}

/* What a job of a flow that overtook others is to pay in all. */
static u64 flow_owes(struct headgate_flow *flow)
{
	flow->credit_ns = min(flow->credit_ns + flow->in_order_ns, CREDIT_MAX * flow->in_order_ns);
	return flow->credit_ns;
}

static void flow_learn(struct headgate_flow *flow, u64 cost, u32 of)
{
	if (flow->in_order_ns)
		flow->in_order_ns += div_s64((s64)(cost - flow->in_order_ns), of);
	else if (of != DRIFT)
		flow->in_order_ns = cost;
}

/* What @job cannot have had is the eldest's, who was with the engine all the time. */
static u64 split_rest(struct headgate_lane *lane, const struct headgate_job *job, u64 end, u64 pays)
{
	u64 most = job_room(job, end);

	if (pays <= most || !lane->served.first)
		return pays;
	lend(lane, job_of_turn(lane->served.first), pays - most);
	return most;
}

/* @job is done, and @took is since the end before. Return: its part of that. */
static u64 split_one(struct headgate_lane *lane, struct headgate_job *job, u64 end, u64 took)
{
	u32 overtaken = count_overtaken(lane, job), stay = min(lane->running - 1, PAYERS_MAX);
	struct headgate_flow *flow = job->flow;
	u64 before = took - min(took, end - job->run_at), shared, owes, pays;

	fifo_del(&lane->served, &job->turn);
	/* Until it came, it was those that it overtook. */
	if (before && overtaken)
		took -= before - split(lane, end, before, overtaken, 0);
	shared = took - min(took, SLICE_NS);
	if (!overtaken || !flow->in_order_ns) {
		pays = took - shared + split(lane, end, shared, stay, 1);
		pays = split_rest(lane, job, end, pays);
		if (!overtaken && !job->overtaken)
			flow_learn(flow, job->cost + pays, 4);
		return pays;
	}
	flow_learn(flow, job->cost + took - shared + div_u64(shared, stay + 1), DRIFT);
	owes = flow_owes(flow);
	owes -= min(owes, job->cost);
	pays = min(took, owes);
	pays += split(lane, end, took - pays, overtaken, 0);
	pays = split_rest(lane, job, end, pays);
	flow->credit_ns -= min(flow->credit_ns, job->cost + pays);
	return pays;
}

/*
 * Several are done at one time, which says little of any of them, or one that was
 * with the engine before the lane became that of a class.
 */
static u64 split_many(struct headgate_lane *lane, u64 end, u64 took)
{
	u32 stay = min(lane->running - lane->nr_done, PAYERS_MAX);
	struct headgate_job *job;
	u64 shared = took - min(took, lane->nr_done * SLICE_NS);

	list_for_each_entry(job, &lane->done, entry)
		if (fifo_holds(&job->turn))
			fifo_del(&lane->served, &job->turn);
	return took - shared + split(lane, end, shared, stay, lane->nr_done);
}

/**
 * headgate_slices_split - what those that are done pay of the time since the end before
 * @lane: lane of a class
 * @end: when the jobs in its @done ended
 *
 * Context: under the device's lock, before @running is decremented.
 * Return: engine time in ns, to be added to the cost of these jobs
 */
u64 headgate_slices_split(struct headgate_lane *lane, u64 end)
{
	struct headgate_job *job = list_first_entry(&lane->done, struct headgate_job, entry);
	/* A job may have come, and time been shared, since that end: before it was told. */
	u64 took = end - min(end, headgate_lane_uncharged_since(lane));

	lockdep_assert_held(&lane->device->lock);
	if (lane->nr_done > 1 || !fifo_holds(&job->turn))
		return split_many(lane, end, took);
	return split_one(lane, job, end, took);
}
