// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pace_device.h"

struct pace_agent *agent_of(struct device *d, size_t i)
{
	for (size_t k = 0; k < d->model.count; k++)
		if (d->model.agents[k].id == i + 1)
			return &d->model.agents[k];
	return NULL;
}

bool frozen(struct device *d, size_t i)
{
	struct pace_agent *agent = agent_of(d, i);

	return agent && agent->frozen;
}

static void submit(struct device *d)
{
	for (size_t i = 0; i < d->count; i++) {
		struct client *c = &d->clients[i];

		if (c->idle || c->gone || frozen(d, i))
			continue;
		for (; c->queued < c->depth; c->queued++)
			d->order[d->tail++ % FIFO_SIZE] = i;
	}
}

/* One slot of 0.1 ms. */
static void serve(struct device *d)
{
	const int64_t slot_ns = MS / 10;

	d->now_ns += slot_ns;
	for (size_t n = 0; !d->running && n < d->count; n++) {
		struct client *c = &d->clients[d->turn++ % d->count];

		if (d->fifo && d->head != d->tail)
			c = &d->clients[d->order[d->head++ % FIFO_SIZE]];
		if (!c->queued)
			continue;
		c->left_ns = c->job_ns;
		d->running = c;
	}
	if (!d->running) {
		d->idle_ns += slot_ns;
		return;
	}
	d->running->left_ns -= slot_ns;
	if (d->running->left_ns > 0)
		return;
	d->running->queued--;
	d->running->busy_ns += d->running->job_ns;
	d->running = NULL;
}

static void look(struct device *d)
{
	struct pace_input inputs[CLIENTS_MAX], others = {};
	double sum = 0;
	size_t n = 0;

	for (size_t i = 0; i < d->count; i++) {
		const struct client *c = &d->clients[i];

		if (c->gone)
			continue;
		inputs[n++] = (struct pace_input){
			.id = i + 1, .parent_id = c->parent_id, .weight = c->weight,
			.holdable = !c->held, .busy_ns = c->busy_ns, .estimate_ns = c->job_ns,
			.outstanding = c->queued,
		};
	}
	assert_int_equal(pace_step(&d->model, d->now_ns, inputs, n, &others), 0);
	for (size_t i = 0; i < d->model.count; i++) {
		double lead = d->model.agents[i].lead_ns;

		assert_true(lead <= PACE_LEAD_MAX_NS && lead >= -PACE_LEAD_MAX_NS);
		sum += lead;
	}
	assert_true(sum < 1000 && sum > -1000);
	if (pace_active(&d->model) < 2)
		for (size_t i = 0; i < d->model.count; i++)
			assert_false(d->model.agents[i].frozen);
}

void run_for(struct device *d, int64_t ns)
{
	for (int64_t end = d->now_ns + ns; d->now_ns < end;) {
		int64_t next = d->now_ns + PACE_TICK_NS;

		while (d->now_ns < next) {
			submit(d);
			serve(d);
			for (size_t i = 0; i < d->count; i++) {
				d->frozen_ns[i] = frozen(d, i) && !d->clients[i].queued ?
						  d->frozen_ns[i] + MS / 10 : 0;
				if (d->frozen_ns[i] > d->longest_ns[i])
					d->longest_ns[i] = d->frozen_ns[i];
			}
		}
		look(d);
	}
}

struct device *new_device(const struct client *clients, size_t count)
{
	struct device *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	memcpy(d->clients, clients, count * sizeof(*clients));
	d->count = count;
	look(d);
	return d;
}

void free_device(struct device *d)
{
	for (size_t i = 0; i < d->count; i++)
		assert_true(d->longest_ns[i] <= PACE_FROZEN_MAX_NS);
	pace_free(&d->model);
	free(d);
}

double share(struct device *d, const uint64_t *before, size_t i)
{
	double all = 0;

	for (size_t k = 0; k < d->count; k++)
		all += d->clients[k].busy_ns - before[k];
	return 100 * (d->clients[i].busy_ns - before[i]) / all;
}

void take(struct device *d, uint64_t *busy)
{
	for (size_t i = 0; i < d->count; i++)
		busy[i] = d->clients[i].busy_ns;
}
