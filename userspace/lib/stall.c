// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A stall is told when it is found, and once more when it is over; what is open is never told
 * again.  Counters of the module are taken as they are at the first look: what happened before
 * is not news, unless a stall was open then, and has gone on.
 */
#include "stall.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What one look works on. */
struct state {
	struct headgate_stalls *stalls;
	const struct headgate_stall_look *look;
	struct headgate_stall_flow *flows;	/* of this look, in the order of @look->flows */
};

/* ---- the open ones ---- */

static struct headgate_stall *find(const struct headgate_stalls *stalls, enum headgate_stall_kind kind,
				   uint64_t agent_id, uint32_t lane_id)
{
	for (size_t i = 0; i < stalls->count; i++) {
		struct headgate_stall *stall = &stalls->items[i];

		if (stall->kind == kind && stall->agent_id == agent_id && stall->lane_id == lane_id)
			return stall;
	}
	return NULL;
}

/* Whether a job's stall is open, or as many of its agent on its lane as are told at once. */
static bool is_told(const struct headgate_stalls *stalls, const struct headgate_job *job)
{
	unsigned int others = 0;

	for (size_t i = 0; i < stalls->count; i++) {
		const struct headgate_stall *stall = &stalls->items[i];

		if (stall->kind != HEADGATE_STALL_KIND_JOB || stall->lane_id != job->lane_id)
			continue;
		if (stall->queued_at_ns == job->queued_at_ns && stall->pid == job->pid)
			return true;
		others += stall->agent_id == job->agent_id;
	}
	return others >= HEADGATE_STALL_JOBS_MAX;
}

static struct headgate_stall *add(struct headgate_stalls *stalls, const struct headgate_stall *stall)
{
	struct headgate_stall *items =
		reallocarray(stalls->items, stalls->count + 1, sizeof(*items));

	if (!items)
		return NULL;
	stalls->items = items;
	items[stalls->count] = *stall;
	return &items[stalls->count++];
}

/* The last process it is of: the name is that of the one before. */
static void set_pid(struct headgate_stall *stall, uint32_t pid)
{
	if (!pid || pid == stall->pid)
		return;
	stall->pid = pid;
	*stall->comm = '\0';
}

/* What stands in line on its lane, or on all lanes of its device. */
static void count_waiting(struct headgate_stall *stall, const struct headgate_stall_look *look)
{
	stall->waiting = 0;
	stall->waiting_agents = 0;
	for (size_t i = 0; i < look->flows->count; i++) {
		const struct headgate_flow *flow = &look->flows->items[i];

		if (flow->gone || !flow->waiting || flow->device_id != stall->device_id ||
		    (stall->lane_id && flow->lane_id != stall->lane_id))
			continue;
		stall->waiting += flow->waiting;
		stall->waiting_agents++;
	}
}

/* 0 or -ENOMEM; then the next look finds it again, if it lasts. */
static int begin(const struct state *state, struct headgate_stall *stall)
{
	count_waiting(stall, state->look);
	stall = add(state->stalls, stall);
	if (!stall)
		return -ENOMEM;
	state->look->tell(stall, false, state->look->data);
	return 0;
}

/* ---- flows ---- */

static int compare_flows(const void *a, const void *b)
{
	const struct headgate_stall_flow *one = a, *other = b;

	if (one->lane_id != other->lane_id)
		return one->lane_id < other->lane_id ? -1 : 1;
	return (one->agent_id > other->agent_id) - (one->agent_id < other->agent_id);
}

static struct headgate_stall_flow *find_flow(const struct headgate_stalls *stalls, uint64_t agent_id,
					     uint32_t lane_id)
{
	const struct headgate_stall_flow key = { .agent_id = agent_id, .lane_id = lane_id };

	return stalls->n_flows ? bsearch(&key, stalls->flows, stalls->n_flows, sizeof(key), compare_flows) :
				 NULL;
}

/*
 * Jobs that were cancelled since their process was killed, or their file closed, have failed, but
 * that is no fault of the device.
 */
