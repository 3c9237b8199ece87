// SPDX-License-Identifier: GPL-2.0-or-later
#include "life.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[HEADGATE_LIFE_STATES] = {
	[HEADGATE_LIFE_PAUSED] = "paused",
	[HEADGATE_LIFE_STUCK] = "stuck",
	[HEADGATE_LIFE_WORKING] = "working",
	[HEADGATE_LIFE_WAITING] = "waiting",
	[HEADGATE_LIFE_THINKING] = "thinking",
	[HEADGATE_LIFE_IDLE] = "idle",
};

/* What all lanes of an agent have together. */
struct sum {
	uint64_t jobs;
	uint64_t tickets;
	uint32_t outstanding;
	uint32_t waiting;
	bool comes_back;	/* its think time is known on one of them */
	bool forced;		/* a ticket was let through in debt since the last look */
	uint64_t stuck_ns;	/* since when nothing gets on where something should; 0: it does */
};

const char *headgate_life_name(enum headgate_life_state state)
{
	return names[state];
}

int headgate_life_parse(const char *name, enum headgate_life_state *state)
{
	for (int i = 0; i < HEADGATE_LIFE_STATES; i++) {
		if (strcmp(names[i], name))
			continue;
		*state = i;
		return 0;
	}
	return -EINVAL;
}

static const struct headgate_life_lane *find_lane(const struct headgate_life *life, uint32_t id)
{
	for (size_t i = 0; i < life->n_lanes; i++)
		if (life->lanes[i].id == id)
			return &life->lanes[i];
	return NULL;
}

/* What was known of the lane of @flow; of one that was not, that it got on when the agent did. */
static struct headgate_life_lane take_lane(const struct headgate_life *life,
					   const struct headgate_flow *flow, uint64_t got_on_ns)
{
	const struct headgate_life_lane *lane = find_lane(life, flow->lane_id);

	return lane ? *lane : (struct headgate_life_lane){
		.id = flow->lane_id,
		.jobs = flow->jobs,
		.tickets = flow->tickets,
		.forced = flow->forced,
		.jobs_ns = got_on_ns,
		.tickets_ns = got_on_ns,
	};
}

static void add_flow(struct sum *sum, struct headgate_life_lane *lane,
		     const struct headgate_flow *flow, uint64_t now_ns)
{
	uint64_t oldest;

	if (!flow->outstanding || flow->jobs != lane->jobs)
		lane->jobs_ns = now_ns;
	if (!flow->waiting || flow->tickets != lane->tickets)
		lane->tickets_ns = now_ns;
	oldest = lane->jobs_ns < lane->tickets_ns ? lane->jobs_ns : lane->tickets_ns;
	if (now_ns - oldest >= HEADGATE_LIFE_STUCK_NS && (!sum->stuck_ns || oldest < sum->stuck_ns))
		sum->stuck_ns = oldest;
	sum->forced |= flow->forced > lane->forced;
	lane->jobs = flow->jobs;
	lane->tickets = flow->tickets;
	lane->forced = flow->forced;
	sum->outstanding += flow->outstanding;
	sum->waiting += flow->waiting;
	sum->comes_back |= flow->think_ns > 0;
}

/* While it is stopped, nothing of it can get on. */
static void excuse(struct headgate_life *life, uint64_t now_ns)
{
	for (size_t i = 0; i < life->n_lanes; i++)
		life->lanes[i].jobs_ns = life->lanes[i].tickets_ns = now_ns;
	life->forced_ns = 0;
}

static void enter(struct headgate_life *life, enum headgate_life_state state, uint64_t since_ns)
{
	if (!life->seen || life->state != state)
		life->since_ns = since_ns;
	life->state = state;
	life->seen = true;
}

/* Nothing of it is there, and nothing was done: how long is that so? */
static void rest(struct headgate_life *life, bool comes_back, uint64_t now_ns)
{
	uint64_t quiet_ns = now_ns - life->active_ns;
	uint64_t since_ns = life->state == HEADGATE_LIFE_PAUSED ? now_ns : life->active_ns;

	if (!life->active_ns) {
		enter(life, HEADGATE_LIFE_IDLE, now_ns);
	} else if (quiet_ns < HEADGATE_LIFE_SETTLE_NS) {
		if (life->state != HEADGATE_LIFE_WAITING)
			enter(life, HEADGATE_LIFE_WORKING, now_ns);
	} else if ((comes_back || life->returns) && quiet_ns < HEADGATE_LIFE_IDLE_NS) {
		enter(life, HEADGATE_LIFE_THINKING, since_ns);
	} else {
		enter(life, HEADGATE_LIFE_IDLE, since_ns);
	}
}

static void judge(struct headgate_life *life, const struct sum *sum, bool done,
		  enum headgate_life_stop stop, uint64_t now_ns)
{
	bool busy = sum->outstanding || sum->waiting || done;
	uint64_t pause_ns = now_ns - life->active_ns;

	if (busy) {
		if (life->active_ns && pause_ns > HEADGATE_LIFE_SETTLE_NS)
			life->returns = pause_ns < HEADGATE_LIFE_IDLE_NS;
		life->active_ns = now_ns;
	}
	if (stop == HEADGATE_LIFE_STOPPED) {
		excuse(life, now_ns);
		enter(life, HEADGATE_LIFE_PAUSED, now_ns);
	} else if (sum->stuck_ns) {
		enter(life, HEADGATE_LIFE_STUCK, sum->stuck_ns);
	} else if (life->forced_ns && now_ns - life->forced_ns < HEADGATE_LIFE_STUCK_NS) {
		enter(life, HEADGATE_LIFE_STUCK, now_ns);
	} else if (sum->outstanding || done) {
		enter(life, HEADGATE_LIFE_WORKING, now_ns);
	} else if (sum->waiting || stop == HEADGATE_LIFE_PACED) {
		enter(life, HEADGATE_LIFE_WAITING, now_ns);
	} else {
		rest(life, sum->comes_back, now_ns);
	}
}

int headgate_life_look(struct headgate_life *life, const struct headgate_flow *const *flows,
		       size_t n_flows, enum headgate_life_stop stop, uint64_t now_ns)
{
	struct headgate_life_lane *lanes = calloc(n_flows + 1, sizeof(*lanes));
	struct sum sum = { 0 };
	uint64_t got_on_ns = now_ns;
	bool known = life->seen;

	if (!lanes)
		return -ENOMEM;
	for (size_t i = 0; i < n_flows; i++) {
		sum.jobs += flows[i]->jobs;
		sum.tickets += flows[i]->tickets;
	}
	/* Who was stuck, and has the same totals after a restart, still is. */
	if (!known || sum.jobs != life->jobs || sum.tickets != life->tickets)
		life->grown_ns = now_ns;
	else if (life->state == HEADGATE_LIFE_STUCK)
		got_on_ns = life->grown_ns;
	for (size_t i = 0; i < n_flows; i++) {
		lanes[i] = take_lane(life, flows[i], got_on_ns);
		add_flow(&sum, &lanes[i], flows[i], now_ns);
	}
	free(life->lanes);
	life->lanes = lanes;
	life->n_lanes = n_flows;
	if (sum.forced)
		life->forced_ns = now_ns;
	judge(life, &sum, known && (sum.jobs != life->jobs || sum.tickets != life->tickets), stop,
	      now_ns);
	life->jobs = sum.jobs;
	life->tickets = sum.tickets;
	return 0;
}

void headgate_life_clear(struct headgate_life *life)
{
	free(life->lanes);
	*life = (struct headgate_life){ 0 };
}
