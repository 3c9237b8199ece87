// SPDX-License-Identifier: GPL-2.0
#include "lane_model.h"

/* Until the estimates are learnt, and what was owed at first is paid. */
#define WARM_UP	(200 * MS)

enum event_kind {
	EVENT_SUBMIT,
	EVENT_ARRIVE,	/* a granted job reaches the driver */
	EVENT_FENCE,
	EVENT_DONE,
	EVENT_TELL,	/* that jobs are done */
	EVENT_PICK,
};

struct event {
	struct heap_node node;	/* key: time */
	enum event_kind kind;
	void *subject;
};

struct model_ticket {
	struct model_ticket *next;
	struct submitter *by;
	u64 since;
	u64 cost;
};

struct model_job {
	struct model_job *next;
	struct submitter *by;
	struct queue_charge charge;
	u64 cost;
	u64 since;
};

/* All submitters of a model are kept in one list so that they can be freed. */
struct kept {
	struct submitter s;
	struct kept *next;
};

static void *allocate(size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		abort();
	return p;
}

u64 model_random(u64 *state)
{
	u64 z = (*state += 0x9e3779b97f4a7c15ULL);	/* splitmix64 */

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static void schedule(struct model *m, u64 when, enum event_kind kind, void *subject)
{
	struct event *e = allocate(sizeof(*e));

	e->node.key = when;
	e->node.seq = m->sequence++;
	e->kind = kind;
	e->subject = subject;
	heap_insert(&m->events, &e->node);
}

static u64 draw_cost(struct model *m, const struct submitter *s)
{
	u64 r = model_random(&m->random);
	u64 cost = s->cost, tail = 1;

	if (s->cost_kind == COST_UNIFORM) {
		cost = r % (2 * s->cost);
	} else if (s->cost_kind == COST_PARETO) {
		/* Each doubling of the cost is 2^1.5 times rarer. */
		while (tail < 128 && r % 1000 < 354) {
			tail *= 2;
			r /= 1000;
			if (r < 1000)
				r = model_random(&m->random);
		}
		cost = s->cost * tail / 2 * (500 + r % 1000) / 1000;
		cost = min(cost, 50 * s->cost);
	}
	return max_t(u64, cost, 1000);
}

static u64 draw_think(struct model *m, const struct submitter *s)
{
	return s->think + (s->jitter ? model_random(&m->random) % s->jitter : 0);
}

static void record_wait(struct model_agent *a, u64 wait)
{
	if (a->nr_waits == a->room) {
		a->room = a->room ? 2 * a->room : 1024;
		a->waits = realloc(a->waits, a->room * sizeof(*a->waits));
		if (!a->waits)
			abort();
	}
	a->waits[a->nr_waits++] = wait;
}

static void start_engine(struct model *m)
{
	struct model_job *j = m->engine_first;

	record_wait(j->by->agent, m->now - j->since);
	schedule(m, m->now + j->cost, EVENT_DONE, j);
}

static void arrive(struct model *m, struct model_job *j)
{
	queue_run(&j->charge, m->now);
	j->next = NULL;
	*m->engine_last = j;
	m->engine_last = &j->next;
	if (m->engine_first == j)
		start_engine(m);
}

static void submit(struct model *m, struct submitter *s);

/* The agent's first ticket goes, with @charge. */
static void admit(struct model *m, struct model_agent *a, struct queue_charge *charge)
{
	struct model_ticket *t = a->first;
	struct model_job *j = allocate(sizeof(*j));

	a->first = t->next;
	if (!a->first)
		a->last = &a->first;
	j->by = t->by;
	j->cost = t->cost;
	j->since = t->since;
	queue_charge_move(&j->charge, charge);

	a->granted += j->cost;
	a->largest = max(a->largest, j->cost);
	m->grants++;
	m->digest = (m->digest ^ (u64)(a - m->agents) ^ m->now) * 0x100000001b3ULL;
	schedule(m, m->now + m->latency, EVENT_ARRIVE, j);
	if (m->granted)
		m->granted(a, j->cost);
	free(t);
	if (j->by->kind == SUBMIT_DEEP && j->by->think)
		schedule(m, m->now + j->by->think, EVENT_SUBMIT, j->by);
	else if (j->by->kind == SUBMIT_DEEP)
		submit(m, j->by);
}

void model_poke(struct model *m)
{
	struct queue_charge charge;
	struct queue_flow *f;
	u64 next;

	while ((f = queue_pick(&m->queue, m->now, &next))) {
		queue_grant(f, m->now, &charge);
		admit(m, container_of(f, struct model_agent, flow), &charge);
	}
	if (next != U64_MAX && (m->next_pick <= m->now || next < m->next_pick)) {
		queue_assert(next > m->now);
		m->next_pick = next;
		schedule(m, next, EVENT_PICK, NULL);
	}
}

static void submit(struct model *m, struct submitter *s)
{
	struct model_agent *a = s->agent;
	struct queue_charge charge;
	struct model_ticket *t;

	if (m->draining || (s->stop && m->now >= s->stop))
		return;
	t = allocate(sizeof(*t));
	t->by = s;
	t->since = m->now;
	t->cost = draw_cost(m, s);
	*a->last = t;
	a->last = &t->next;
	/* The short way, as the gate goes. */
	if (queue_try(&a->flow, m->now, &charge))
		admit(m, a, &charge);
	else
		queue_enqueue(&a->flow, m->now);
	if (s->kind == SUBMIT_PERIODIC)
		schedule(m, m->now + s->think, EVENT_SUBMIT, s);
}

static void job_arrives(struct model *m, struct model_job *j)
{
	if (!j->by->fence) {
		arrive(m, j);
	} else {
		queue_block(&j->charge, m->now);
		if (j->by->fence == NEVER && !m->draining) {
			j->next = m->fenced;
			m->fenced = j;
		} else {
			schedule(m, m->now + (m->draining ? 0 : j->by->fence), EVENT_FENCE, j);
		}
	}
}

static void tell(struct model *m, struct model_job *j)
{
	struct model_agent *a = j->by->agent;

	a->service += j->cost;
	a->jobs++;
	queue_done(&j->charge, j->cost, m->now);
	if (j->by->kind == SUBMIT_SYNC)
		schedule(m, m->now + draw_think(m, j->by), EVENT_SUBMIT, j->by);
	free(j);
}

static void tell_all(struct model *m)
{
	struct model_job *j;

	while ((j = m->untold)) {
		m->untold = j->next;
		tell(m, j);
	}
	m->untold_last = &m->untold;
}

static void job_done(struct model *m, struct model_job *j)
{
	m->engine_first = j->next;
	if (!j->next)
		m->engine_last = &m->engine_first;
	m->busy += j->cost;
	m->engine_free = m->now;
	if (m->coalesce) {
		if (!m->untold)
			schedule(m, m->now + m->coalesce, EVENT_TELL, NULL);
		j->next = NULL;
		*m->untold_last = j;
		m->untold_last = &j->next;
	} else {
		tell(m, j);
	}
	if (m->engine_first)
		start_engine(m);
}

static void handle(struct model *m, struct event *e)
{
	switch (e->kind) {
	case EVENT_SUBMIT:
		submit(m, e->subject);
		break;
	case EVENT_ARRIVE:
		job_arrives(m, e->subject);
		break;
	case EVENT_FENCE:
		arrive(m, e->subject);
		break;
	case EVENT_DONE:
		job_done(m, e->subject);
		break;
	case EVENT_TELL:
		tell_all(m);
		break;
	case EVENT_PICK:
		break;
	}
	free(e);
}

bool model_step(struct model *m, u64 until)
{
	struct heap_node *n = heap_first(&m->events);

	if (!n || (u64)n->key > until)
		return false;
	heap_erase(&m->events, n);
	m->now = n->key;
	handle(m, container_of(n, struct event, node));
	model_poke(m);
	if (m->after)
		m->after(m);
	return true;
}

void model_run(struct model *m, u64 until)
{
	while (model_step(m, until))
		;
	m->now = max(m->now, until);
}

void model_drain(struct model *m)
{
	struct model_job *j;
	unsigned int i;

	m->draining = true;
	for (i = 0; i < m->nr_agents; i++)
		queue_cap_set(&m->agents[i].cap, 0, 0, m->now);
	while ((j = m->fenced)) {
		m->fenced = j->next;
		schedule(m, m->now, EVENT_FENCE, j);
	}
	model_poke(m);
	model_run(m, m->now + 100000 * SEC);
	m->draining = false;
}

struct model *model_new_for(u64 seed, unsigned int agents)
{
	struct model *m = allocate(sizeof(*m));

	m->agents = allocate(agents * sizeof(*m->agents));
	m->room = agents;
	m->settings.horizon_ns = QUEUE_HORIZON_NS;
	m->now = 1000 * SEC;
	m->latency = 20 * US;
	m->random = seed;
	m->engine_last = &m->engine_first;
	m->untold_last = &m->untold;
	heap_init(&m->events);
	queue_init(&m->queue, &m->settings);
	m->queue.prompt = true;
	return m;
}

struct model *model_new(u64 seed)
{
	return model_new_for(seed, MODEL_AGENTS);
}

struct model_agent *model_agent(struct model *m, struct model_agent *parent, u32 weight, u64 slice)
{
	struct model_agent *a = &m->agents[m->nr_agents++];

	queue_assert(m->nr_agents <= m->room);
	a->model = m;
	a->last = &a->first;
	queue_cap_init(&a->cap);
	queue_flow_init(&a->flow, &m->queue, parent ? &parent->flow : NULL, weight, slice,
			&a->cap);
	return a;
}

struct submitter *model_submit(struct model *m, struct submitter s, u64 start)
{
	struct kept *k = allocate(sizeof(*k));

	k->s = s;
	k->next = m->kept;
	m->kept = k;
	schedule(m, m->now + start, EVENT_SUBMIT, &k->s);
	return &k->s;
}

void model_submit_deep(struct model *m, struct model_agent *a, u64 cost, unsigned int threads)
{
	while (threads--)
		model_submit(m, (struct submitter) {
			.agent = a, .kind = SUBMIT_DEEP, .cost = cost, .think = 50 * US,
		}, threads * 7 * US);
}

void model_start_counting(struct model *m)
{
	unsigned int i;

	model_run(m, m->now + WARM_UP);
	for (i = 0; i < m->nr_agents; i++) {
		m->agents[i].service = 0;
		m->agents[i].nr_waits = 0;
	}
	m->busy = 0;
}

/* Drains first: whoever frees a model has also checked that it can end. */
void model_free(struct model *m)
{
	unsigned int i;

	model_drain(m);
	queue_assert(!m->queue.runnable && !m->queue.low_ns && !m->queue.engine.first);
	for (i = m->nr_agents; i--;) {
		struct model_agent *a = &m->agents[i];

		queue_assert(!a->flow.outstanding_ns && !a->flow.blocked);
		while (a->flow.children) {
			unsigned int c;

			for (c = 0; c < m->nr_agents; c++)
				if (m->agents[c].flow.parent == &a->flow)
					queue_flow_set_parent(&m->agents[c].flow, NULL);
		}
		queue_flow_exit(&a->flow);
		free(a->waits);
	}
	queue_assert(!m->queue.nr_active && !m->queue.weight && !m->queue.level_sum);
	while (m->kept) {
		struct kept *k = m->kept;

		m->kept = k->next;
		free(k);
	}
	free(m->agents);
	free(m);
}

static int by_size(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Sorts the recorded waits. */
u64 model_wait(struct model_agent *a, double quantile)
{
	size_t at = (size_t)(quantile * (double)a->nr_waits);

	if (!a->nr_waits)
		return 0;
	qsort(a->waits, a->nr_waits, sizeof(*a->waits), by_size);
	return a->waits[at < a->nr_waits ? at : a->nr_waits - 1];
}
