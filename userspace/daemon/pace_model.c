// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who competes is due a share of what the device serves: the weights of those who compete,
 * down the tree of agents.  The lead of an agent is what it got beyond that.  Leads sum up to
 * nothing: who leads owes those who do not.  Who leads by more than PACE_LEAD_FREEZE_NS is
 * frozen until its lead is gone.
 *
 * What nobody took is nobody's due: idle time of the device settles debts, and so does it when
 * an agent that is owed something stops asking.  So credit is not hoarded, and nobody is held
 * still for the sake of one who does not use it.
 *
 * Only agents without agents below them compete: freezing one above would freeze those below.
 */
#include "pace_model.h"

#include <errno.h>
#include <stdlib.h>

/* What a step finds out of an agent. */
struct node {
	size_t parent;				/* index, or the number of agents at the top */
	bool above;				/* of another agent: it is not paced itself */
	bool competes;				/* or somebody below it does */
};

struct step {
	struct pace_model *model;
	int64_t now_ns;
	const struct pace_input *inputs;
	size_t count;
	/* beside @inputs */
	struct pace_agent *agents;
	struct node *nodes;
	double *sums;				/* weights that compete below an agent; the last: at the top */
	int64_t served_ns;			/* to all since the last step */
	double shared_ns;			/* to those who compete */
	uint64_t outstanding;
	int64_t queued_ns;			/* what is with the device, as far as known */
};

static int compare_inputs(const void *a, const void *b)
{
	const struct pace_input *left = a, *right = b;

	return (left->id > right->id) - (left->id < right->id);
}

static void build_tree(struct step *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct pace_input key = { .id = s->inputs[i].parent_id };
		const struct pace_input *parent = NULL;

		if (key.id)
			parent = bsearch(&key, s->inputs, s->count, sizeof(key), compare_inputs);
		s->nodes[i].parent = parent ? (size_t)(parent - s->inputs) : s->count;
		if (parent)
			s->nodes[parent - s->inputs].above = true;
	}
}

/* Both lists are in the order of ids. */
static void remember(struct step *s)
{
	const struct pace_model *model = s->model;
	size_t old = 0;

	for (size_t i = 0; i < s->count; i++) {
		while (old < model->count && model->agents[old].id < s->inputs[i].id)
			old++;
		if (old < model->count && model->agents[old].id == s->inputs[i].id)
			s->agents[i] = model->agents[old];
		else
			s->agents[i] = (struct pace_agent){
				.id = s->inputs[i].id,
				/* What was done before we looked for the first time is nobody's debt. */
				.busy_ns = model->now_ns ? 0 : s->inputs[i].busy_ns,
			};
		if (s->nodes[i].above)
			s->agents[i].lead_ns = 0;
	}
}

/* ---- who competes ---- */

/* What others have with the device may come before an agent's own work. */
static void wait_for_others(const struct step *s, size_t i)
{
	const struct pace_input *input = &s->inputs[i];
	struct pace_agent *agent = &s->agents[i];
	int64_t queued_ns = s->queued_ns - (int64_t)(input->outstanding * input->estimate_ns);

	if (queued_ns > PACE_FROZEN_BUSY_MAX_NS)
		queued_ns = PACE_FROZEN_BUSY_MAX_NS;
	if (agent->active && input->outstanding && queued_ns > 0)
		agent->queued_until_ns = s->now_ns + queued_ns + PACE_WINDOW_NS;
}

static bool is_active(const struct step *s, size_t i)
{
	const struct pace_input *input = &s->inputs[i];
	const struct pace_agent *agent = &s->agents[i];
	int64_t patience = PACE_WINDOW_NS;

	if (agent->frozen)
		return true;
	if (!agent->ever)
		return false;
	/* A job that takes long tells nothing until it is done; one that never is, is no work. */
	if (input->outstanding) {
		patience += 2 * (int64_t)input->estimate_ns;
		if (patience > PACE_FROZEN_BUSY_MAX_NS)
			patience = PACE_FROZEN_BUSY_MAX_NS;
		if (s->now_ns <= agent->queued_until_ns)
			return true;
	}
	return s->now_ns - agent->progress_ns <= patience;
}

static void take_deltas(struct step *s, const struct pace_input *others)
{
	struct pace_model *model = s->model;

	/* A counter that went back was begun anew. */
	if (model->now_ns && others->busy_ns > model->busy_others_ns)
		s->served_ns = others->busy_ns - model->busy_others_ns;
	s->outstanding = others->outstanding;
	model->busy_others_ns = others->busy_ns;
	for (size_t i = 0; i < s->count; i++)
		s->queued_ns += s->inputs[i].outstanding * s->inputs[i].estimate_ns;
	for (size_t i = 0; i < s->count; i++) {
		struct pace_agent *agent = &s->agents[i];
		const struct pace_input *input = &s->inputs[i];
		int64_t delta = 0;

		if (input->busy_ns > agent->busy_ns) {
			delta = input->busy_ns - agent->busy_ns;
			agent->progress_ns = s->now_ns;
			agent->ever = true;
		}
		agent->busy_ns = input->busy_ns;
		s->served_ns += delta;
		s->outstanding += input->outstanding;
		wait_for_others(s, i);
		agent->active = !s->nodes[i].above && is_active(s, i);
		/* Who owes something pays it, idle or not. */
		s->nodes[i].competes = agent->active || agent->lead_ns > 0;
		if (s->nodes[i].competes) {
			agent->lead_ns += delta;
			s->shared_ns += delta;
		}
	}
}

