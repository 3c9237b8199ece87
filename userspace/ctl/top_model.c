// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "top_model.h"

const char *top_state_name(enum top_state state)
{
	return state == TOP_WORKING ? "working" : state == TOP_WAITING ? "waiting" : "idle";
}

const char *top_row_state(const struct top_row *row)
{
	const struct headgate_life *life = row->life;

	if (life && (life->state == HEADGATE_LIFE_PAUSED || life->state == HEADGATE_LIFE_STUCK ||
		     (row->state == TOP_IDLE && life->state == HEADGATE_LIFE_THINKING)))
		return headgate_life_name(life->state);
	return top_state_name(row->state);
}

static const struct headgate_flow *earlier(const struct snapshot *before,
					   const struct headgate_flow *now)
{
	for (size_t i = 0; i < before->flows.count; i++) {
		const struct headgate_flow *flow = &before->flows.items[i];

		if (flow->agent_id != now->agent_id || flow->lane_id != now->lane_id)
			continue;
		if (flow->tickets > now->tickets || flow->jobs > now->jobs ||
		    flow->busy_ns > now->busy_ns)
			return NULL;
		return flow;
	}
	return NULL;
}

static uint64_t growth(uint64_t before, uint64_t now)
{
	return now >= before ? now - before : now;
}

static double fraction(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : NAN;
}

static void fill_row(struct top_row *row, const struct snapshot *before,
		     const struct snapshot *now, const struct headgate_flow *flow,
		     uint64_t lane_busy_ns)
{
	static const struct headgate_flow none;
	const struct headgate_flow *base = earlier(before, flow);
	uint32_t waits[HEADGATE_WAIT_BUCKETS];

	if (!base)
		base = &none;
	row->agent_id = flow->agent_id;
	row->agent = snapshot_agent_path(now, flow->agent_id);
	row->policy = snapshot_agent(now, flow->agent_id);
	row->life = headgate_lives_find(&now->lives, flow->agent_id);
	row->busy_ns = flow->busy_ns - base->busy_ns;
	row->share_now = fraction(row->busy_ns, lane_busy_ns);
	row->share_due = flow->due_ppm / 1e6;
	row->jobs_per_second = fraction(flow->jobs - base->jobs, now->time_ns - before->time_ns) *
			       1e9;

	memcpy(waits, flow->wait_histogram, sizeof(waits));
	headgate_histogram_subtract(waits, base->wait_histogram);
	row->waited = !headgate_histogram_percentile(waits, 50, &row->wait_p50_ns) &&
		      !headgate_histogram_percentile(waits, 99, &row->wait_p99_ns);

	if (row->busy_ns || flow->jobs > base->jobs || flow->outstanding)
		row->state = TOP_WORKING;
	else
		row->state = flow->waiting ? TOP_WAITING : TOP_IDLE;
}

static int compare_rows(const void *left, const void *right)
{
	const struct top_row *a = left, *b = right;

	if (!a->agent_id != !b->agent_id)
		return a->agent_id ? -1 : 1;
	if (strcmp(a->agent, b->agent))
		return strcmp(a->agent, b->agent);
	return a->agent_id < b->agent_id ? -1 : a->agent_id > b->agent_id;
}

static bool flow_vanished(const struct snapshot *before, const struct snapshot *now,
			  uint32_t lane)
{
	for (size_t i = 0; i < before->flows.count; i++) {
		const struct headgate_flow *flow = &before->flows.items[i];
		bool found = flow->lane_id != lane;

		for (size_t j = 0; j < now->flows.count && !found; j++)
			found = now->flows.items[j].lane_id == lane &&
				now->flows.items[j].agent_id == flow->agent_id;
		if (!found)
			return true;
	}
	return false;
}

/*
 * Engine time of a lane in the interval.  The ledger is the better source, as
 * the shares come of the same dump, but work of an agent that has gone is in
 * the lane's total only.
 */
static uint64_t lane_busy(const struct snapshot *before, const struct snapshot *now,
			  uint32_t lane, uint64_t total)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < now->flows.count; i++) {
		const struct headgate_flow *flow = &now->flows.items[i];
		const struct headgate_flow *base = earlier(before, flow);

		if (flow->lane_id == lane)
			sum += flow->busy_ns - (base ? base->busy_ns : 0);
	}
	return total > sum && flow_vanished(before, now, lane) ? total : sum;
}

static int fill_lane(struct top_lane *entry, const struct snapshot *before,
		     const struct snapshot *now, const struct headgate_lane *lane)
{
	const struct headgate_lane none = { .id = lane->id };
	const struct headgate_lane *base = snapshot_lane(before, lane->id);
	uint64_t interval = now->time_ns - before->time_ns;
	uint64_t busy;

	if (!base || base->busy_ns > lane->busy_ns || base->jobs > lane->jobs)
		base = &none;
	busy = lane_busy(before, now, lane->id, lane->busy_ns - base->busy_ns);
	entry->lane = lane;
	entry->device = snapshot_device(now, lane->device_id);
	entry->busy = fraction(busy, interval);
	entry->ungoverned = fraction(growth(base->ungoverned_ns, lane->ungoverned_ns), interval);
	entry->held_idle = fraction(growth(base->held_idle_ns, lane->held_idle_ns), interval);
	entry->rows = calloc(now->flows.count ? now->flows.count : 1, sizeof(*entry->rows));
	if (!entry->rows)
		return -ENOMEM;
	for (size_t i = 0; i < now->flows.count; i++) {
		const struct headgate_flow *flow = &now->flows.items[i];

		if (flow->lane_id != lane->id)
			continue;
		/* The ungoverned flow of a lane that never saw such work says nothing. */
		if (!flow->agent_id && !flow->jobs && !flow->outstanding)
			continue;
		fill_row(&entry->rows[entry->count++], before, now, flow, busy);
	}
	qsort(entry->rows, entry->count, sizeof(*entry->rows), compare_rows);
	return 0;
}

static int compare_lanes(const void *left, const void *right)
{
	const struct headgate_lane *a = ((const struct top_lane *)left)->lane;
	const struct headgate_lane *b = ((const struct top_lane *)right)->lane;

	if (a->device_id != b->device_id)
		return a->device_id < b->device_id ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

int top_model_build(const struct snapshot *before, const struct snapshot *now,
		    struct top_model *model)
{
	int ret = 0;

	memset(model, 0, sizeof(*model));
	model->interval_ns = now->time_ns - before->time_ns;
	model->lanes = calloc(now->lanes.count ? now->lanes.count : 1, sizeof(*model->lanes));
	if (!model->lanes)
		return -ENOMEM;
	for (size_t i = 0; i < now->lanes.count && !ret; i++) {
		const struct headgate_lane *lane = &now->lanes.items[i];
		const struct headgate_device *device = snapshot_device(now, lane->device_id);

		if (!device || !device->gone)
			ret = fill_lane(&model->lanes[model->count++], before, now, lane);
	}
	if (ret)
		top_model_free(model);
	else
		qsort(model->lanes, model->count, sizeof(*model->lanes), compare_lanes);
	return ret;
}

void top_model_free(struct top_model *model)
{
	for (size_t i = 0; i < model->count; i++)
		free(model->lanes[i].rows);
	free(model->lanes);
	model->lanes = NULL;
	model->count = 0;
}