static uint64_t failures(const struct headgate_flow *flow)
{
	return flow->failed > flow->cancelled ? flow->failed - flow->cancelled : 0;
}

/*
 * What was known of a flow: of one that is new all that it has had, and at the first look what an
 * open stall tells.
 */
static struct headgate_stall_flow take_flow(const struct state *state, const struct headgate_flow *flow)
{
	const struct headgate_stall_flow *before = find_flow(state->stalls, flow->agent_id, flow->lane_id);
	struct headgate_stall_flow known = {
		.agent_id = flow->agent_id, .lane_id = flow->lane_id, .tickets_ns = state->look->now_ns,
	};
	const struct headgate_stall *open;

	if (before)
		return *before;
	if (state->stalls->seen)
		return known;
	known.tickets = flow->tickets;
	known.forced = flow->forced;
	known.failed = failures(flow);
	known.done = flow->jobs - flow->failed;
	open = find(state->stalls, HEADGATE_STALL_KIND_FAILED, flow->agent_id, flow->lane_id);
	if (open && open->total <= known.failed)
		known.failed = open->total;
	open = find(state->stalls, HEADGATE_STALL_KIND_TICKET, flow->agent_id, flow->lane_id);
	if (open && open->total <= flow->forced)
		known.forced = open->total;
	if (open && open->admitted == flow->tickets)
		known.tickets_ns = open->since_ns;
	return known;
}

static int judge_failures(const struct state *state, const struct headgate_stall_flow *known,
			  const struct headgate_flow *flow)
{
	struct headgate_stall *open =
		find(state->stalls, HEADGATE_STALL_KIND_FAILED, flow->agent_id, flow->lane_id);
	struct headgate_stall fresh = {
		.kind = HEADGATE_STALL_KIND_FAILED, .agent_id = flow->agent_id, .lane_id = flow->lane_id,
		.device_id = flow->device_id, .since_ns = state->look->now_ns,
	};
	struct headgate_stall *stall = open ?: &fresh;
	uint64_t failed = failures(flow);

	stall->total = failed;
	if (failed <= known->failed)
		return 0;
	stall->count += failed - known->failed;
	stall->last_ns = state->look->now_ns;
	set_pid(stall, flow->failed_pid);
	stall->error = flow->failed_error;
	return open ? 0 : begin(state, stall);
}

/* Since when tickets wait and none is admitted; now, if that is not so. */
static uint64_t starving_since(const struct state *state, const struct headgate_stall_flow *known,
			       const struct headgate_flow *flow)
{
	const struct headgate_stall_look *look = state->look;

	if (!flow->waiting || flow->tickets != known->tickets || look->stopped(flow->agent_id, look->data))
		return look->now_ns;
	return known->tickets_ns;
}

static int judge_tickets(const struct state *state, const struct headgate_stall_flow *known,
			 const struct headgate_flow *flow, uint64_t starving_ns)
{
	uint64_t now_ns = state->look->now_ns;
	bool starves = now_ns - starving_ns >= HEADGATE_STALL_QUIET_NS;
	bool forced = flow->forced > known->forced;
	struct headgate_stall *open =
		find(state->stalls, HEADGATE_STALL_KIND_TICKET, flow->agent_id, flow->lane_id);
	struct headgate_stall fresh = {
		.kind = HEADGATE_STALL_KIND_TICKET, .agent_id = flow->agent_id, .lane_id = flow->lane_id,
		.device_id = flow->device_id, .since_ns = starving_ns,
	};
	struct headgate_stall *stall = open ?: &fresh;

	if (forced) {
		fresh.since_ns -= known->wait_ns;
		stall->count += flow->forced - known->forced;
	}
	/* Its event may have come after it was counted. */
	set_pid(stall, known->pid);
	stall->total = flow->forced;
	stall->admitted = flow->tickets;
	if (!starves && !forced)
		return 0;
	stall->last_ns = now_ns;
	return open ? 0 : begin(state, stall);
}