static void set_shares(struct step *s)
{
	/* Each agent counts once for those above it. */
	for (size_t i = 0; i < s->count; i++)
		for (size_t at = i; s->nodes[i].competes && !s->nodes[i].above && at < s->count;
		     at = s->nodes[at].parent) {
			if (at != i && s->nodes[at].competes)
				break;
			s->nodes[at].competes = true;
			s->sums[s->nodes[at].parent] += s->inputs[at].weight;
		}
	for (size_t i = 0; i < s->count; i++) {
		s->agents[i].share = s->nodes[i].competes && !s->nodes[i].above;
		for (size_t at = i; s->agents[i].share > 0 && at < s->count; at = s->nodes[at].parent)
			s->agents[i].share *= s->inputs[at].weight / s->sums[s->nodes[at].parent];
	}
}

/* ---- leads ---- */

/* Scales the larger side down, so that leads sum up to nothing. */
static void balance(struct step *s)
{
	double ahead = 0, behind = 0, scale;

	for (size_t i = 0; i < s->count; i++) {
		double lead = s->agents[i].lead_ns;

		if (lead > 0)
			ahead += lead;
		else
			behind -= lead;
	}
	for (size_t i = 0; i < s->count; i++) {
		double *lead = &s->agents[i].lead_ns;

		if (*lead > 0)
			scale = ahead > behind ? behind / ahead : 1;
		else
			scale = behind > ahead ? ahead / behind : 1;
		*lead *= scale;
	}
}

static void pay(struct step *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct pace_agent *agent = &s->agents[i];

		agent->lead_ns -= agent->share * s->shared_ns;
		if (agent->lead_ns > PACE_LEAD_MAX_NS)
			agent->lead_ns = PACE_LEAD_MAX_NS;
		if (agent->lead_ns < -PACE_LEAD_MAX_NS)
			agent->lead_ns = -PACE_LEAD_MAX_NS;
		/* Who does not ask is owed nothing. */
		if (!agent->active && agent->lead_ns < 0)
			agent->lead_ns = 0;
	}
}

/*
 * A job counts when it is done, so a step with little service may be one of a long job.  When
 * nothing is with the device, or for longer than any job takes, the gap was idle time.
 */
static void settle_idle(struct step *s)
{
	int64_t *gap = &s->model->gap_ns, longest = 0;

	*gap += s->now_ns - s->model->now_ns - s->served_ns;
	if (*gap < 0 || !s->model->now_ns)
		*gap = 0;
	for (size_t i = 0; i < s->count; i++)
		if (s->inputs[i].outstanding && (int64_t)s->inputs[i].estimate_ns > longest)
			longest = s->inputs[i].estimate_ns;
	if (s->outstanding && *gap <= PACE_WINDOW_NS + 2 * longest)
		return;
	for (size_t i = 0; i < s->count; i++) {
		double *lead = &s->agents[i].lead_ns;

		if (*lead > 0)
			*lead = *lead > *gap ? *lead - *gap : 0;
	}
	*gap = 0;
}

/* ---- the verdict ---- */

static bool frozen_long_enough(const struct step *s, size_t i)
{
	struct pace_agent *agent = &s->agents[i];

	if (s->inputs[i].outstanding)
		agent->idle_since_ns = s->now_ns;
	/* A step early rather than late. */
	return s->now_ns - agent->idle_since_ns + PACE_TICK_NS > PACE_FROZEN_MAX_NS ||
	       s->now_ns - agent->frozen_since_ns + PACE_TICK_NS > PACE_FROZEN_BUSY_MAX_NS;
}

static void freeze(const struct step *s, struct pace_agent *agent)
{
	agent->frozen = true;
	agent->frozen_since_ns = s->now_ns;
	agent->idle_since_ns = s->now_ns;
}

static void thaw(const struct step *s, struct pace_agent *agent)
{
	agent->frozen = false;
	agent->progress_ns = s->now_ns;
}

/* Who was thawed in this step is not frozen again in it: it runs for a tick at least. */
static void judge(struct step *s)
{
	size_t active = 0;

	for (size_t i = 0; i < s->count; i++)
		active += s->agents[i].active;
	for (size_t i = 0; i < s->count; i++) {
		struct pace_agent *agent = &s->agents[i];

		if (agent->frozen) {
			if (active < 2 || agent->lead_ns <= 0 || !s->inputs[i].holdable ||
			    !agent->active || frozen_long_enough(s, i))
				thaw(s, agent);
		} else if (active > 1 && agent->active && s->inputs[i].holdable &&
			   agent->lead_ns > PACE_LEAD_FREEZE_NS) {
			freeze(s, agent);
		}
	}
}

int pace_step(struct pace_model *model, int64_t now_ns, const struct pace_input *inputs,
	      size_t count, const struct pace_input *others)
{
	struct step s = { .model = model, .now_ns = now_ns, .inputs = inputs, .count = count };

	s.agents = calloc(count + 1, sizeof(*s.agents));
	s.nodes = calloc(count + 1, sizeof(*s.nodes));
	s.sums = calloc(count + 1, sizeof(*s.sums));
	if (!s.agents || !s.nodes || !s.sums) {
		free(s.agents);
		free(s.nodes);
		free(s.sums);
		return -ENOMEM;
	}
	build_tree(&s);
	remember(&s);
	balance(&s); /* some may have gone with what they owed */
	take_deltas(&s, others);
	set_shares(&s);
	pay(&s);
	settle_idle(&s);
	balance(&s);
	judge(&s);
	free(s.nodes);
	free(s.sums);
	free(model->agents);
	model->agents = s.agents;
	model->count = count;
	model->now_ns = now_ns;
	return 0;
}

size_t pace_active(const struct pace_model *model)
{
	size_t active = 0;

	for (size_t i = 0; i < model->count; i++)
		active += model->agents[i].active;
	return active;
}

void pace_free(struct pace_model *model)
{
	free(model->agents);
	*model = (struct pace_model){};
}
