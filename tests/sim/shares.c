// SPDX-License-Identifier: GPL-2.0
#include <math.h>

#include "../../kmod/queue.h"
#include "../../kmod/queue_internal.h"
#include "shares.h"

/**
 * struct share - of one agent
 * @due: part of the lane, 0 to 1
 * @slack: part of the lane that may be lost in the queue's fixed point
 * @ahead: most it ever had beyond that, in ns
 * @behind: most it ever lacked
 * @base: what it had beyond that when the watch began, less what was granted by then
 * @outstanding: most it ever had outstanding, at its true cost
 */
struct share {
	double due;
	double slack;
	double ahead;
	double behind;
	double base;
	u64 outstanding;
};

static struct share *shares;
static u64 total;	/* engine time granted since the watch began */
static u64 estimates;	/* most that was outstanding, as estimated */

static struct model_agent *above(const struct model_agent *a)
{
	return a->flow.parent ? container_of(a->flow.parent, struct model_agent, flow) : NULL;
}

/* Both extremes of an agent's lag are at its own grants: just before and after. */
static void granted(struct model_agent *a, u64 cost)
{
	struct share *s = &shares[a - a->model->agents];
	double now = s->base + (double)a->granted;

	s->behind = max_t(double, s->behind, s->due * (double)total - now + (double)cost);
	total += cost;
	s->ahead = max_t(double, s->ahead, now - s->due * (double)total);
	s->outstanding = max(s->outstanding, a->granted - a->service);
	estimates = max(estimates, a->model->queue.est_ns);
}

/*
 * All agents submit; one with children competes with them as a child of the
 * default weight. Parents come before their children.
 */
static void reckon_dues(struct model *m)
{
	double *below = calloc(m->nr_agents, sizeof(*below)), top = 0, sum = 0;
	double *part = calloc(m->nr_agents, sizeof(*part));
	unsigned int i;

	if (!below || !part)
		abort();
	for (i = 0; i < m->nr_agents; i++) {
		struct model_agent *up = above(&m->agents[i]);

		below[i] = QUEUE_WEIGHT_DEFAULT;
		*(up ? &below[up - m->agents] : &top) += m->agents[i].flow.weight;
	}
	for (i = 0; i < m->nr_agents; i++) {
		struct model_agent *up = above(&m->agents[i]);

		part[i] = up ? part[up - m->agents] / below[up - m->agents] : 1 / top;
		part[i] *= m->agents[i].flow.weight;
		shares[i].due = part[i] * QUEUE_WEIGHT_DEFAULT / below[i];
		shares[i].due = max_t(double, shares[i].due, (double)HW_MIN / (double)HW_ONE);
		sum += shares[i].due;
	}
	for (i = 0; i < m->nr_agents; i++)
		shares[i].due /= sum;
	free(below);
	free(part);
}

/*
 * What the queue holds an agent to have had beyond its share, which counts what
 * is outstanding by its estimate; so what the estimates miss comes on top.
 */
static void take_lags(struct model *m)
{
	double missed = 0;
	unsigned int i;

	for (i = 0; i < m->nr_agents; i++) {
		const struct model_agent *a = &m->agents[i];
		double miss = (double)(a->granted - a->service) - (double)a->flow.outstanding_ns;

		shares[i].base = (double)(a->flow.v - queue_vtime(&m->queue)) *
				 (double)a->flow.hw / (double)HW_ONE + miss;
		missed += miss;
	}
	for (i = 0; i < m->nr_agents; i++)
		shares[i].base -= (double)m->agents[i].granted + shares[i].due * missed;
}

void shares_watch(struct model *m, unsigned int depth)
{
	unsigned int i;

	shares = calloc(m->nr_agents, sizeof(*shares));
	if (!shares)
		abort();
	total = 0;
	estimates = m->queue.est_ns;
	reckon_dues(m);
	take_lags(m);
	for (i = 0; i < m->nr_agents; i++) {
		/* One unit of the fixed point is cut off at each level. */
		shares[i].slack = (depth + 1) / (double)HW_ONE;
		shares[i].outstanding = m->agents[i].granted - m->agents[i].service;
	}
	m->granted = granted;
}

/* The part of an agent's hweight that the queue's mean leaves out. */
static double left_out(const struct model_agent *a)
{
	u32 kept = a->flow.hw >> HW_MEAN_SHIFT << HW_MEAN_SHIFT;

	return (double)(a->flow.hw - kept) / (double)a->flow.hw;
}

void shares_end(struct model *m, struct sim_shares *sum)
{
	double all = 0, off = 0;
	unsigned int i;

	for (i = 0; i < m->nr_agents; i++) {
		all += (double)shares[i].outstanding;
		off += left_out(&m->agents[i]) * max_t(double, shares[i].ahead, shares[i].behind);
	}
	all += (double)estimates + off;
	for (i = 0; i < m->nr_agents; i++) {
		const struct share *s = &shares[i];
		double bound = (double)s->outstanding + s->due * ((double)estimates + off) +
			       s->slack * (double)total;
		double over = s->base + (double)m->agents[i].granted - s->due * (double)total;

		sum->error = max_t(double, sum->error, 100 * fabs(over) / (double)total);
		sum->ahead = max_t(double, sum->ahead, s->ahead / bound);
		sum->behind = max_t(double, sum->behind,
				    s->behind / (all - (double)s->outstanding));
		sum->lag_ns = max_t(double, sum->lag_ns, max_t(double, s->ahead, s->behind));
	}
	m->granted = NULL;
	free(shares);
	shares = NULL;
}