static int judge_flow(const struct state *state, const struct headgate_flow *flow,
		      struct headgate_stall_flow *seen)
{
	struct headgate_stall_flow known = take_flow(state, flow);
	uint64_t starving_ns = starving_since(state, &known, flow);
	int err = judge_failures(state, &known, flow);

	if (!err)
		err = judge_tickets(state, &known, flow, starving_ns);
	*seen = known;
	seen->tickets_ns = starving_ns;
	if (err)
		return err;
	seen->tickets = flow->tickets;
	seen->forced = flow->forced;
	seen->failed = failures(flow);
	/* The next one is another's. */
	seen->pid = 0;
	seen->wait_ns = 0;
	return 0;
}

/* ---- jobs ---- */

static int judge_job(const struct state *state, const struct headgate_job *job)
{
	const struct headgate_stall_look *look = state->look;
	struct headgate_stall stall = {
		.kind = HEADGATE_STALL_KIND_JOB, .agent_id = job->agent_id, .lane_id = job->lane_id,
		.device_id = job->device_id, .pid = job->pid, .since_ns = job->run_at_ns,
		.queued_at_ns = job->queued_at_ns,
	};
	uint64_t age_ns;

	if (!job->run_at_ns || job->run_at_ns > look->now_ns || is_told(state->stalls, job))
		return 0;
	age_ns = look->now_ns - job->run_at_ns;
	if (age_ns <= HEADGATE_STALL_DEADLINE_MIN_NS)
		return 0;
	stall.deadline_ns = look->deadline(job, age_ns, look->data);
	return age_ns > stall.deadline_ns ? begin(state, &stall) : 0;
}

static bool job_is_there(const struct headgate_stall_look *look, const struct headgate_stall *stall)
{
	for (size_t i = 0; i < look->jobs->count; i++) {
		const struct headgate_job *job = &look->jobs->items[i];

		if (job->lane_id == stall->lane_id && job->queued_at_ns == stall->queued_at_ns &&
		    job->pid == stall->pid)
			return true;
	}
	return false;
}

/* ---- devices ---- */

int headgate_stalls_wedged(struct headgate_stalls *stalls, uint32_t device_id, uint64_t now_ns)
{
	const struct headgate_stall stall = {
		.kind = HEADGATE_STALL_KIND_WEDGED, .device_id = device_id, .since_ns = now_ns,
		/* Not told yet. */
		.last_ns = 0,
	};

	for (size_t i = 0; i < stalls->count; i++)
		if (stalls->items[i].kind == stall.kind && stalls->items[i].device_id == device_id)
			return 0;
	return add(stalls, &stall) ? 0 : -ENOMEM;
}

static bool device_is_there(const struct headgate_stall_look *look, uint32_t id)
{
	for (size_t i = 0; i < look->devices->count; i++)
		if (look->devices->items[i].id == id)
			return !look->devices->items[i].gone;
	return false;
}

/* Whether a job was done on the device since the last look, as far as can be told. */
static bool device_works(const struct state *state, uint32_t id)
{
	/*
	 * A job that was given up, since it hangs, was not done.  One that was between the reading
	 * of flows and of this number is known from the last look, and counts from this one on.
	 */
	if (state->look->lost != state->stalls->lost_before)
		return false;
	for (size_t i = 0; i < state->look->flows->count; i++) {
		const struct headgate_flow *flow = &state->look->flows->items[i];

		if (!flow->gone && flow->device_id == id && flow->jobs - flow->failed > state->flows[i].done)
			return true;
	}
	return false;
}

/* ---- the end ---- */

static bool is_over(const struct state *state, struct headgate_stall *stall)
{
	const struct headgate_stall_look *look = state->look;

	switch (stall->kind) {
	case HEADGATE_STALL_KIND_JOB:
		return !job_is_there(look, stall);
	case HEADGATE_STALL_KIND_WEDGED:
		if (!device_is_there(look, stall->device_id))
			return true;
		/* What was done until it was told may have been done before. */
		return stall->last_ns && device_works(state, stall->device_id);
	case HEADGATE_STALL_KIND_TICKET:
	case HEADGATE_STALL_KIND_FAILED:
		break;
	}
	return look->now_ns - stall->last_ns >= HEADGATE_STALL_QUIET_NS;
}

static void settle(const struct state *state)
{
	const struct headgate_stall_look *look = state->look;
	struct headgate_stalls *stalls = state->stalls;
	size_t kept = 0;

	for (size_t i = 0; i < stalls->count; i++) {
		struct headgate_stall *stall = &stalls->items[i];
		bool fresh = stall->kind == HEADGATE_STALL_KIND_WEDGED && !stall->last_ns;
		bool over = is_over(state, stall);

		count_waiting(stall, look);
		if (fresh) {
			stall->last_ns = look->now_ns;
			look->tell(stall, false, look->data);
		}
		if (over)
			look->tell(stall, true, look->data);
		else
			stalls->items[kept++] = *stall;
	}
	stalls->count = kept;
}

/* Kept in order, for the next look. */
static void keep_flows(const struct state *state)
{
	struct headgate_stalls *stalls = state->stalls;
	size_t kept = 0;

	for (size_t i = 0; i < state->look->flows->count; i++) {
		const struct headgate_flow *flow = &state->look->flows->items[i];

		if (flow->gone)
			continue;
		state->flows[i].done = flow->jobs - flow->failed;
		state->flows[kept++] = state->flows[i];
	}
	free(stalls->flows);
	stalls->flows = state->flows;
	stalls->n_flows = kept;
	stalls->lost_before = stalls->lost;
	stalls->lost = state->look->lost;
	stalls->seen = true;
	qsort(stalls->flows, kept, sizeof(*stalls->flows), compare_flows);
}

int headgate_stalls_look(struct headgate_stalls *stalls, const struct headgate_stall_look *look)
{
	struct state state = { .stalls = stalls, .look = look };
	int err = 0, ret;

	state.flows = calloc(look->flows->count + 1, sizeof(*state.flows));
	if (!state.flows)
		return -ENOMEM;
	for (size_t i = 0; i < look->jobs->count; i++) {
		ret = judge_job(&state, &look->jobs->items[i]);
		err = err ?: ret;
	}
	for (size_t i = 0; i < look->flows->count; i++) {
		if (look->flows->items[i].gone)
			continue;
		ret = judge_flow(&state, &look->flows->items[i], &state.flows[i]);
		err = err ?: ret;
	}
	settle(&state);
	keep_flows(&state);
	return err;
}

/* One that is not known yet: the next look takes it for new all the same, since all is 0. */
static struct headgate_stall_flow *add_flow(struct headgate_stalls *stalls, uint64_t agent_id,
					    uint32_t lane_id)
{
	struct headgate_stall_flow *flows =
		reallocarray(stalls->flows, stalls->n_flows + 1, sizeof(*flows));

	if (!flows)
		return NULL;
	stalls->flows = flows;
	flows[stalls->n_flows++] = (struct headgate_stall_flow){ .agent_id = agent_id, .lane_id = lane_id };
	qsort(flows, stalls->n_flows, sizeof(*flows), compare_flows);
	return find_flow(stalls, agent_id, lane_id);
}

void headgate_stalls_forced(struct headgate_stalls *stalls, uint64_t agent_id, uint32_t lane_id,
			    uint32_t pid, uint64_t wait_ns)
{
	struct headgate_stall_flow *flow = find_flow(stalls, agent_id, lane_id);

	if (!flow && stalls->seen)
		flow = add_flow(stalls, agent_id, lane_id);
	if (!flow)
		return;
	flow->pid = pid;
	flow->wait_ns = wait_ns;
}

void headgate_stalls_clear(struct headgate_stalls *stalls)
{
	free(stalls->items);
	free(stalls->flows);
	*stalls = (struct headgate_stalls){ 0 };
}
